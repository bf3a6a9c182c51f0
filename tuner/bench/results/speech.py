"""Takes moments and sounds of one call, gives the agent's replies and the caller's turns.

A turn is a sentence, a sentence with a pause in it, or an interruption by the caller; a reply is
what the agent says from "start" to "end" or "cut".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuner.bench.callers.audio import Moment
from tuner.bench.callers.caller import SoundTruth
from tuner.bench.callers.sounds import TURNS


@dataclass(frozen=True, slots=True)
class HeardReply:
    """One stretch of agent speech; epoch seconds. `ended` is its end, `cut` how it ended.

    `holds` are (fell silent, resumed); None when it did not resume.
    """

    started: float
    ended: float
    cut: bool
    holds: tuple[tuple[float, float | None], ...]

    def stops(self) -> Iterator[tuple[float, float | None]]:
        """When it fell silent before its end, and when it resumed, if it did."""
        yield from self.holds
        if self.cut and not (self.holds and self.holds[-1][1] is None):
            yield self.ended, None


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """One turn of the caller: the sounds that it was made of, one or two."""

    parts: tuple[SoundTruth, ...]

    @property
    def started(self) -> float:
        """First sample, epoch s."""
        return self.parts[0].at

    @property
    def ended(self) -> float:
        """Last sample, epoch s."""
        return end_of(self.parts[-1])


def end_of(sound: SoundTruth) -> float:
    """The last sample of a sound, epoch s."""
    return sound.at + sound.ends_s - sound.starts_s


def replies_of(moments: Sequence[Moment], ended: float) -> list[HeardReply]:
    """Put the agent's moments together to replies; one that is open ends with the call."""
    replies: list[HeardReply] = []
    started, holds = None, list[tuple[float, float | None]]()
    for moment in moments:
        if moment.at > ended:
            break  # the call is over: what falls silent now was hung up on
        if moment.what == "start":
            started, holds = moment.at, []
        elif moment.what == "hold":
            holds.append((moment.at, None))
        elif moment.what == "go_on" and holds:
            holds[-1] = (holds[-1][0], moment.at)
        elif moment.what in ("cut", "end") and started is not None:
            replies.append(HeardReply(started, moment.at, moment.what == "cut", tuple(holds)))
            started = None
    if started is not None:
        replies.append(HeardReply(started, ended, False, tuple(holds)))
    return replies


def turns_of(sounds: Sequence[SoundTruth]) -> list[CallerTurn]:
    """Put the caller's sounds together to turns, in the order of time."""
    turns: list[CallerTurn] = []
    begun: list[SoundTruth] = []
    for sound in sorted(sounds, key=lambda one: one.at):
        if sound.kind not in TURNS:
            continue
        begun.append(sound)
        if not sound.mid_sentence:
            turns.append(CallerTurn(tuple(begun)))
            begun = []
    return turns
