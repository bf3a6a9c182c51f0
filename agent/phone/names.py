"""What webhook, trunk, dispatch rule and agent call the same thing."""

from __future__ import annotations

CALL_HEADER = "X-App-CallSid"
PROFILE_HEADER = "X-App-Profile"
"""Headers of the INVITE, which our TwiML adds."""

CALL_ATTRIBUTE = "app.callSid"
PROFILE_ATTRIBUTE = "app.profile"
"""What the trunk makes of them: attributes of the caller's participant."""

METADATA = '{"phone": true}'
"""What the dispatch rule gives to the agent's job. A `profile` beside it names the profile."""

ROOM_PREFIX = "call-"
"""Each call has a room of its own, whose name begins so."""
