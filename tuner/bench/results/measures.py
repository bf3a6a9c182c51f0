"""Takes the truth of one call, gives what the caller suffered in it. No clock, no log in here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tuner.bench.callers.sounds import TURNS, SoundKind
from tuner.bench.results.speech import CallerTurn, HeardReply, end_of, replies_of, turns_of
from tuner.bench.running.job import Ask, CallTruth
from tuner.lazy_patterns import lazy_pattern

LATE_S = 1.0
"""A caller who interrupts and is still talked over after this long was let in late."""
STOP_MARGIN_S = 0.5
"""An agent that falls silent this long after the caller's last word was not stopped by it."""
REACH_S = 1.0
"""A sound that ended longer ago than this did not make the agent fall silent."""
ANSWER_LIMIT_S = 4.0
"""A turn so close to the end of the call does not count if unanswered."""
_WORD = lazy_pattern(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class CallMeasures:
    """What one call comes to; times in seconds.

    waits             last sample of a turn to the first audible sample of the answer
    turns, answered   turns that could be answered, and those that were
    false_stops       the agent's audible speech fell silent for a sound that was no turn
    lost              ... after which it did not resume: the rest of the reply was lost
    resumed           times that it resumed after a pause, as its log can show
    dead_air_s        silence that these caused
    pauses            sentences with a pause in them
    talk_overs        ... in whose pause the agent began to speak
    silent_splits     ... of whose first half alone reached the model as a turn
    interruptions     the caller interrupted an agent that had more to say
    missed            ... which spoke on regardless
    stops_s           how long the others took to fall silent
    late              ... of these, longer than LATE_S
    needless_replies  replies to no turn at all
    """

    number: int
    minutes: float
    waits: tuple[float, ...]
    turns: int
    answered: int
    false_stops: int
    lost: int
    resumed: int
    dead_air_s: float
    pauses: int
    talk_overs: int
    silent_splits: int
    interruptions: int
    missed: int
    late: int
    stops_s: tuple[float, ...]
    needless_replies: int
    tokens: int

    @property
    def cut_offs(self) -> int:
        """Sentences that the agent did not let end."""
        return self.talk_overs + self.silent_splits


def measure(truth: CallTruth) -> CallMeasures:
    """Measure one call."""
    replies, turns = replies_of(truth.moments, truth.ended), turns_of(truth.sounds)
    waits = [_wait(turn, after, replies, truth.ended) for turn, after in _followed(turns)]
    owed = [wait for wait in waits if wait is not None]
    false = [stop for reply in replies for stop in _false_stops(reply, truth)]
    broken = [_broken(turn, replies, truth.asks) for turn in turns if len(turn.parts) > 1]
    tests = [found for turn in turns if (found := _interruption(turn, replies)) is not None]
    stops = tuple(found for found in tests if found >= 0)
    return CallMeasures(
        number=truth.number,
        minutes=(truth.ended - truth.began) / 60,
        waits=tuple(wait for wait in owed if wait >= 0),
        turns=len(owed),
        answered=sum(wait >= 0 for wait in owed),
        false_stops=len(false),
        lost=sum(went_on is None for _, went_on in false),
        resumed=sum(stop[1] is not None for reply in replies for stop in reply.holds),
        dead_air_s=sum(_silence(stop, replies, turns, truth.ended) for stop in false),
        pauses=len(broken),
        talk_overs=broken.count("talk-over"),
        silent_splits=broken.count("split"),
        interruptions=len(tests),
        missed=len(tests) - len(stops),
        late=sum(stop > LATE_S for stop in stops),
        stops_s=stops,
        needless_replies=_needless(replies, turns),
        tokens=truth.tokens,
    )


def _followed(turns: Sequence[CallerTurn]) -> list[tuple[CallerTurn, float | None]]:
    """Each turn with the start of the one after it."""
    starts = [turn.started for turn in turns[1:]]
    return list(zip(turns, [*starts, None], strict=True)) if turns else []


def _wait(
    turn: CallerTurn, after: float | None, replies: Sequence[HeardReply], ended: float
) -> float | None:
    """The wait for an answer; -1 if none came, None if the call was over too soon."""
    until = ended if after is None else after
    for reply in replies:
        if turn.ended <= reply.started < until:
            return reply.started - turn.ended
    return None if until - turn.ended < ANSWER_LIMIT_S else -1.0


def _false_stops(reply: HeardReply, truth: CallTruth) -> Iterator[tuple[float, float | None]]:
    """The stops of a reply that no turn of the caller was the reason for."""
    turns = [sound for sound in truth.sounds if sound.kind in TURNS]
    for at, went_on in reply.stops():
        reasons = (s for s in turns if s.at <= at and end_of(s) >= max(reply.started, at - REACH_S))
        if next(reasons, None) is None:
            yield at, went_on


def _silence(
    stop: tuple[float, float | None],
    replies: Sequence[HeardReply],
    turns: Sequence[CallerTurn],
    ended: float,
) -> float:
    """How long the agent was not to be heard because of a stop, until anybody spoke again."""
    at, went_on = stop
    ends = [reply.started for reply in replies] + [turn.started for turn in turns] + [ended]
    return (went_on or min(end for end in ends if end > at)) - at


def _broken(turn: CallerTurn, replies: Sequence[HeardReply], asks: Sequence[Ask]) -> str:
    """How a sentence with a pause in it was cut off: "talk-over", "split" or "" (not at all)."""
    for before, after in pairwise(turn.parts):
        if any(end_of(before) < reply.started < end_of(after) for reply in replies):
            return "talk-over"
    first = _words(turn.parts[0].text)
    user_texts = next((ask.user_texts for ask in asks if ask.at > turn.ended), ())
    if not user_texts or _ends_with(first, user_texts[-1]):
        return ""
    return "split" if any(_ends_with(first, text) for text in user_texts[:-1]) else ""


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _ends_with(first: list[str], text: str) -> bool:
    """Whether the last two words of a first half stand in a text, one after the other."""
    words = _words(text)
    return tuple(first[-2:]) in set(pairwise(words))


def _interruption(turn: CallerTurn, replies: Sequence[HeardReply]) -> float | None:
    """How long the agent took to fall silent for an interruption; -1 if it did not.

    None when it was no interruption: the agent was silent, or had nearly finished anyway.
    """
    sound = turn.parts[0]
    if sound.kind is not SoundKind.BARGE_IN:
        return None
    reply = next((r for r in replies if r.started <= sound.at < r.ended), None)
    if reply is None:
        return None
    stop = next(((at, on) for at, on in reply.stops() if at >= sound.at), None)
    if stop is None:
        return None if reply.ended < sound.at + LATE_S else -1.0
    in_time = stop[0] <= end_of(sound) + STOP_MARGIN_S and stop[1] is None
    return stop[0] - sound.at if in_time else -1.0


def _needless(replies: Sequence[HeardReply], turns: Sequence[CallerTurn]) -> int:
    """Replies, the greeting apart, since whose predecessor the caller has taken no turn."""
    return sum(
        not any(before.started < turn.ended and turn.started < after.started for turn in turns)
        for before, after in pairwise(replies)
    )
