"""From counts and a limit to above, below or undecided, with the probability behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from tuner.limits import Limits
from tuner.model import Facts, Severity
from tuner.stats.intervals import (
    dispersion,
    effective_spread,
    growth_to_settle,
    p_rate_above,
    p_share_above,
    poisson_interval,
    wilson_interval,
)

MAY_GROW = 16.0
"""Beyond this many times the log, more of it is no advice: the figure is at the limit."""
State = Literal["above", "below", "undecided"]


class Judged(msgspec.Struct, frozen=True):
    """A figure against its limit.

    `low` to `high` is the 95 % interval of `value`, `p_above` = P(above the limit | data), and
    `growth` how many times as much log would settle it (None: more log hardly would).
    """

    events: float
    value: float
    low: float
    high: float
    limit: float
    p_above: float
    growth: float | None
    state: State


def judge_rate(
    events: float, exposure: float, limit: float, limits: Limits, spread: float = 1.0
) -> Judged:
    """Events per unit of exposure against `limit`."""
    spread = effective_spread(spread, events)
    low, high = poisson_interval(events / spread, exposure / spread)
    value = events / exposure if exposure > 0 else 0.0

    def p(times: float) -> float:
        return p_rate_above(limit, events * times, exposure * times, spread)

    return _judged(events, (value, low, high), limit, p, limits.probability)


def judge_share(hits: float, n: float, limit: float, limits: Limits, spread: float = 1.0) -> Judged:
    """A share of n against `limit`; `spread` says how much the hits cluster in few calls."""
    hits = min(hits, n)
    spread = effective_spread(spread, hits)
    low, high = wilson_interval(hits / spread, n / spread)
    value = hits / n if n > 0 else 0.0

    def p(times: float) -> float:
        return p_share_above(limit, hits * times, n * times, spread)

    return _judged(hits, (value, low, high), limit, p, limits.probability)


def _judged(
    events: float,
    figure: tuple[float, float, float],
    limit: float,
    p: Callable[[float], float],
    probability: float,
) -> Judged:
    now = p(1.0)
    settles = p if events else lambda times: min(p(times), 0.5)  # as `_state` has it
    growth = growth_to_settle(settles, probability, MAY_GROW)
    return Judged(events, *figure, limit, now, growth, _state(events, now, probability))


def _state(events: float, p_above: float, probability: float) -> State:
    """Without an event nothing is above a limit, though of 1 request much is possible."""
    if p_above >= probability and events:
        return "above"
    return "below" if p_above <= 1 - probability else "undecided"


def spread_of(facts: Facts, events: str, per: str = "minutes") -> float:
    """How much events of one kind cluster in few calls, given minutes or another kind of event."""
    counts = facts.per_call.events.get(events, ())
    exposed = facts.per_call.minutes if per == "minutes" else facts.per_call.events.get(per, ())
    if len(counts) != len(exposed):
        return 1.0
    return dispersion(counts, exposed)


def severity(judged: Judged, limits: Limits) -> Severity:
    """By size, once it is certain: a few events are an info, many times the limit is high."""
    if judged.events < limits.min_events:
        return "info"
    return "high" if judged.value >= limits.high_times * judged.limit else "warning"
