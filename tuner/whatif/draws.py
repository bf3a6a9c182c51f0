"""Calls in, bootstrap draws out: every figure of a prediction stands on the same ones.

Whole calls are drawn, because the turns of one call are not independent. Row 0 holds the calls as
they were.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tuner.model import Label

DRAWS = 1000
SEED = 20
LOW, HIGH = 2.5, 97.5
"""Percentiles of a 95 % interval."""

Array = npt.NDArray[np.float64]
Interval = tuple[float, float]


class Figure(NamedTuple):
    """A predicted figure: what the log has, the value under the new settings, and the change.

    `low` to `high` is the 95 % interval of the change that as many calls as these would show.
    `change` is None where only the interval, or nothing at all, is known. `why` is the
    assumption behind an estimate, or what is missing. `mean` is the 95 % interval of the mean
    change over callers like these, where that is another one.
    """

    logged: float | None
    change: float | None
    low: float | None
    high: float | None
    label: Label
    why: str = ""
    mean: Interval | None = None

    @property
    def effect(self) -> Interval | None:
        """The interval that a decision rests on: of the mean change."""
        if self.low is None or self.high is None:
            return None
        return self.mean or (self.low, self.high)

    @property
    def value(self) -> float | None:
        """The figure under the new settings."""
        if self.logged is None or self.change is None:
            return None
        return max(0.0, self.logged + self.change)


def weights(calls: int, draws: int = DRAWS) -> Array:
    """How often each call is in each draw: (draws + 1) x calls."""
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(calls, [1 / calls] * calls, draws)
    return np.vstack([np.ones(calls), drawn]).astype(float)


def interval(draws: Array) -> Interval:
    """The 95 % interval of the draws that have a value."""
    low, high = np.nanpercentile(draws, (LOW, HIGH))
    return float(low), float(high)


def ratio(weight: Array, above: Array, below: Array) -> Array:
    """A sum over calls divided by another, for each draw; nan where there is nothing below."""
    bottom = weight @ below
    empty = np.full(len(weight), np.nan)
    found: Array = np.divide(weight @ above, bottom, out=empty, where=bottom > 0)
    return found


def unchanged(logged: float | None) -> Figure:
    """The figure of settings that change nothing about it: the logged one."""
    return Figure(logged, 0.0, 0.0, 0.0, "exact")


def unknown(logged: float | None, why: str) -> Figure:
    """The figure when nothing is known."""
    return Figure(logged, None, None, None, "not enough data", why)


def in_another_run(figure: Figure, changes: Array) -> Figure:
    """The figure with the interval that as many calls would show in another run, where a turn
    detector judges the same words otherwise: `changes` are the draws of its new level against the
    logged one. The interval that it had is that of the mean change."""
    if figure.low is None or figure.high is None:
        return figure
    low, high = interval(changes)
    return figure._replace(
        low=min(low, figure.low), high=max(high, figure.high), mean=(figure.low, figure.high)
    )
