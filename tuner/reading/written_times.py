"""The beginning of a line in, where the parts of a time stand in it out; and other times written
in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import TypeAlias

from tuner.lazy_patterns import lazy_pattern
from tuner.lines.timestamps import DAY_S, MONTHS, YEARLESS
from tuner.scan.layout import ANY_DIGIT, TIME_PARTS
from tuner.scan.templates import TimePart, WrittenTime

_CLOCK = (
    rb"(?P<HOUR>\d\d?):(?P<MINUTE>\d\d):(?P<SECOND>\d\d)(?:[.,](?P<fraction>\d{1,9}))?(?!\d)"
    rb"(?:(?: |\xe2\x80\xaf)?(?P<half>[AaPp])\.?[Mm]\.?)?"
    rb"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d(?!\d)))?"
)
_NAME = rb"(?P<name>[A-Z][a-z]{2})[a-z]*"
_FORMS = (
    rb"(?P<YEAR>\d{4})(?:[-/.]?)(?P<MONTH>\d\d)(?:[-/.]?)(?P<DAY>\d\d)[T ,_-]{1,2}" + _CLOCK,
    rb"(?P<MONTH>\d\d?)[-/.](?P<DAY>\d\d?)[-/.](?P<YEAR>\d{4}),? " + _CLOCK,
    rb"(?P<DAY>\d\d?)[-/.](?P<MONTH>\d\d?)[-/.](?P<YEAR>\d{4}),? " + _CLOCK,
    rb"(?P<DAY>\d\d?)[/ -]" + _NAME + rb"[/ -](?P<YEAR>\d{4}|\d\d)[:, ]{1,2}" + _CLOCK,
    _NAME + rb"\.? +(?P<DAY>\d\d?),? (?P<YEAR>\d{4}),? (?:at )?" + _CLOCK,
    _NAME + rb"\.? +(?P<DAY>\d\d?),? (?:at )?" + _CLOCK + rb" (?P<YEAR>\d{4})(?!\d)",
    _NAME + rb"\.? +(?P<DAY>\d\d?),? (?:at )?" + _CLOCK,
    rb"(?P<MONTH>\d\d)-?(?P<DAY>\d\d) " + _CLOCK,
    _CLOCK,
    rb"(?P<YEAR>(?:19|20)\d\d)(?P<MONTH>[01]\d)(?P<DAY>[0-3]\d)[-_T ]?"
    rb"(?P<HOUR>[0-2]\d)(?P<MINUTE>[0-5]\d)(?P<SECOND>[0-5]\d)"
    rb"(?:[.,](?P<fraction>\d{1,9}))?(?:Z|[+-]\d{4})?(?![\d:])",
    rb"(?P<YEAR>1\d{9})(?:\.?(?P<fraction>\d{1,6}))?(?!\d)",
)
_ISO = lazy_pattern(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_EPOCH = len(_FORMS) - 1
Written: TypeAlias = tuple[str, str, str]
"""Date, time of day, and digits behind the second."""


@cache
def _forms() -> tuple[re.Pattern[bytes], ...]:
    """The forms, compiled when first needed: that takes 2 ms."""
    return tuple(re.compile(rb"(?<!\d)" + form) for form in _FORMS)


def found(text: bytes, at: int) -> Iterator[tuple[range, WrittenTime]]:
    """What may be the first time behind a place, each with where it stands with its zone, first the
    longest."""
    matches = [(m, form) for form, each in enumerate(_forms()) if (m := each.search(text, at))]
    for match, form in sorted(matches, key=lambda found: (found[0].start(), -found[0].end())):
        if (time := _of(match, form)) is not None:
            yield range(*match.span()), time


def _of(match: re.Match[bytes], form: int) -> WrittenTime | None:
    """The time that matches one of the forms; None if its month is none."""
    parts = {name: _part(match, name) for name in TIME_PARTS}
    if name := match.groupdict().get("name"):
        if name.decode() not in MONTHS:
            return None
        parts["MONTH"] = TimePart(fixed=MONTHS.index(name.decode()) + 1)
    if not parts["YEAR"].digits:
        parts["YEAR"] = TimePart(fixed=YEARLESS)
    half = match.groupdict().get("half")
    return WrittenTime(
        _form(match, form, parts["MONTH"] != TimePart(), bool(half)),
        tuple(parts.values()),
        max(match.start("fraction"), 0),
        len(match["fraction"] or b""),
        -1 if not half else 12 * (half in b"Pp"),
    )


def _form(match: re.Match[bytes], form: int, dated: bool, halved: bool) -> str:
    if form == _EPOCH:
        return "EPOCH"
    if not dated:
        return "OF_DAY"
    return "ISO" if _ISO.match(match[0]) and not halved else "IN_PARTS"


def _part(match: re.Match[bytes], name: str) -> TimePart:
    if match.groupdict().get(name) is None:
        return TimePart()
    return TimePart(match.start(name), len(match[name]))


def of_day(at: int, fraction: int) -> WrittenTime:
    """A time like 09:36:05.904 that begins at this place."""
    parts = (TimePart(), TimePart(), TimePart(), *(TimePart(at + n, 2) for n in (0, 3, 6)))
    return WrittenTime("OF_DAY", parts, at + 9, fraction)


def iso(at: int, fraction: int) -> WrittenTime:
    """A time like 2026-11-20T09:36:05.904 that begins at this place."""
    starts = zip((0, 5, 8, 11, 14, 17), (4, 2, 2, 2, 2, 2), strict=True)
    parts = tuple(TimePart(at + start, digits) for start, digits in starts)
    return WrittenTime("ISO", parts, at + 20, fraction)


def places(time: WrittenTime) -> Iterator[int]:
    """Where its digits stand; that of an epoch which never changes is none of them."""
    for part in time.parts:
        yield from range(part.at + (time.form == "EPOCH"), part.at + part.digits)
    yield from range(time.fraction_at, time.fraction_at + time.fraction)


def write(out: bytearray, time: WrittenTime, written: Written) -> None:
    """Write a time's digits in their places."""
    date, clock, digits = written
    values = [*date.split("-"), *clock.split(":")]
    if time.form == "EPOCH":
        values = [f"{datetime.fromisoformat(f'{date} {clock}+00:00').timestamp():010.0f}"]
    for part, value in zip(time.parts, values, strict=False):
        _put(out, part.at, value[len(value) - part.digits :])
    _put(out, time.fraction_at, digits[: time.fraction].ljust(time.fraction, "4"))


