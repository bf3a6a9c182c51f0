"""A time as a console or a log store exports it in, epoch seconds out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import timestamps

_EARLIEST, _LATEST = 1.4e9, 4.1e9
"""2014 to 2099: no other number is taken for a time."""
_SLASHES = lazy_pattern(
    r"(\d{1,4})[/.](\d{1,2})[/.](\d{1,4}),? +(\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?) ?([AaPp][Mm])?"
)
_WORDS = lazy_pattern(
    r"(?:[A-Z][a-z]{2,8}, )?(?:([A-Z][a-z]{2})[a-z]* (\d{1,2})|(\d{1,2}) ([A-Z][a-z]{2})[a-z]*),? "
    r"(\d{4}),?(?: @| at)? +(\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?) ?([AaPp][Mm])?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(re.findall("...", "JanFebMarAprMayJunJulAugSepOctNovDec"), 1)
}


def parse(value: Any) -> float | None:
    """Epoch seconds of an exported time, None if it is none; without a zone it is read as UTC.

    Takes what `timestamps.parse` takes with a date, numbers as text, and dates as people write
    them: `01/30/2026, 04:20:00.000 PM`, `Jan 30, 2026 @ 16:20:00.000`, `Fri, 30 Jan 2026 …`.
    """
    time, clock = timestamps.parse(value)
    if clock == "day" or time is None:
        time = _written(value) if isinstance(value, str) and len(value) < 64 else None
    return time if time is not None and _EARLIEST < time < _LATEST else None


@lru_cache(maxsize=1024)
def _written(text: str) -> float | None:
    try:
        return _slashes(text) or _words(text) or _mail(text)
    except ValueError:
        return None


def _slashes(text: str) -> float | None:
    match = _SLASHES.match(text)
    if match is None:
        return None
    first, second, third = (int(match[n]) for n in (1, 2, 3))
    if first > 31:
        year, month, day = first, second, third
    else:
        month, day, year = (second, first, third) if first > 12 else (first, second, third)
    return _seconds(year, month, day, match[4], match[5])


def _words(text: str) -> float | None:
    match = _WORDS.match(text)
    month = _MONTHS.get(match[1] or match[4]) if match else None
    if match is None or month is None:
        return None
    return _seconds(int(match[5]), month, int(match[2] or match[3]), match[6], match[7])


def _mail(text: str) -> float | None:
    if not text[:3].isalpha() or not any(map(str.isdigit, text)):
        return None
    from email.utils import parsedate_to_datetime  # what few exports need takes long to load

    return parsedate_to_datetime(text).timestamp()


def _seconds(year: int, month: int, day: int, clock: str, half: str | None) -> float:
    hour, minute, *rest = clock.replace(",", ".").split(":")
    hours = int(hour) % 12 + 12 * (half.upper() == "PM") if half else int(hour)
    start = datetime(year, month, day, hours, int(minute), tzinfo=UTC).timestamp()
    return start + (float(rest[0]) if rest else 0.0)
