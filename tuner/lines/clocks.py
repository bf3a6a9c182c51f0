"""Records in the order of their file in, the same with times on one clock out.

A time without a date takes the date of its dated neighbours, one without a year their year, and a
time without a zone the zone of the wrapper it stands in. Two clocks in one file that differ by
whole quarters of an hour are two zones: the one without a zone is moved to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from tuner.lines.layouts import Clocks
from tuner.lines.parsed import Parsed
from tuner.lines.timestamps import (
    DAY_S,
    YEARLESS,
    in_year,
    on_nearest_day,
    within_calendar,
    year_of,
)
from tuner.model import Record

MOVED, PLACED = "moved", "placed"
"""Clocks of records that were brought to the zone, or to the date, of their neighbours."""
_QUARTER_S = 900.0
_LAST_OF_HALF = 6
_NEAR_S = 5.0
"""Neighbours are printed within seconds of each other."""
_SLOW_WRAPPER_S = 60.0
_MOST_WAITING = 10_000
_LEAST_PAIRS = 2


def from_wrapper(record: Record, time: float | None, clock: str) -> None:
    """Take from the wrapper's clock what the record's lacks."""
    if time is None:
        return
    if record.clock in ("", "day") or (record.clock == "yearless" and clock in ("utc", "naive")):
        record.time, record.clock = time, clock
    elif record.clock == "naive" and clock == "utc" and record.time is not None:
        shift = _quarters(time - record.time)
        late = time - record.time - shift
        record.time = record.time + shift if abs(late) <= _SLOW_WRAPPER_S else time
        record.clock = "utc"


def placed(parsed: Iterable[Parsed], clocks: Clocks, near: float | None = None) -> Iterator[Parsed]:
    """Place each record's time; what stands before the first date waits for it.

    `near` is the last dated time before these records.
    """
    waiting: list[Parsed] = []
    for item in parsed:
        record = item.record
        if isinstance(record, Record) and record.time is not None:
            near = _place(record, clocks, near)
        if near is None and clocks.date is not None and len(waiting) < _MOST_WAITING:
            waiting.append(item)
            continue
        yield from _before(waiting, clocks, near)
        yield item
    yield from _before(waiting, clocks, near)


def _before(waiting: list[Parsed], clocks: Clocks, near: float | None) -> Iterator[Parsed]:
    """What stood before the first date, placed by it."""
    for item in waiting:
        if isinstance(item.record, Record) and item.record.time is not None:
            _place(item.record, clocks, clocks.date if near is None else near)
        yield item
    waiting.clear()


def _place(record: Record, clocks: Clocks, near: float | None) -> float | None:
    """Place a record beside what was read before it; return the date that is near it now."""
    assert record.time is not None
    if record.clock == "naive" and clocks.naive_shift_s:
        record.time, record.clock = record.time + clocks.naive_shift_s, MOVED
    elif record.clock == "day" and near is not None:
        record.time, record.clock = on_nearest_day(record.time + clocks.day_shift_s, near), PLACED
    elif record.clock == "yearless" and near is not None:
        years = (year_of(near) + n for n in (-1, 0, 1))
        dates = [in_year(record.time, year) for year in years]
        record.time = min(dates, key=lambda date: abs(date - near))
        record.clock = PLACED
    elif record.clock == "yearless" and clocks.new_year:
        record.time = in_next_year(record.time)
    return near if record.clock in ("day", "yearless") else record.time


def in_next_year(time: float) -> float:
    """A time without a year, in the next one if it is of the first half of a year: it stands behind
    New Year."""
    is_behind = within_calendar(time).month <= _LAST_OF_HALF
    return in_year(time, YEARLESS + 1) if is_behind else time


def _quarters(seconds: float) -> float:
    return round(seconds / _QUARTER_S) * _QUARTER_S


# --- what the clocks of a file are ------------------------------------------------------------


def find(parsed: Iterable[Parsed]) -> Clocks:
    """Return what the clocks of a file need, from the records of its beginning."""
    times = [
        (item.record.time, item.record.clock)
        for item in parsed
        if isinstance(item.record, Record) and item.record.time is not None
    ]
    dated = [time for time, clock in times if clock in ("utc", "naive")]
    naive_shift = _shift(times, ("utc",), "naive", False)
    undated = any(clock in ("day", "yearless") for _, clock in times)
    if not (undated and dated):
        return Clocks(naive_shift_s=naive_shift)
    moved = [(t + naive_shift if c == "naive" else t, c) for t, c in times]
    first = next(t for t, c in moved if c in ("utc", "naive"))
    return Clocks(_shift(moved, ("utc", "naive"), "day", True), naive_shift, first)


def _shift(
    times: list[tuple[float, str]], dated: tuple[str, ...], other: str, of_day: bool
) -> float:
    """How far the clock `other` is behind its neighbours, by most of the pairs of lines."""
    votes: Counter[float] = Counter()
    for (a, clock_a), (b, clock_b) in pairwise(times):
        if clock_a in dated and clock_b == other:
            behind = a - b
        elif clock_b in dated and clock_a == other:
            behind = b - a
        else:
            continue
        behind = (behind + DAY_S / 2) % DAY_S - DAY_S / 2 if of_day else behind
        shift = _quarters(behind)
        votes[shift if abs(behind - shift) <= _NEAR_S else 0.0] += 1
    if not votes:
        return 0.0
    shift, count = votes.most_common(1)[0]
    return shift if count >= max(_LEAST_PAIRS, votes.total() / 2) else 0.0
