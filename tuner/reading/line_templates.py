"""A line and the record that it is in, the template of how it begins out; and a template in, the
beginning of a line with other times out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import TypeAlias

from tuner.lines import clocks
from tuner.lines.timestamps import DAY_S
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.model import Record
from tuner.reading.plain_records import PlainRecord
from tuner.scan import LEVELS, LineTemplate
from tuner.scan.layout import ANY_DIGIT
from tuner.scan.templates import is_short_enough

_TIME = re.compile(
    rb"(?<!\d)(?P<date>(?:\d{4}([-/.])\d\d\2\d\d|\d\d([/.])\d\d\3\d{4})[T ])?"
    rb"\d\d:\d\d:\d\d(?:[.,](?P<fraction>\d{1,9}))?(?!\d)"
    rb"(?P<zone> ?[+-]\d\d:?\d\d(?!\d))?"
)
_SHIPPED_TIME = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,](?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:?\d\d)"
)
_NUMBER = re.compile(rb"(?<![A-Za-z_\d])\d+(?![A-Za-z_\d])")
_CODE = re.compile(rb"\x1b\[[\d;]*[A-Za-z]")
_FEWEST_BLANKS = 2
"""A shipper may put two words before a line: fewer than these, or bars, and the message would be
one."""
_ORDERS = {"YEAR_FIRST": (0, 5, 8), "MONTH_FIRST": (6, 0, 3), "DAY_FIRST": (6, 3, 0)}
"""Where year, month and day stand in a date."""
Written: TypeAlias = tuple[str, str, str]
"""Date, time of day, and digits behind the second."""


def template_of(line: bytes, read: PlainRecord) -> LineTemplate | None:
    """The template of a line, as far as the record that it is shows that."""
    at = read.begins
    text, times = line[: line.find(read.message.encode(), at)], list(_TIME.finditer(line, at))
    logger = text.find(read.logger.encode(), at) if read.logger else len(text)
    if not times or logger < 0 or read.level not in LEVELS or read.time is None:
        return None
    if read.clock not in ("utc", "naive", "day") or read.logger.startswith(TURN_LOGGER):
        return None
    first = times[0]
    if first.end() > len(text) or not _is_beginning(text, first, at):
        return None
    shipped = _shipped(line, read)
    if read.clock != read.own_clock and shipped is None:
        return None
    logger_size = len(read.logger.encode())
    template = LineTemplate(
        _blanked(text, [first, *_TIME.finditer(line, 0, at)], (logger, logger + logger_size), at),
        read.level,
        logger,
        logger_size,
        first.start(),
        _order_of(first, read.time),
        len(first["fraction"] or b""),
    )
    pid, pid_size, pid_last = _process(text, read, at)
    template = template._replace(pid=pid, pid_size=pid_size, pid_last=pid_last)
    return _zoned(template, text, read, shipped)


def _order_of(time: re.Match[bytes], read: float) -> str:
    """The order of a date, by when it was."""
    if time["date"] is None:
        return "NO_DATE"
    for order in _ORDERS:
        with suppress(ValueError):
            if abs(_when(time[0], 0, order, 0) - read) <= DAY_S:
                return order
    return "YEAR_FIRST"


def _process(text: bytes, read: PlainRecord, at: int) -> tuple[int, int, bool]:
    """The place of the process before the message, how many digits it has, and whether it is the
    wrapper's, which the record's own goes before."""
    pid = (read.shipped_pid or read.ids[2]).encode()
    places = [m.start() for m in _NUMBER.finditer(text) if m[0] == pid]
    if len(places) != 1:
        return 0, 0, False
    return places[0], len(pid), places[0] < at


def _is_beginning(text: bytes, time: re.Match[bytes], at: int) -> bool:
    """Whether a template can be made of the beginning of a record that stands at this place."""
    if not is_short_enough(text) or min(text.replace(b"\x1b", b"")) < 0x20:
        return False
    behind = text[time.end() :]
    return max(behind.count(b" "), behind.count(b"|")) >= _FEWEST_BLANKS or time.start() != at


def _shipped(line: bytes, read: PlainRecord) -> re.Match[bytes] | None:
    """The time of the wrapper from which the record takes what its own lacks."""
    if read.clock == read.own_clock:
        return None
    times = list(_SHIPPED_TIME.finditer(line, 0, read.begins))
    return times[0] if len(times) == 1 else None


def _zoned(
    template: LineTemplate, text: bytes, read: PlainRecord, shipped: re.Match[bytes] | None
) -> LineTemplate | None:
    """The same with the zone of the time that counts; None if that can be none."""
    if shipped is not None:
        fraction = len(shipped["fraction"] or b"")
        zone = _offset_s(shipped["zone"])
        return template._replace(
            shipped=shipped.start(), shipped_fraction=fraction, shipped_zone_s=zone
        )
    seconds = time_of(template, text) - (read.time or 0)
    return template._replace(zone_s=round(seconds)) if abs(seconds) <= DAY_S else None


def _offset_s(zone: bytes) -> int:
    """The seconds that a zone is ahead of UTC."""
    if zone == b"Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[:1] == b"-" else seconds


def _blanked(
    text: bytes, times: Sequence[re.Match[bytes]], logger: tuple[int, int], at: int
) -> bytes:
    """The text with ANY_DIGIT for the digits of its times and of numbers that stand alone; a single
    one in a wrapper is its version."""
    out = bytearray(text)
    taken = (logger, *(m.span() for m in (*times, *_CODE.finditer(text))))
    found = (m.span() for m in _NUMBER.finditer(text))
    numbers = [(start, end) for start, end in found if end - start > 1 or start >= at]
    spans = [span for span in numbers if not any(_overlap(span, other) for other in taken)]
    own = [(m.start(), m.start("zone") if m["zone"] else m.end()) for m in times]
    for start, end in (*own, *spans):
        for place in range(start, end):
            if out[place : place + 1].isdigit():
                out[place] = ANY_DIGIT
    return bytes(out)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def filled(template: LineTemplate, own: Written, shipped: Written) -> bytes:
    """The beginning of a line with these times, and with the digits of its own for all others."""
    out, rest = bytearray(template.text), iter((own[2] * 99).encode())
    _write(out, template.time, template.date, template.fraction, own)
    if template.shipped >= 0:
        _write(out, template.shipped, "YEAR_FIRST", template.shipped_fraction, shipped)
    return bytes(byte if byte != ANY_DIGIT else next(rest) for byte in out)


def _write(out: bytearray, at: int, order: str, fraction: int, written: Written) -> None:
    """Write a time's digits in their places."""
    date, clock, digits = written
    parts = zip(_ORDERS.get(order, ()), date.split("-"), strict=False)
    all_digits = "".join(part for _, part in sorted(parts)) + clock.replace(":", "")
    all_digits += digits[:fraction].ljust(fraction, "4")
    places = (place for place in range(at, len(out)) if out[place] == ANY_DIGIT)
    for digit, place in zip(all_digits.encode(), places, strict=False):
        out[place] = digit


