"""The delays of one turn in, what its caller waited for out, part by part.

    caller's last word                                          agent's first sound
    |  vad  |  transcript  |  commit  |  other  |   model   |  voice  |
    |<----- end of turn delay ------->|

The voice detection waits first, the transcript is what comes after that, the commit what is left
until the turn is closed. Of what follows, the voice takes its own time to the first byte and the
model its own to the first token, as far as the caller had to wait for it: an early answer hides
the rest. What no line accounts for is "other".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tuner.calls.model import PARTS, PartName, WaitPart
from tuner.whatif.timing import DELAY, SILENCE

_LONGEST_DELAY = "MAX_ENDPOINTING_DELAY"
_NEAR_S = 0.1
"""A turn closed this close to a setting was closed by it: clocks and VAD frames have a grain."""


class Delays(NamedTuple):
    """What lines report of one turn, in seconds; None is not known. `wait` is the whole."""

    wait: float | None = None
    end_of_turn: float | None = None
    transcript: float | None = None
    model: float | None = None
    voice: float | None = None


def parts(delays: Delays, settings: Mapping[str, Any]) -> tuple[WaitPart, ...]:
    """The parts, in the order of time; they add up to the wait where it is known as a whole."""
    found = _until_commit(delays, setting(settings, SILENCE))
    if delays.wait is None:
        found |= {"model": delays.model, "voice": delays.voice}
    else:
        found |= _after_commit(delays, max(0.0, delays.wait - _sum(found)))
    lengths = {name: round(found.get(name) or 0.0, 3) for name in PARTS}
    return tuple(WaitPart(name, seconds) for name, seconds in lengths.items() if seconds)


def _until_commit(delays: Delays, silence: float | None) -> dict[PartName, float | None]:
    closed = delays.end_of_turn
    if closed is None:
        return {}
    left = closed if delays.wait is None else min(closed, delays.wait)
    vad = min(silence or 0.0, left)
    transcript = min(max(0.0, (delays.transcript or 0.0) - vad), left - vad)
    return {"vad": vad, "transcript": transcript, "commit": left - vad - transcript}


def _after_commit(delays: Delays, left: float) -> dict[PartName, float | None]:
    voice = min(delays.voice or 0.0, left)
    model = min(delays.model or 0.0, left - voice)
    return {"model": model, "voice": voice, "other": left - voice - model}


def _sum(found: Mapping[PartName, float | None]) -> float:
    return sum(seconds or 0.0 for seconds in found.values())


def decided_by(delays: Delays, settings: Mapping[str, Any]) -> str:
    """What closed the turn when it was, in words; "" where nothing known explains it."""
    closed = delays.end_of_turn
    if closed is None:
        return ""
    reasons = [(delays.transcript, "closed when its transcript came")]
    reasons += [
        (setting(settings, name), f"closed by {name} ({setting(settings, name):g} s)")
        for name in (DELAY, SILENCE, _LONGEST_DELAY)
        if setting(settings, name) is not None
    ]
    near = [(abs(closed - at), why) for at, why in reasons if at is not None]
    distance, why = min(near, default=(_NEAR_S, ""))
    return why if distance < _NEAR_S else ""


def setting(settings: Mapping[str, Any], name: str) -> float | None:
    """A setting that is a number; None for one that is off or not known."""
    try:
        return float(settings[name])
    except (KeyError, TypeError, ValueError):
        return None
