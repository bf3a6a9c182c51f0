"""Lines from the beginning and the end of a log in, whether its times without a year pass New Year
out.

All of them are read in one year. Where January follows December, or stands before it in a log that
is newest first, what is of the first half of the year is of the next one (`clocks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import clocks
from tuner.lines.parsed import Parsed
from tuner.lines.timestamps import DAY_S
from tuner.model import Record

HALF_YEAR_S = 183 * DAY_S
MAYBE = lazy_pattern(
    rb" \d\d:\d\d(?:(?<=(?:Dec|Jan) [ \d]\d \d\d:\d\d)|:(?<=(?:12|01)-\d\d \d\d:\d\d:)"
    rb"(?<![\d-](?s:.{12}))|:(?<=(?:12|01)[0-3]\d \d\d:\d\d:)(?<![^A-Z\s](?s:.{11})))"
)
"""What a log has in which New Year may be. It begins with what is rare in lines: others take forty
times as long."""


def is_step(seconds: float) -> bool:
    """Whether times without a year that are so far apart have New Year between them."""
    return abs(seconds) > HALF_YEAR_S


def passes(parsed: Iterable[Parsed]) -> bool:
    """Whether New Year lies between these records, in the order of their file."""
    steps = [later - time for time, later in pairwise(_yearless(parsed))]
    usual = [step for step in steps if not is_step(step)]
    up, down = sum(step > 0 for step in usual), sum(step < 0 for step in usual)
    return any(is_step(step) and (step < 0 if up >= down else step > 0) for step in steps)


def _yearless(parsed: Iterable[Parsed]) -> Iterator[float]:
    for item in parsed:
        if not isinstance(record := item.record, Record):
            continue
        clocks.from_wrapper(record, item.peeled.time, item.peeled.clock)
        if record.time is not None and record.clock == "yearless":
            yield record.time


def sample(lines: Sequence[bytes], most: int) -> list[bytes]:
    """The first and the last of some lines."""
    return list(lines) if len(lines) <= 2 * most else [*lines[:most], *lines[-most:]]
