"""Values in, places on an axis out, in percent of its length; and the ticks below it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

_STEPS = (1.0, 2.0, 5.0, 10.0)
_MOST_TICKS = 8


class Tick(NamedTuple):
    """A place on an axis and what it stands for."""

    at: float
    label: str


class Axis(NamedTuple):
    """From `low` to `high`; `log` axes need a `low` above 0."""

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where the value is, in percent; values beyond an end are at that end."""
        low, high, value = (self._scaled(v) for v in (self.low, self.high, value))
        share = (value - low) / (high - low) if high > low else 0.5
        return round(100 * min(1.0, max(0.0, share)), 2)

    def _scaled(self, value: float) -> float:
        return math.log(max(value, self.low)) if self.log else value

    def ticks(self, label: Callable[[float], str]) -> list[Tick]:
        """Round values along the axis."""
        return [Tick(self.place(value), label(value)) for value in self._round_values()]

    def _round_values(self) -> Sequence[float]:
        if not self.log:
            step = round_step((self.high - self.low) / _MOST_TICKS)
            first = math.ceil(self.low / step - 1e-9)
            return [n * step for n in range(first, math.floor(self.high / step + 1e-9) + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        values = [step * 10.0**n for n in decades for step in _STEPS[:3]]
        return [value for value in values if self.low <= value <= self.high]


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … (or 0.1, 0.2 …) that is at least so much."""
    if least <= 0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))
