"""Which records count: those of a span of time, or of one call."""

from __future__ import annotations

from typing import NamedTuple

from tuner.lines.timestamps import DAY_S
from tuner.model import Record


class Filter(NamedTuple):
    """Which records count: from `since` up to `until`, of one call (job, room or pid).

    Times are epoch seconds, or seconds since midnight UTC: then every day of the log counts.
    """

    since: float | None = None
    until: float | None = None
    call: str | None = None

    def keeps(self, record: Record) -> bool:
        """Whether the record counts; one without a time passes unless a time was asked for."""
        if self.call is not None and self.call not in (record.job, record.room, record.pid):
            return False
        if self.since is None and self.until is None:
            return True
        time = record.time
        if time is None:
            return False
        return (self.since is None or _on(self.since, time) >= self.since) and (
            self.until is None or _on(self.until, time) < self.until
        )


def _on(bound: float, time: float) -> float:
    """The time on the bound's clock: a bound within the first day is a time of day."""
    return time % DAY_S if bound <= DAY_S else time


EVERYTHING = Filter()
