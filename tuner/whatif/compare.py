"""The calls of two logs in, for each figure better, worse or cannot tell out.

A verdict needs two things: an interval of the difference (bootstrap over calls) without zero, and
a permutation test of the calls, because intervals of few events are too narrow. Both are as strict
as four figures need that together they err in at most 5 % of comparisons without a change.

Calls of the same callers are drawn together on both sides, and change sides together: what callers
differ in cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from tuner.limits import Limits
from tuner.whatif.calls import LoggedCall
from tuner.whatif.draws import Array
from tuner.whatif.stops import REAL

Verdict = Literal["better", "worse", "cannot tell"]
ERROR = 0.05
DRAWS = 2000
SEED = 30
MOST_TIMES = 50
"""More calls than this many times those given are not asked for."""


class ComparedMeasure(NamedTuple):
    """A figure of which less is better; `of` gives it for each row of weights over the calls."""

    name: str
    title: str
    of: Callable[[Sequence[LoggedCall], Array], Array]


class MeasuredDifference(NamedTuple):
    """One figure on both sides, the difference with its interval, and the verdict.

    None where a side shows nothing of it. `more` is about how many more calls a side would settle
    a difference of this size, None when unknown or settled.
    """

    name: str
    title: str
    before: float | None
    after: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    more: int | None = None


def _ratio(
    above: Callable[[LoggedCall], float], below: Callable[[LoggedCall], float]
) -> Callable[[Sequence[LoggedCall], Array], Array]:
    def of(calls: Sequence[LoggedCall], weight: Array) -> Array:
        top = weight @ np.array([above(call) for call in calls], dtype=float)
        bottom = weight @ np.array([below(call) for call in calls], dtype=float)
        found: Array = np.divide(top, bottom, out=np.full(len(weight), np.nan), where=bottom > 0)
        return found

    return of


def _median_wait(calls: Sequence[LoggedCall], weight: Array) -> Array:
    waits = [(one.audio, at) for at, call in enumerate(calls) for one in call.answers]
    if not waits:
        return np.full(len(weight), np.nan)
    values, owners = (np.array(each) for each in zip(*sorted(waits), strict=True))
    grown = np.cumsum(weight[:, owners.astype(int)], axis=1)
    half = grown[:, -1:] / 2
    found: Array = np.where(half[:, 0] > 0, values[(grown >= half).argmax(axis=1)], np.nan)
    return found


def _false(call: LoggedCall) -> int:
    return sum(stop.outcome != REAL for stop in call.stops)


def _dead_air(call: LoggedCall) -> float:
    return sum(stop.dead_air for stop in call.stops if stop.outcome != REAL)


MEASURES = (
    ComparedMeasure(
        "cut_offs_per_turn",
        "cut-offs a turn",
        _ratio(lambda call: sum(one.cut for one in call.silences), lambda call: call.turns),
    ),
    ComparedMeasure("wait_p50_s", "median wait, s", _median_wait),
    ComparedMeasure(
        "false_stops_per_min", "false stops a minute", _ratio(_false, lambda c: c.stop_minutes)
    ),
    ComparedMeasure(
        "dead_air_s_per_min", "dead air, s a minute", _ratio(_dead_air, lambda c: c.stop_minutes)
    ),
)
COST = "cost_s_per_turn"
_LIMITS = Limits()
LEVEL = 1 - ERROR / len(MEASURES)
"""Of each interval, so that all of them hold in 95 % of comparisons."""


def compare(
    before: Sequence[LoggedCall],
    after: Sequence[LoggedCall],
    *,
    paired: bool = False,
    limits: Limits = _LIMITS,
) -> tuple[MeasuredDifference, ...]:
    """Every figure of two logs; `paired`: the calls are those of the same callers, in order.

    Where one is better and another worse, what both cost callers together comes last, with the
    weights of `limits`.
    """
    chance = _Chance(len(before), len(after), paired)
    found = tuple(_difference(measure, before, after, chance) for measure in MEASURES)
    if {"better", "worse"} <= {one.verdict for one in found}:
        cost = ComparedMeasure(COST, "cost of a turn, s", _cost(limits))
        return (*found, _difference(cost, before, after, chance))
    return found


def overall(differences: Sequence[MeasuredDifference]) -> Verdict:
    """Better if any figure is and none is worse; worse if any is, unless what is better certainly
    outweighs that; else cannot tell."""
    verdicts = {one.verdict for one in differences}
    outweighed = any(one.name == COST and one.verdict == "better" for one in differences)
    if "worse" in verdicts and not outweighed:
        return "worse"
    return "better" if "better" in verdicts else "cannot tell"


def _cost(limits: Limits) -> Callable[[Sequence[LoggedCall], Array], Array]:
    """What cut-offs, false stops and the wait cost a caller, in seconds a turn; not known where a
    log could not show false stops."""
    errors = _ratio(
        lambda call: (
            sum(one.cut for one in call.silences) * limits.cost_false_cutoff_s
            + _false(call) * limits.cost_false_interruption_s
            if call.shows_stops
            else math.nan
        ),
        lambda call: call.turns,
    )
    return lambda calls, weight: (
        errors(calls, weight) + limits.cost_wait_s * _median_wait(calls, weight)
    )


class _Chance:
    """What is left to chance, the same for every figure of two logs; drawn when it is asked for."""

    def __init__(self, before: int, after: int, paired: bool) -> None:
        self._before, self._after, self._paired = before, after, paired
        self._rng = np.random.default_rng(SEED)

    @cached_property
    def resampled(self) -> tuple[Array, Array]:
        """How often each call counts, of both sides, when calls are drawn anew."""
        later = _resampled(self._after, self._rng)
        return (later if self._paired else _resampled(self._before, self._rng)), later

    @cached_property
    def sides(self) -> Array:
        """Which calls of both are on the second side; drawn after `resampled`."""
        if self._paired:
            return _swapped(self._after, self._rng)
        return _dealt(self._before, self._after, self._rng)


def _difference(
    measure: ComparedMeasure,
    before: Sequence[LoggedCall],
    after: Sequence[LoggedCall],
    chance: _Chance,
) -> MeasuredDifference:
    old, new = (float(measure.of(calls, np.ones((1, len(calls))))[0]) for calls in (before, after))
    if math.isnan(old) or math.isnan(new):
        known = [None if math.isnan(value) else value for value in (old, new)]
        return MeasuredDifference(
            measure.name, measure.title, known[0], known[1], None, None, "cannot tell"
        )
    sooner, later = chance.resampled
    drawn = measure.of(after, later) - measure.of(before, sooner)
    tail = 100 * (1 - LEVEL) / 2
    low, high = (float(end) for end in np.nanpercentile(drawn, (tail, 100 - tail)))
    certain = low > 0 or high < 0
    if certain and _chance(measure, [*before, *after], chance.sides, new - old) <= 1 - LEVEL:
        verdict: Verdict = "worse" if new > old else "better"
        return MeasuredDifference(measure.name, measure.title, old, new, low, high, verdict)
    more = _more(new - old, (high - low) / 2, max(len(before), len(after)))
    return MeasuredDifference(measure.name, measure.title, old, new, low, high, "cannot tell", more)


def _resampled(calls: int, rng: np.random.Generator) -> Array:
    return rng.multinomial(calls, [1 / calls] * calls, DRAWS).astype(float)


def _dealt(before: int, after: int, rng: np.random.Generator) -> Array:
    """Which calls are on the second side, if they are dealt to both at random."""
    sides = np.zeros((DRAWS, before + after))
    sides[:, :after] = 1
    dealt: Array = rng.permuted(sides, axis=1)
    return dealt


def _swapped(calls: int, rng: np.random.Generator) -> Array:
    """The same if the two calls of each caller change sides at random."""
    second = rng.integers(0, 2, (DRAWS, calls)).astype(float)
    return np.hstack([1 - second, second])


def _chance(
    measure: ComparedMeasure, calls: Sequence[LoggedCall], later: Array, difference: float
) -> float:
    """How often calls whose side is left to chance differ by as much."""
    dealt = measure.of(calls, later) - measure.of(calls, 1 - later)
    extreme = np.count_nonzero(np.abs(dealt) >= abs(difference) - 1e-12)
    return float((extreme + 1) / (DRAWS + 1))


def _more(difference: float, half: float, calls: int) -> int | None:
    """About how many more calls make the interval as narrow as the difference is large."""
    if not difference or not half:
        return None
    times = (half / abs(difference)) ** 2
    return math.ceil(calls * (times - 1)) if 1 < times <= MOST_TIMES else None
