"""A prediction in, what the change costs callers out: turns and stops together, in s a turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tuner.limits import Limits
from tuner.whatif.draws import Figure
from tuner.whatif.predict import Prediction, Replay
from tuner.whatif.stops import REAL
from tuner.whatif.timing import FigureName

DEAD_AIR_IN_PRICE_S = 2.0
"""The price of a false stop holds so much dead air: that part counts as it was."""


class ReplayPrice(NamedTuple):
    """What changes cost a caller in seconds a turn, with the interval; below 0 is a gain."""

    value: float
    low: float
    high: float


def replay_price(figures: Prediction, log: Replay, limits: Limits) -> ReplayPrice | None:
    """Cut-offs, wait, stops and late interruptions together; None where one is not known."""
    weights = _weights(log, limits).items()
    return weighed((figures[name], weight) for name, weight in weights)


def weighed(parts: Iterable[tuple[Figure, float]]) -> ReplayPrice | None:
    """Figures times what one unit of each costs, summed: mean changes with their intervals, and
    where only bounds are known, the worse end. None where one is not known."""
    value = least = worst = 0.0
    for figure, weight in parts:
        if figure.effect is None:
            return None
        low, high = figure.effect
        value += weight * (high if figure.change is None else figure.change)
        least, worst = least + weight * low, worst + weight * high
    return ReplayPrice(value, least, worst)


def _weights(log: Replay, limits: Limits) -> dict[FigureName, float]:
    """What one unit of each figure costs a caller, in seconds a turn.

    Where nobody interrupts, it costs nothing to be let in later.
    """
    minutes = sum(call.minutes for call in log.calls) / log.turns
    real = sum(stop.outcome == REAL for call in log.calls for stop in call.stops) / log.turns
    stop_s = limits.cost_false_interruption_s - DEAD_AIR_IN_PRICE_S
    weights: dict[FigureName, float] = {
        "cut_offs_per_turn": limits.cost_false_cutoff_s,
        "wait_p50_s": limits.cost_wait_s,
        "false_stops_per_min": stop_s * minutes,
        "dead_air_s_per_min": limits.cost_wait_s * minutes,
    }
    return weights | ({"barge_in_s": limits.cost_wait_s * real} if real else {})
