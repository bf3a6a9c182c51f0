"""What happened since the start, for `/health`; plain numbers, shared by all calls."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Counted since the process began."""

    calls_started: int = 0
    calls_refused: int = 0
    calls_ended: int = 0
    calls_failed: int = 0
    handed_over: int = 0
    """Sockets that another worker serves: it has the call, or room for one."""
    sockets_refused: int = 0
    sockets_lost: int = 0
    """Closed before `session.end`; the call waits for `session.resume`."""
    resumed: int = 0
    bad_messages: int = 0
    chunks_dropped: int = 0
    """Audio of callers that the session did not take in time; the oldest goes first."""
    chunks_out_of_turn: int = 0
    """Audio of callers outside of `userStream.start` and `userStream.stop`."""
    underruns: int = 0
    """Silence inside an answer because the model was slower than speech."""
