"""Times of lines and epoch times inside them in, seconds into the call out.

A line may carry local time without a zone, or a time of day only; what stands inside it is epoch
time. The two differ by a whole number of quarter hours, which the first line with both shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tuner.calls.notes import number
from tuner.execution.call_lines import CallLine
from tuner.lines.timestamps import DAY_S, UNDATED_S, on_nearest_day
from tuner.summary.event_counting import ZONE_GRAIN_S

_EPOCH_FIELDS = ("committed", "last_speaking_time", "started", "user_started", "user_stopped")
"""Those first that lie closest before the time of their line."""


def placed(time: float, first: float | None) -> float:
    """A line's time on the clock of the call's first one: of logs that were put together one may
    have times of day only, and its lines then are of the day on which they are nearest."""
    if first is not None and time < UNDATED_S <= first:
        return on_nearest_day(time, first)
    return time


class CallClock(NamedTuple):
    """`zero` is the call's first line on the clock of lines; epoch + `offset` is that clock."""

    zero: float | None
    offset: float = 0.0

    def of_line(self, time: float | None) -> float | None:
        """Seconds into the call of a line's time."""
        if time is None or self.zero is None:
            return None
        at = placed(time, self.zero) - self.zero
        return round(at + DAY_S if at < -DAY_S / 2 else at, 3)

    def of_epoch(self, time: float | None) -> float | None:
        """Seconds into the call of an epoch time."""
        if time is None or self.zero is None:
            return None
        return round(time + self.offset - self.zero, 3)


def clock_of(lines: Iterable[CallLine], first: float | None) -> CallClock:
    """The clock of a call that began at `first`; without any times, that of its epoch fields."""
    epochs = []
    for line in lines:
        record, event = line.parsed.record, line.parsed.event
        fields = event.fields if event is not None else {}
        epoch = next((at for name in _EPOCH_FIELDS if (at := number(fields, name))), None)
        if epoch is not None and _is_on_clock_of(record.time, first):
            apart = 0.0 if record.clock == "utc" else (record.time or 0.0) - epoch
            return CallClock(first, round(apart / ZONE_GRAIN_S) * ZONE_GRAIN_S)
        epochs += [at for name in _EPOCH_FIELDS if (at := number(fields, name))]
    return CallClock(first if first is not None else min(epochs, default=None))


def _is_on_clock_of(time: float | None, first: float | None) -> bool:
    """Whether both have a date, or neither."""
    if time is None or first is None:
        return False
    return (time < UNDATED_S) == (first < UNDATED_S)
