"""The times of records in, whether they are in order out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuner.lines import new_year
from tuner.lines.timestamps import DAY_S, YEARLESS, on_nearest_day

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

SORTED = "put in order of time"
"""What was done to a log whose records did not stand in that order."""
OPEN_DATES = "CSV export with dates in an unknown order"
"""What an export is in whose dates nothing tells whether day or month stands first."""
_LAST_YEARLESS = (YEARLESS + 3 - 1970) * 366 * DAY_S
"""Later times have a year of their own: New Year is no step back or forth in others."""
_MOSTLY = 4
BACK_S = 1.0
"""Clocks of one process run back by less than this when its threads log at once."""


class Order:
    """Whether records come in the order of their times, each call by itself."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._up = self._down = self._back = 0

    def add(self, time: float, call: str = "") -> None:
        """The next record of a call, with its time in epoch seconds."""
        last = self._last.get(call, time)
        self._last[call] = time
        if time > _LAST_YEARLESS or not new_year.is_step(time - last):
            self.step(time - last)

    def step(self, seconds: float) -> None:
        """The next record of a call is so much later than the one before it."""
        if seconds > 0:
            self._up += 1
        elif seconds < 0:
            self._down += 1
            self._back += seconds < -BACK_S

    def add_time_of_day(self, time: float, call: str = "") -> None:
        """The next record of a call whose time has no date: midnight is no step back."""
        self.add(on_nearest_day(time, self._last.get(call)), call)

    def add_many(self, found: TakenLines) -> None:
        """The next records, whose times were compared with one another already."""
        self.add(found.time[0])
        self._up, self._down = self._up + found.up, self._down + found.down
        self._back += found.back
        self._last[""] = found.time[-1]

    @property
    def is_surely_broken(self) -> bool:
        """Whether no record that follows can change that they have to be put in order."""
        return self._back > 0

    @property
    def falls(self) -> bool:
        """Whether the newest records come first; threads may have written a few at once."""
        return self._down > _MOSTLY * self._up

    @property
    def broken(self) -> bool:
        """Whether the records have to be put in order."""
        return self.is_surely_broken or self._down > self._up
