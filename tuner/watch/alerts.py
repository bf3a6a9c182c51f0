"""Snapshots in, alerts out: once when a measure goes above its limit, once when it comes back."""

from __future__ import annotations

from collections.abc import Iterator

from tuner.report.text_layout import number
from tuner.watch.model import LiveAlert, LiveMeasure, Snapshot

SHARES = ("of turns", "slow")
"""Units of what is a share of something."""
BACK = 0.5
"""A measure is back when it is more likely below its limit than above it."""


class LiveAlerts:
    """Remembers which measures are above their limits."""

    def __init__(self) -> None:
        self.above: dict[str, LiveMeasure] = {}

    def check(self, snapshot: Snapshot) -> list[LiveAlert]:
        """The changes since the last snapshot."""
        there = {measure.name: measure for measure in snapshot.measures}
        return [*self._back(there, snapshot.time), *self._raised(there, snapshot.time)]

    def _raised(self, there: dict[str, LiveMeasure], now: float) -> Iterator[LiveAlert]:
        for name, measure in there.items():
            if measure.state == "above":
                if name not in self.above:
                    yield LiveAlert(now, name, True, text(measure))
                self.above[name] = measure

    def _back(self, there: dict[str, LiveMeasure], now: float) -> Iterator[LiveAlert]:
        for name in list(self.above):
            measure = there.get(name)
            if measure is None or measure.state in ("ok", "hidden") or _is_back(measure):
                before = self.above.pop(name)
                yield LiveAlert(now, name, False, text(measure or before))


def _is_back(measure: LiveMeasure) -> bool:
    return measure.state == "open" and (measure.p_above is None or measure.p_above < BACK)


def text(measure: LiveMeasure) -> str:
    """A measure with its figures: "cut-offs 12 % of turns (limit 10 % of turns, 9 of 75)"."""
    details = ", ".join(filter(None, (limit(measure), counted(measure), measure.note)))
    value = f"{measure.title} {amount(measure.value, measure.unit)}"
    return f"{value} ({details})" if details else value


def limit(measure: LiveMeasure) -> str:
    """The limit with its unit; "" where one event is too many."""
    return f"limit {amount(measure.limit, measure.unit)}" if measure.limit else ""


def amount(value: float | None, unit: str) -> str:
    """A value with its unit; a share as a percentage."""
    if value is None:
        return "-"
    if unit in SHARES:
        return f"{number(round(100 * value, 1))} % {unit}"
    return f"{number(value)} {unit}".rstrip()


def counted(measure: LiveMeasure) -> str:
    """How many events in how much."""
    if not measure.exposure or measure.value is None:
        return ""
    if measure.unit == "/min":
        return f"{measure.events:,} in {number(measure.exposure)} min"
    over = " over" if measure.unit == "s" else ""
    return f"{measure.events:,}{over} of {number(measure.exposure)}"
