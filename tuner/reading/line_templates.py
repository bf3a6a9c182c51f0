"""A line and the record that it is in, the template of how it begins out; and a template in, the
beginning of a line with other times out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import clocks
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.model import Record
from tuner.reading import written_times
from tuner.reading.plain_records import PlainRecord
from tuner.reading.written_times import Written
from tuner.scan import LEVELS, LineTemplate
from tuner.scan.layout import ANY_DIGIT
from tuner.scan.templates import WrittenTime, is_short_enough

_TIME = lazy_pattern(
    rb"(?<!\d)(?P<date>(?:\d{4}([-/.])\d\d\2\d\d|\d\d([/.])\d\d\3\d{4})[T ])?"
    rb"\d\d:\d\d:\d\d(?:[.,](?P<fraction>\d{1,9}))?(?!\d)"
    rb"(?P<zone> ?[+-]\d\d:?\d\d(?!\d))?"
)
_SHIPPED_TIME = lazy_pattern(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,](?P<fraction>\d{1,9}))?"
    rb"(?P<zone>Z|[+-]\d\d:?\d\d| UTC\b)"
)
_NUMBER = lazy_pattern(rb"(?<![A-Za-z_\d])\d+(?![A-Za-z_\d])")
_CODE = lazy_pattern(rb"\x1b\[[\d;]*[A-Za-z]")
_CLOCKS = ("utc", "naive", "day", "yearless", "")
_OWN_CLOCKS = {"NO_TIME": "", "OF_DAY": "day"}
_FEWEST_BLANKS = 2
"""A shipper may put two words before a line: fewer than these, or bars, and the message would be
one."""


def templates_of(line: bytes, read: PlainRecord) -> Iterator[LineTemplate]:
    """What may be the template of a line, as far as the record that it is shows that."""
    at = read.begins
    text, shipped = line[: line.find(read.message.encode(), at)], _shipped(line, read)
    logger = text.find(read.logger.encode(), at) if read.logger else len(text)
    if logger < 0 or read.level not in LEVELS or read.logger.startswith(TURN_LOGGER):
        return
    if read.clock not in _CLOCKS or (_needs_zone(read) and shipped is None):
        return
    where = (logger, len(read.logger.encode()))
    for stands, time in _times(text, read, shipped is not None):
        if _is_beginning(text, stands, at):
            taken = [stands, range(logger, sum(where))]
            template = LineTemplate(_blanked(line, text, time, taken, at), read.level, *where, time)
            template = _with_process(template, text, read, at)
            if (zoned := _zoned(template, text, read, shipped)) is not None:
                yield zoned


def _times(text: bytes, read: PlainRecord, is_shipped: bool) -> Iterator[tuple[range, WrittenTime]]:
    """What may be the record's own time; one without a year is not needed beside a wrapper's.
    Without a year the wrapper's is as good as its own."""
    if read.clock == "yearless" != read.own_clock:
        begun = written_times.found(text[: read.begins], 0)
        yield from (each for each in begun if written_times.is_of_clock(each[1], "yearless"))
    if not read.own_clock:
        yield range(0), WrittenTime()
        return
    for stands, time in written_times.found(text, read.begins):
        if written_times.is_of_clock(time, read.own_clock):
            no_year = is_shipped and read.own_clock == "yearless"
            yield stands, time._replace(form="OF_DAY") if no_year else time


def _needs_zone(read: PlainRecord) -> bool:
    """Whether the record takes from a wrapper's time what its own lacks."""
    return read.clock not in (read.own_clock, "yearless")


def _with_process(template: LineTemplate, text: bytes, read: PlainRecord, at: int) -> LineTemplate:
    pid, pid_size, pid_last = _process(text, read, at)
    return template._replace(pid=pid, pid_size=pid_size, pid_last=pid_last)


