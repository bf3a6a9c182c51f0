"""Dates of a log like 09/11/2026 in, whether the day stands first in them out.

A number above 12 is a day. Where there is none, a clock of 12 hours is American, and dates that
follow each other are days apart, not months.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from tuner.lazy_patterns import lazy_pattern

_DATE = lazy_pattern(r"(\d\d?)([-/])(\d\d?)[-/](\d{4})")
_HALF = lazy_pattern(r"[AaPp]\.?[Mm]\b")
HIGHEST_MONTH = 12


def day_first(times: Iterable[str]) -> bool | None:
    """Whether the day stands first; None if nothing tells, and if the order does not matter.

    Points stand between numbers of which the day is the first: `timestamps.parse` knows that.
    """
    texts = list(times)
    found = [match for text in texts if (match := _DATE.match(text)) is not None]
    numbers = list(dict.fromkeys((int(m[4]), int(m[1]), int(m[3])) for m in found))
    for place in (1, 2):
        if any(each[place] > HIGHEST_MONTH for each in numbers):
            return place == 1
    if any(map(_HALF.search, texts)):
        return False
    apart = [_days_apart(numbers, order) for order in ((0, 2, 1), (0, 1, 2))]
    return apart[0] < apart[1] if apart[0] != apart[1] else None


def _days_apart(numbers: list[tuple[int, int, int]], order: tuple[int, int, int]) -> int:
    """How many days the dates are from each to the next, read in this order."""
    try:
        days = [date(*(each[place] for place in order)) for each in numbers]
    except ValueError:
        return 0
    return sum(abs((later - first).days) for first, later in pairwise(days))


def is_open(times: Iterable[str]) -> bool:
    """Whether dates may be read in two ways."""
    return any((m := _DATE.match(text)) is not None and m[1] != m[3] for text in times)


def usual(time: str) -> bool:
    """Whether the day stands first where nothing tells: with dashes it mostly does."""
    match = _DATE.match(time)
    return match is not None and match[2] == "-"
