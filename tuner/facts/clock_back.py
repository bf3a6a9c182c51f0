"""A summary in, a note out where its clock may have gone back an hour, as summer time ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tuner.exports.ordering import SORTED
from tuner.summary.summary import Summary

_NAIVE = "naive"
_FROM, _TO = timedelta(hours=1), timedelta(hours=4)
"""Between these hours clocks go back: 1 to 2 in America and Britain, up to 3 to 4 in the east."""
NOTE = (
    "lines go back in time on the day on which summer time ends, and their times have no zone: if "
    "the clock went back within a call, its lines are mixed and it seems up to an hour longer; "
    "log in UTC"
)


def notes(summary: Summary) -> tuple[str, ...]:
    """The note, where lines without a zone had to be put in order within that night."""
    first, last = summary.first, summary.last
    if first is None or last is None or not summary.clocks[_NAIVE]:
        return ()
    if SORTED not in summary.wrappers:
        return ()
    start, end = (datetime.fromtimestamp(each, UTC).replace(tzinfo=None) for each in (first, last))
    nights = [night for year in {start.year, end.year} for night in _nights(year)]
    return (NOTE,) if any(start < night + _TO and end > night + _FROM for night in nights) else ()


def _nights(year: int) -> tuple[datetime, datetime]:
    """The last Sunday of October and the first of November."""
    october, november = datetime(year, 10, 31), datetime(year, 11, 1)
    back, on = (october.weekday() + 1) % 7, (6 - november.weekday()) % 7
    return october - timedelta(days=back), november + timedelta(days=on)
