"""Who calls: what they say and when, and what they hear."""
