"""The class of a LiveKit session: `AgentSession`, which livekit-agents 2 calls `LiveSession`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livekit.agents import AgentSession as LiveSession
else:
    from livekit.agents import voice

    # the old name still works in 2.0, with a warning
    LiveSession = getattr(voice, "LiveSession", None) or voice.AgentSession

__all__ = ["LiveSession"]
