"""Sound lines of a call in, what the caller was heard to do out.

Logs of older versions have none: then a replay knows only what stopped the agent.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from tuner.whatif.fields import number

SAME_S = 0.1
"""A turn's end and the end of the sound before it are the same moment, measured twice."""


_STARTED = attrgetter("started")


class LoggedSound(NamedTuple):
    """A sound of the caller; epoch seconds and seconds, None where not known.

    `probability` and `threshold` are the turn detector's in the silence after it.
    """

    started: float
    ended: float | None
    audible: bool
    stopped: bool
    words: int | None
    transcript: float | None
    peak: float | None
    mean: float | None
    since_first_audio: float | None
    probability: float | None
    threshold: float | None
    first_words: float | None = None

    @property
    def length(self) -> float | None:
        """How long it lasted, in seconds."""
        return None if self.ended is None else max(0.0, self.ended - self.started)


class DetectorAnswer(NamedTuple):
    """What a turn detector thought of a silence: the probability that the turn is over, and the
    threshold below which it waits on; None where nobody was asked."""

    probability: float | None = None
    threshold: float | None = None


NOT_ASKED = DetectorAnswer()


def sounds_of(lines: Iterable[Mapping[str, Any]]) -> tuple[LoggedSound, ...]:
    """The sounds in order; one that stands twice in the logs counts once."""
    found = {
        started: _sound(fields, started)
        for fields in lines
        if (started := number(fields, "started")) is not None
    }
    return tuple(found[at] for at in sorted(found))


def _sound(fields: Mapping[str, Any], started: float) -> LoggedSound:
    words = number(fields, "words")
    return LoggedSound(
        started,
        number(fields, "ended"),
        fields.get("agent_audible") is True,
        fields.get("stopped_agent") is True,
        None if words is None else int(words),
        number(fields, "transcription_delay"),
        number(fields, "peak"),
        number(fields, "mean"),
        number(fields, "since_first_audio"),
        number(fields, "end_of_turn_probability"),
        number(fields, "unlikely_threshold"),
        number(fields, "first_words"),
    )


class Detector:
    """What the turn detector answered in a call; a call may have thousands of sounds."""

    def __init__(self, sounds: Sequence[LoggedSound]) -> None:
        self._sounds = sounds
        ends = ((one.ended, at) for at, one in enumerate(sounds) if one.ended is not None)
        self._ends = sorted(ends)

    def at(self, ended: float | None) -> DetectorAnswer:
        """The answer for the silence that began at this time: after the first sound that ended
        about then."""
        if ended is None:
            return NOT_ASKED
        # twice as much on both sides, for what rounding adds
        first = bisect_left(self._ends, (ended - 2 * SAME_S, 0))
        last = bisect_left(self._ends, (ended + 2 * SAME_S, 0), first)
        near = [at for end, at in self._ends[first:last] if abs(end - ended) <= SAME_S]
        if not near:
            return NOT_ASKED
        one = self._sounds[min(near)]
        return DetectorAnswer(one.probability, one.threshold)


def around_pauses(
    sounds: Sequence[LoggedSound], begin: float | None, end: float | None, pauses: int
) -> list[tuple[LoggedSound, LoggedSound] | None]:
    """The sounds before and after each pause of a turn, where they are as many as its line says;
    `sounds` are in order."""
    if not begin or not end:
        return [None] * pauses
    first = bisect_left(sounds, begin - SAME_S, key=_STARTED)
    mine = sounds[first : bisect_right(sounds, end, first, key=_STARTED)]
    return list(pairwise(mine)) if len(mine) == pauses + 1 else [None] * pauses