def _process(text: bytes, read: PlainRecord, at: int) -> tuple[int, int, bool]:
    """The place of the process before the message, how many digits it has, and whether it is the
    wrapper's, which the record's own goes before."""
    pid = (read.shipped_pid or read.ids[2]).encode()
    places = [m.start() for m in _NUMBER.finditer(text) if m[0] == pid]
    if len(places) != 1:
        return 0, 0, False
    return places[0], len(pid), places[0] < at


def _is_beginning(text: bytes, time: range, at: int) -> bool:
    """Whether a template can be made of the beginning of a record that stands at this place."""
    if not is_short_enough(text) or min(text.replace(b"\x1b", b"")) < 0x20:
        return False
    if not time or time.start != at:
        return True
    behind = text[time.stop :]
    return max(behind.count(b" "), behind.count(b"|")) >= _FEWEST_BLANKS


def _shipped(line: bytes, read: PlainRecord) -> re.Match[bytes] | None:
    """The time of the wrapper from which the record takes what its own lacks."""
    if not _needs_zone(read):
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
    if read.time is None:
        return template
    if not written_times.is_near(template.time, text, read.time):
        return None
    return template._replace(zone_s=round((time_of(template, text) or 0) - read.time))


def _offset_s(zone: bytes) -> int:
    """The seconds that a zone is ahead of UTC."""
    if zone in (b"Z", b" UTC"):
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[:1] == b"-" else seconds


def _blanked(line: bytes, text: bytes, time: WrittenTime, taken: Sequence[range], at: int) -> bytes:
    """The text with ANY_DIGIT for the digits of its times and of numbers that stand alone, but
    where it is taken; a single one in a wrapper is its version."""
    out, shipped = bytearray(text), list(_TIME.finditer(line, 0, at))
    taken = [*taken, *(range(*m.span()) for m in (*shipped, *_CODE.finditer(text)))]
    numbers = (range(*m.span()) for m in _NUMBER.finditer(text))
    spans = [span for span in numbers if len(span) > 1 or span.start >= at]
    spans = [span for span in spans if not any(_overlap(span, other) for other in taken)]
    spans += [range(m.start(), m.start("zone") if m["zone"] else m.end()) for m in shipped]
    for place in (*written_times.places(time), *chain.from_iterable(spans)):
        if out[place : place + 1].isdigit():
            out[place] = ANY_DIGIT
    return bytes(out)


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def filled(template: LineTemplate, own: Written, shipped: Written) -> bytes:
    """The beginning of a line with these times, and with the digits of its own for all others."""
    out, rest = bytearray(template.text), iter((own[2] * 99).encode())
    written_times.write(out, template.time, own)
    if template.shipped >= 0:
        written_times.write(out, _wrapper_time(template), shipped)
    return bytes(byte if byte != ANY_DIGIT else next(rest) for byte in out)


def _wrapper_time(template: LineTemplate) -> WrittenTime:
    return written_times.iso(template.shipped, template.shipped_fraction)


def process_of(template: LineTemplate, text: bytes) -> str:
    """The digits of the process in the beginning of a line; "" if none stand there."""
    return text[template.pid : template.pid + template.pid_size].decode()


def time_of(template: LineTemplate, text: bytes) -> float | None:
    """The time that a record counts with by the beginning of its line, as the scan reads it."""
    own = written_times.when(template.time, text, template.zone_s)
    if template.shipped < 0:
        return own
    shipped = written_times.when(_wrapper_time(template), text, template.shipped_zone_s)
    record = Record("", time=own, clock=_OWN_CLOCKS.get(template.time.form, "naive"))
    clocks.from_wrapper(record, shipped, "utc")
    return record.time


def fits(template: LineTemplate, line: bytes) -> bool:
    """Whether a line begins as the template says."""
    return _pattern(template).match(line) is not None


@cache
def _pattern(template: LineTemplate) -> re.Pattern[bytes]:
    return re.compile(template.pattern, re.DOTALL)
