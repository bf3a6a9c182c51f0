"""How many callers another delay would cut off: their own pauses, replayed.

A turn closes once the caller has been silent for the longest of delay, VAD silence and transcript.
A pause that ends before that is no cut-off. Pauses inside turns and silences in which a turn was
closed too early are pooled: together they are the silences after which the caller spoke on.

Long ones are counted by Kaplan-Meier: nobody shows how long a pause would have lasted once
the agent is heard, so follow-up ends at its first audio and `REACTION_S`. Each silence stands for
1 / P(still followed then) of its kind, which is the same estimate written as weights. The
transcript's delay of a pause is not logged: it is averaged over those of the log. With a turn
detector a silence waits for the delay that its probability asks for, and those that waited for
the longest one are followed by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tuner.model import Label
from tuner.whatif.calls import REACTION_S, LoggedCall, Silence
from tuner.whatif.draws import (
    SEED,
    Array,
    Figure,
    in_another_run,
    interval,
    unchanged,
    unknown,
)
from tuner.whatif.sounds import DetectorAnswer
from tuner.whatif.timing import Timing

ONSET_S = np.linspace(0.0, 0.1, 5)
"""Speech is noticed up to 0.1 s after it begins, and a turn may close until then (bench)."""
TRANSCRIPTS = 200
"""So many transcript delays of the log, evenly spread, stand for all."""
AT_RISK = 10
"""Follow-up counts as long as this many silences are still followed."""
MIN_EVENTS, MIN_CALLS = 10, 8
"""Fewer silences give bounds only, fewer calls nothing."""
HALF = 0.5
"""Less than half a pause between the two waits is none."""
RULE_OF_THREE = 3.0
"""None in n: the true count is below 3 in n with 95 % probability."""
ASSUMES = "assumes that transcripts of pauses take as long as those of turns"
TOO_FEW = "fewer than 10 pauses: only the interval counts"


def cut_offs(calls: Sequence[LoggedCall], before: Timing, after: Timing, weight: Array) -> Figure:
    """Cut-offs a turn under other settings."""
    turns = np.array([call.turns for call in calls], dtype=float)
    silences = [(one, at) for at, call in enumerate(calls) for one in call.silences]
    level = sum(one.cut for one, _ in silences) / turns.sum()
    if before.of_turns == after.of_turns:
        return unchanged(level)
    if len(calls) < MIN_CALLS:
        return unknown(level, f"fewer than {MIN_CALLS} calls")
    waits = _Waits(calls, before, after)
    if beyond := _not_known(calls, waits, level):
        return beyond
    shares = _shares([one for one, _ in silences], waits)
    was = np.array([one.cut for one, _ in silences], dtype=float)
    counts = _stand_for([one for one, _ in silences], calls, before)
    owners = np.array([at for _, at in silences], dtype=int)
    drawn = np.random.default_rng(SEED).random((len(weight), len(silences))) < shares
    changes = (weight[:, owners] * counts * (drawn - was)).sum(axis=1) / (weight @ turns)
    value = float((counts * (shares - was)).sum() / turns.sum())
    low, high = interval(changes[1:])
    if np.abs(shares - was).sum() < HALF:
        low, high = _zero_events(low, high, waits, turns.sum())
    few = len(silences) < MIN_EVENTS
    label: Label = "bounds only" if few else "estimated"
    mean = min(low, value), max(high, value)
    figure = Figure(level, value, *mean, label, TOO_FEW if few else ASSUMES)
    if not before.detector:
        return figure
    others = (weight[:, owners] * (was + counts * (drawn - was))).sum(axis=1) / (weight @ turns)
    return in_another_run(figure, others[1:] - level)


class _Waits:
    """When turns close before and after, for silences that wait on and for those that do not."""

    def __init__(self, calls: Sequence[LoggedCall], before: Timing, after: Timing) -> None:
        self.before, self.after = before, after
        both = (False, True)
        self.old = {waits_on: closing(calls, before, before, waits_on) for waits_on in both}
        self.new = {waits_on: closing(calls, before, after, waits_on) for waits_on in both}

    def of(self, answer: DetectorAnswer) -> tuple[Array, Array]:
        """The waits before and after of a silence with this answer of the detector."""
        old, new = self.before.waits_on(answer), self.after.waits_on(answer)
        return self.old[old], self.new[new]

    def is_sooner(self, answer: DetectorAnswer) -> bool:
        """Whether such a silence would be waited out for less long than it was."""
        old, new = self.of(answer)
        return bool(new.mean() < old.mean())

    def is_open(self, silence: Silence) -> bool:
        """Whether no turn closes in the silence before or after."""
        both = (self.before, self.after)
        return not silence.cut and all(one.is_open(silence.detector) for one in both)


def closing(
    calls: Sequence[LoggedCall], before: Timing, timing: Timing, waits_on: bool = False
) -> Array:
    """Silence after which a turn closes, in seconds, for transcript delays that stand for all.

    A transcriber that answers after the sentence is asked once the VAD has heard silence, so its
    transcript moves with the VAD's wait. `waits_on` says that the detector expects more.
    """
    delays = np.sort([delay for call in calls for delay in call.transcripts] or [0.0])
    some = delays[np.linspace(0, len(delays) - 1, min(TRANSCRIPTS, len(delays))).astype(int)]
    moved: Array = some + timing.silence - before.silence
    delay = timing.longest if waits_on else timing.delay
    return np.maximum(moved, max(delay, timing.silence))


def support(calls: Sequence[LoggedCall]) -> float:
    """The longest silence, in seconds, up to which at least `AT_RISK` silences are followed."""
    followed = sorted(_follow_ups(calls), reverse=True)
    return followed[AT_RISK - 1] if len(followed) >= AT_RISK else 0.0


def _follow_ups(calls: Sequence[LoggedCall]) -> list[float]:
    spoke_on = [one.lasted for call in calls for one in call.silences if one.lasted is not None]
    return spoke_on + [one.audio + REACTION_S for call in calls for one in call.answers]


def _stand_for(silences: Sequence[Silence], calls: Sequence[LoggedCall], before: Timing) -> Array:
    """How many pauses of its length each stands for: those that an answer cut short, too."""
    answers = [one for call in calls for one in call.answers]
    counts = np.ones(len(silences))
    for kind in (False, True):
        mine = np.array([before.waits_on(one.detector) is kind for one in silences], dtype=bool)
        lasted = np.array([one.lasted or 0.0 for one in silences])[mine]
        followed = [one.audio for one in answers if before.waits_on(one.detector) is kind]
        counts[mine] = _weights(lasted, np.sort(followed) + REACTION_S)
    return counts


def _weights(lasted: Array, ends: Array) -> Array:
    followed = len(ends) - np.searchsorted(ends, lasted)
    counts: Array = np.divide(len(ends), followed, out=np.ones(len(lasted)), where=followed > 0)
    return np.minimum(counts, float(AT_RISK))


def _shares(silences: Sequence[Silence], waits: _Waits) -> Array:
    """For each silence the probability that a turn closes in it, given what the log shows."""
    return np.array(
        [0.0 if waits.is_open(one) else _share(one, *waits.of(one.detector)) for one in silences]
    )


def _share(silence: Silence, before: Array, after: Array) -> float:
    if silence.lasted is None:
        return 1.0
    heard = (silence.lasted + ONSET_S)[:, None]
    old, new = float((heard > before).mean()), float((heard > after).mean())
    sooner = after.mean() < before.mean()
    if silence.cut:
        return 1.0 if sooner else min(1.0, new / old) if old else 0.0
    return max(0.0, (new - old) / (1 - old)) if old < 1 else float(sooner)


def _zero_events(low: float, high: float, waits: _Waits, turns: float) -> tuple[float, float]:
    """The interval where no pause of the log lies between the two waits."""
    bound = RULE_OF_THREE / turns
    new, old = (sum(float(each.mean()) for each in one.values()) for one in (waits.new, waits.old))
    longer, shorter = new > old, new < old
    if new == old:  # another threshold: silences change their kind
        longer = shorter = True
    return (min(low, -bound * longer), max(high, bound * shorter))


def _not_known(calls: Sequence[LoggedCall], waits: _Waits, level: float) -> Figure | None:
    """Bounds where the log does not reach: beyond what is followed, and below the VAD's silence."""
    longest = support(calls)
    moved = [waits.new[kind] for kind in (False, True) if _moves(waits, kind)]
    wait = min([waits.new[False], *moved], key=lambda one: float(one.min()))
    if any(one.min() > longest for one in moved):
        why = f"no log of these settings follows silences beyond {longest:.1f} s"
        is_sooner = any(map(waits.is_sooner, _verdicts(calls)))  # under a lower threshold
        return Figure(level, None, -level, None if is_sooner else 0.0, "bounds only", why)
    if wait.min() < waits.before.silence:
        why = f"pauses below the VAD's {waits.before.silence:g} s of silence are not in the log"
        return Figure(level, None, 0.0, None, "bounds only", why)
    return None


def _verdicts(calls: Sequence[LoggedCall]) -> Iterator[DetectorAnswer]:
    """What the detector thought of every silence, with an answer or without."""
    for call in calls:
        yield from (one.detector for one in call.silences)
        yield from (one.detector for one in call.answers)


def _moves(waits: _Waits, kind: bool) -> bool:
    return not np.array_equal(waits.new[kind], waits.old[kind])