def _put(out: bytearray, at: int, digits: str) -> None:
    for place, digit in enumerate(digits.encode(), at):
        if out[place] == ANY_DIGIT:
            out[place] = digit


def when(time: WrittenTime, text: bytes, zone_s: int = 0) -> float | None:
    """The time that stands there, in seconds since the epoch or, without a date, midnight, as the
    scan reads it; None if none is written."""
    values = [_value(part, text) for part in time.parts]
    fraction = _digits(text, time.fraction_at, time.fraction)
    unit: int = 10**time.fraction
    if time.form == "NO_TIME":
        return None
    if time.form == "EPOCH":
        return (values[0] * unit + fraction) / unit
    year, month, day, hour, minute, second = values
    if time.half >= 0:
        hour = hour % 12 + time.half
    if time.form == "OF_DAY":
        return hour * 3600 + minute * 60 + (second * unit + fraction) / unit
    year += 2000 * (time.parts[0].digits == 2)
    date, of_day = datetime(year, month, day, tzinfo=UTC).timestamp(), hour * 3600 + minute * 60
    if time.form == "ISO":
        return date + of_day + second - zone_s + fraction / unit
    return date + (of_day + second + fraction / unit) - zone_s


def _value(part: TimePart, text: bytes) -> int:
    return _digits(text, part.at, part.digits) if part.digits else part.fixed


def _digits(text: bytes, at: int, size: int) -> int:
    return int(text[at : at + size] or b"0")


def is_of_clock(time: WrittenTime, clock: str) -> bool:
    """Whether a time that is written so has such a clock."""
    if clock == "day" or time.form == "OF_DAY":
        return clock == "day" and time.form == "OF_DAY"
    return (clock == "yearless") is (time.form == "IN_PARTS" and not time.parts[0].digits)


def is_near(time: WrittenTime, text: bytes, read: float) -> bool:
    """Whether the time that stands there is the one read, but for its zone."""
    try:
        stands = when(time, text)
    except ValueError:
        return False
    return stands is not None and abs(stands - read) <= DAY_S
