"""Takes the measures of many calls, gives figures with their 95 % intervals, paired over profiles.

The interval is a bootstrap over calls, because the turns of one call are not independent. Every
profile met the same callers, so each draw takes the same callers for all: what is common to them
does not blur the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from tuner.bench.results.measures import CallMeasures
from tuner.limits import Limits

DRAWS = 2000
UNANSWERED_S = 9.0
"""The wait that an unanswered turn counts as in the cost: then the caller says it again."""

Array = npt.NDArray[np.float64]
OfCall = Callable[[CallMeasures], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; None when there was nothing to measure it on.

    `n` is what it was measured on: turns, interruptions, minutes ...
    """

    value: float | None
    low: float | None
    high: float | None
    n: float


@dataclass(frozen=True, slots=True)
class BenchMeasure:
    """One figure of the report: its name in the JSON, its heading and how to take it."""

    name: str
    title: str
    digits: int
    take: Callable[[Sequence[CallMeasures], Array], tuple[Array, float]]
    """Calls and weights (draws x calls) in; the figure of each draw and what it rests on out."""


def ratio(
    above: OfCall, below: OfCall
) -> Callable[[Sequence[CallMeasures], Array], tuple[Array, float]]:
    """A sum over calls divided by another; NaN where that is 0: there was nothing to measure on."""

    def take(calls: Sequence[CallMeasures], weights: Array) -> tuple[Array, float]:
        top = weights @ np.array([above(call) for call in calls], dtype=float)
        bottom = weights @ np.array([below(call) for call in calls], dtype=float)
        nothing = np.full_like(top, np.nan)
        found = np.divide(top, bottom, out=nothing, where=bottom > 0)
        return found, sum(below(call) for call in calls)

    return take


a_turn = partial(ratio, below=lambda call: call.turns)
a_minute = partial(ratio, below=lambda call: call.minutes)
a_pause = partial(ratio, below=lambda call: call.pauses)
a_barge_in = partial(ratio, below=lambda call: call.interruptions)


def pooled(
    values_of: Callable[[CallMeasures], Sequence[float]], share: float
) -> Callable[[Sequence[CallMeasures], Array], tuple[Array, float]]:
    """A quantile over the values of all calls."""

    def take(calls: Sequence[CallMeasures], weights: Array) -> tuple[Array, float]:
        pairs = [(value, at) for at, call in enumerate(calls) for value in values_of(call)]
        if not pairs:
            return np.full(len(weights), np.nan), 0
        values, owner = (np.array(one) for one in zip(*sorted(pairs), strict=True))
        grown = np.cumsum(weights[:, owner], axis=1)
        reached = grown >= share * grown[:, -1:]
        found = np.where(grown[:, -1] > 0, values[reached.argmax(axis=1)], np.nan)
        return found, len(pairs)

    return take


def waits_paid(call: CallMeasures) -> list[float]:
    """The waits of a call, with the turns that were never answered."""
    return [*call.waits, *[UNANSWERED_S] * (call.turns - call.answered)]


def errors_s(limits: Limits) -> Callable[[Sequence[CallMeasures], Array], tuple[Array, float]]:
    """What the errors cost a caller, in seconds a turn."""

    def cost(call: CallMeasures) -> float:
        stops = (call.false_stops - call.lost) * limits.cost_false_interruption_s
        talked_over = sum(call.stops_s) * limits.cost_wait_s
        said_again = call.lost + call.cut_offs + call.missed
        return stops + talked_over + said_again * limits.cost_false_cutoff_s

    return ratio(cost, lambda call: call.turns)


def total_s(limits: Limits) -> Callable[[Sequence[CallMeasures], Array], tuple[Array, float]]:
    """Errors and wait together, in seconds a turn."""
    errors, wait = errors_s(limits), pooled(waits_paid, 0.9)

    def take(calls: Sequence[CallMeasures], weights: Array) -> tuple[Array, float]:
        both, n = errors(calls, weights)
        return both + limits.cost_wait_s * wait(calls, weights)[0], n

    return take


