"""Telephone calls: the webhook that Twilio asks, who is let in, and LiveKit's side of the line."""