def process_of(template: LineTemplate, text: bytes) -> str:
    """The digits of the process in the beginning of a line; "" if none stand there."""
    return text[template.pid : template.pid + template.pid_size].decode()


def time_of(template: LineTemplate, text: bytes) -> float:
    """The time that a record counts with by the beginning of its line, as the scan reads it."""
    own = _when(text, template.time, template.date, template.fraction, template.zone_s)
    if template.shipped < 0:
        return own
    place = (template.shipped, "YEAR_FIRST", template.shipped_fraction)
    record = Record("", time=own, clock="day" if template.date == "NO_DATE" else "naive")
    clocks.from_wrapper(record, _when(text, *place) - template.shipped_zone_s, "utc")
    assert record.time is not None
    return record.time


def _when(text: bytes, at: int, order: str, fraction: int, zone_s: int = 0) -> float:
    """The time that stands there, in seconds since the epoch or, without a date, midnight."""
    date, at = at, at + 11 * (order != "NO_DATE")
    hours, minutes, seconds = (int(text[at + n : at + n + 2]) for n in (0, 3, 6))
    of_second, unit = int(text[at + 9 : at + 9 + fraction] or 0), float(10**fraction)
    of_day = hours * 3600 + minutes * 60
    if order == "NO_DATE":
        return of_day + (seconds * unit + of_second) / unit
    year, month, day = (date + place for place in _ORDERS[order])
    numbers = int(text[year : year + 4]), int(text[month : month + 2]), int(text[day : day + 2])
    return datetime(*numbers, tzinfo=UTC).timestamp() + of_day + seconds - zone_s + of_second / unit


def fits(template: LineTemplate, line: bytes) -> bool:
    """Whether a line begins as the template says."""
    return _pattern(template).match(line) is not None


@cache
def _pattern(template: LineTemplate) -> re.Pattern[bytes]:
    return re.compile(template.pattern, re.DOTALL)