def measures(limits: Limits) -> tuple[BenchMeasure, ...]:
    """Every figure of the report, in its order."""
    return (*_waits(limits), *_stops(), *_cut_offs(), *_barge_ins(), *_spent(limits))


def _waits(limits: Limits) -> tuple[BenchMeasure, ...]:
    return (
        BenchMeasure("wait_p50_s", "wait p50", 2, pooled(lambda call: call.waits, 0.5)),
        BenchMeasure("wait_p90_s", "wait p90", 2, pooled(lambda call: call.waits, 0.9)),
        BenchMeasure("answered", "answered", 2, a_turn(lambda call: call.answered)),
        BenchMeasure("cost_s", "cost s/turn", 2, total_s(limits)),
    )


def _stops() -> tuple[BenchMeasure, ...]:
    return (
        BenchMeasure(
            "false_stops_per_min", "false stops/min", 2, a_minute(lambda c: c.false_stops)
        ),
        BenchMeasure("dead_air_s_per_min", "dead air s/min", 1, a_minute(lambda c: c.dead_air_s)),
        BenchMeasure("lost_per_min", "lost replies/min", 2, a_minute(lambda c: c.lost)),
    )


def _cut_offs() -> tuple[BenchMeasure, ...]:
    return (
        BenchMeasure("cut_offs_per_turn", "cut-offs/turn", 2, a_turn(lambda c: c.cut_offs)),
        BenchMeasure("talk_overs_per_pause", "talk-over/pause", 2, a_pause(lambda c: c.talk_overs)),
        BenchMeasure("splits_per_pause", "split/pause", 2, a_pause(lambda c: c.silent_splits)),
    )


def _barge_ins() -> tuple[BenchMeasure, ...]:
    return (
        BenchMeasure("missed", "missed barge-in", 2, a_barge_in(lambda c: c.missed)),
        BenchMeasure("late", "late barge-in", 2, a_barge_in(lambda c: c.late)),
        BenchMeasure("stop_p50_s", "stop p50", 2, pooled(lambda call: call.stops_s, 0.5)),
    )


def _spent(limits: Limits) -> tuple[BenchMeasure, ...]:
    return (
        BenchMeasure("needless_per_min", "needless/min", 2, a_minute(lambda c: c.needless_replies)),
        BenchMeasure("tokens_per_turn", "tokens/turn", 0, a_turn(lambda c: c.tokens)),
        BenchMeasure("errors_s", "errors s/turn", 2, errors_s(limits)),
    )


@dataclass(frozen=True, slots=True)
class Draws:
    """One figure for the calls as they were, and for every draw of the bootstrap."""

    plain: float
    drawn: Array
    n: float

    def estimate(self) -> Estimate:
        """The figure with its interval."""
        if np.isnan(self.plain):
            return Estimate(None, None, None, self.n)
        low, high = np.nanpercentile(self.drawn, (2.5, 97.5))
        return Estimate(float(self.plain), float(low), float(high), self.n)


def draw(
    calls_of: Mapping[str, Sequence[CallMeasures]], wanted: Sequence[BenchMeasure], seed: int
) -> dict[str, dict[str, Draws]]:
    """Every figure of every profile of one scenario, over the same draws of callers."""
    numbers = sorted({call.number for calls in calls_of.values() for call in calls})
    if not numbers:
        return {}
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(numbers), [1 / len(numbers)] * len(numbers), DRAWS)
    weights = np.vstack([np.ones(len(numbers)), drawn]).astype(float)
    place = {number: at for at, number in enumerate(numbers)}
    found: dict[str, dict[str, Draws]] = {}
    for profile, calls in calls_of.items():
        mine = weights[:, [place[call.number] for call in calls]]
        taken = {one.name: one.take(calls, mine) for one in wanted}
        found[profile] = {
            name: Draws(float(values[0]), values[1:], n) for name, (values, n) in taken.items()
        }
    return found
