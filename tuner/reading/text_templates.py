"""Lines of text in, what the compiled scan needs to read more like them out.

Nothing is known of a layout here: how a line begins is tried out. The careful reader reads the same
beginning with other times, numbers and messages; if it gets what it should each time, the beginning
is a template, by which the scan reads all lines that begin alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple, TypeAlias

from tuner.lines import clocks, text_lines
from tuner.lines.assemble import assemble
from tuner.lines.layouts import FOUND, Layouts
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.lines.unwrap import unwrap
from tuner.model import Record
from tuner.reading import careful
from tuner.reading.scan_layouts import text_layout
from tuner.scan import LEVELS, MOST_TEMPLATES, LineTemplate, TextLayout
from tuner.scan.layout import ANY_DIGIT
from tuner.scan.templates import is_short_enough

_OWN_SHAPES = frozenset((text_lines.COMPACT, text_lines.DEV))
"""LiveKit's own, the latter where its colours were taken off."""
_SHAPES = _OWN_SHAPES | {text_lines.PYTHON, FOUND}
_TIME = re.compile(
    rb"(?<!\d)(?P<date>\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,](?P<fraction>\d{1,9}))?(?!\d)"
    rb"(?P<zone>[+-]\d\d:?\d\d)?"
)
_SHIPPED_TIME = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,](?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:?\d\d)"
)
_NUMBER = re.compile(rb"(?<![A-Za-z_\d])\d+(?![A-Za-z_\d])")
_CODE = re.compile(rb"\x1b\[[\d;]*[A-Za-z]")
_FEWEST_BLANKS = 2
"""A shipper may put two words before a line: fewer than these, and the message would be one."""
_MESSAGES = (
    *("turn taken", "word: text", "word[12]: text", "INFO x", "a=b c", "12:30:00 x", "x - y: z"),
    *("2026-01-01 00:00:00 x", "ValueError: x", "x | y", "_x", "LLM metrics", "0 x", "name x"),
    *("x resumed false interrupted speech", "resumed false interrupted speech", "GET / HTTP/1.1"),
    *(
        "Traceback (most recent call last):",
        "x {y",
        "x: [y] z",
        "livekit.agents INFO x",
        "\U0001f4ca x",
    ),
)
_OBJECTS = ('{"kind":"x","at":1.5,"b":null}', '{"a": "x - y: z", "b": "INFO x | y"}')
_LOOSE = ("  x y", "  0.2s  x [y: z w]", "x [y]", " x: y [z.w]", "   Total", "x  [y 1]")
_EXTRAS = ' {"job_id": "AJ_x", "room": "r", "pid": 5}'
_TIMES = (("2031-07-28", "19:48:57", "86420975"), ("1999-12-05", "03:02:01", "13579246"))
_SHIPPED = (("2031-07-28", "17:48:59", "73519842"), ("1999-12-06", "11:09:30", "24681357"))
"""Wrappers' times beside them: two hours away but for seconds, and in no zone at all."""
_Written: TypeAlias = tuple[str, str, str]
"""Date, time of day, and digits behind the second."""
_LOOKED_AT = 40
"""So many lines show of which kind a text is."""
_MOST_TRIED = 1_000
"""Beginnings that are no template are remembered, up to so many."""


class _Read(NamedTuple):
    """What the careful reader makes of a line, as far as a template must give the same.

    `begins` is where the record stands in its `wrappers`, `own_clock` what it has without them.
    """

    time: float | None
    clock: str
    level: str
    logger: str
    message: str
    ids: tuple[str, str, str]
    shape: str
    wrappers: tuple[str, ...] = ()
    begins: int = 0
    own_clock: str = ""

    @property
    def kind(self) -> _Kind:
        """What all lines have in common that are scanned together."""
        return _Kind(self.shape, self.clock, self.wrappers)


class _Kind(NamedTuple):
    """A layout, the clock that its records count with, and the wrappers around it."""

    shape: str
    clock: str
    wrappers: tuple[str, ...]


class TextTemplates:
    """What was learnt of text of one kind in files with these layouts.

    `named`: lines have the id of their call, or have none; None if both count alike.
    """

    def __init__(self, layouts: Layouts, kind: _Kind, named: bool | None) -> None:
        self._layouts, self._kind, self.named = layouts, kind, named
        self._templates: list[LineTemplate] = []
        self._tried: set[bytes] = set()
        self._objects = self._loose = True
        self.scanned = text_layout(*kind)
        """How what the scan finds is read."""
        self.layout: TextLayout | None = None
        """The templates, None where there are none."""

    def learn(self, lines: Iterable[bytes]) -> bool:
        """Look for templates in lines; whether there are new ones."""
        before = len(self._templates)
        for line in lines:
            if len(self._templates) < MOST_TEMPLATES and self._is_new(line):
                self._try(line)
        if len(self._templates) == before:
            return False
        self.layout = TextLayout(
            tuple(self._templates),
            self._kind.shape not in _OWN_SHAPES,
            self.named,
            self._kind.clock == "utc",
            self._objects,
            self._loose,
        )
        return True

    def _is_new(self, line: bytes) -> bool:
        """Whether a line begins like none that was looked at before."""
        beginning = _beginning(line)
        if beginning in self._tried or len(self._tried) >= _MOST_TRIED + len(self._templates):
            return False
        if any(_fits(template, line) for template in self._templates):
            return False
        self._tried.add(beginning)
        return True

    def _try(self, line: bytes) -> None:
        """Add the template of a line, if it has one."""
        read = _read(line, self._layouts)
        if read is None or self._kind != read.kind:
            return
        template = _template(line, read)
        if template is not None and self._holds(template, read):
            self._templates.append(template)
            self._objects = self._objects and self._holds_all(template, read, _OBJECTS)
            self._loose = self._loose and self._holds_all(template, read, _LOOSE)

    def _holds_all(self, template: LineTemplate, read: _Read, messages: Iterable[str]) -> bool:
        """Whether the same is true of these messages, without the blanks at their ends."""
        start = _filled(template, _TIMES[0], _SHIPPED[0])
        bare = read._replace(time=_time(template, start), ids=("", "", ""))
        return all(
            _read(start + message.encode(), self._layouts) == bare._replace(message=message.strip())
            for message in messages
        )

    def _holds(self, template: LineTemplate, read: _Read) -> bool:
        """Whether the careful reader reads any message behind this beginning as the scan will."""
        for own, shipped in zip(_TIMES, _SHIPPED, strict=True):
            start = _filled(template, own, shipped)
            time = _time(template, start)
            for message in _MESSAGES:
                line = start + message.encode()
                bare = read._replace(time=time, message=message, ids=("", "", ""))
                full = bare._replace(ids=("AJ_x", "r", "5"))
                if _read(line, self._layouts) != bare:
                    return False
                if _read(line + _EXTRAS.encode(), self._layouts) != full:
                    return False
        return True


def of(layouts: Layouts, lines: Sequence[bytes]) -> TextTemplates | None:
    """What this process has learnt of text like these lines; None if they are no such text."""
    found = [read for line in lines[:_LOOKED_AT] if (read := _read(line, layouts)) is not None]
    if not found:
        return None
    (kind, _), *_others = Counter(read.kind for read in found).most_common(1)
    own = kind.shape in _OWN_SHAPES  # no second print of LiveKit's own records
    return _known(layouts, kind, None if own else any(any(read.ids) for read in found))


@lru_cache(maxsize=32)
def _known(layouts: Layouts, kind: _Kind, named: bool | None) -> TextTemplates:
    return TextTemplates(layouts, kind, named)


def _read(line: bytes, layouts: Layouts) -> _Read | None:
    """What the careful reader makes of a line that stands alone; None if it is no plain record."""
    found = list(assemble(unwrap([line], layouts.wrappers), layouts, careful.damage, True))
    record = found[0].record if len(found) == 1 else None
    if not isinstance(record, Record) or record.shape not in _SHAPES:
        return None
    peeled, own_clock = found[0].peeled, record.clock
    if peeled.pid or (peeled.names and not line.endswith(peeled.text)):
        return None
    clocks.from_wrapper(record, peeled.time, peeled.clock)
    ids = (record.job, record.room, record.pid)
    parts = (record.time, record.clock, record.level, record.logger, record.message)
    begins = len(line) - len(peeled.text) if peeled.names else 0
    return _Read(*parts, ids, record.shape, peeled.names, begins, own_clock)


def _template(line: bytes, read: _Read) -> LineTemplate | None:
    """The template of a line, as far as the record that it is shows that."""
    at = read.begins
    text, times = line[: line.find(read.message.encode(), at)], list(_TIME.finditer(line, at))
    logger = text.find(read.logger.encode(), at) if read.logger else -1
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
        _blanked(text, [first, *_TIME.finditer(line, 0, at)], (logger, logger + logger_size)),
        read.level,
        logger,
        logger_size,
        first.start(),
        first["date"] is not None,
        len(first["fraction"] or b""),
    )
    return _zoned(template, text, read, shipped)


def _is_beginning(text: bytes, time: re.Match[bytes], at: int) -> bool:
    """Whether a template can be made of the beginning of a record that stands at this place."""
    if not is_short_enough(text) or min(text.replace(b"\x1b", b"")) < 0x20:
        return False
    return text[time.end() :].count(b" ") >= _FEWEST_BLANKS or time.start() != at


def _shipped(line: bytes, read: _Read) -> re.Match[bytes] | None:
    """The time of the wrapper from which the record takes what its own lacks."""
    if read.clock == read.own_clock:
        return None
    times = list(_SHIPPED_TIME.finditer(line, 0, read.begins))
    return times[0] if len(times) == 1 else None


def _zoned(
    template: LineTemplate, text: bytes, read: _Read, shipped: re.Match[bytes] | None
) -> LineTemplate | None:
    """The same with the zone of the time that counts; None if that can be none."""
    if shipped is not None:
        fraction = len(shipped["fraction"] or b"")
        zone = _offset_s(shipped["zone"])
        return template._replace(
            shipped=shipped.start(), shipped_fraction=fraction, shipped_zone_s=zone
        )
    seconds = _time(template, text) - (read.time or 0)
    return template._replace(zone_s=round(seconds)) if abs(seconds) <= 86_400 else None


def _offset_s(zone: bytes) -> int:
    """The seconds that a zone is ahead of UTC."""
    if zone == b"Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[:1] == b"-" else seconds


def _blanked(text: bytes, times: Sequence[re.Match[bytes]], logger: tuple[int, int]) -> bytes:
    """The text with ANY_DIGIT for the digits of its times and of numbers that stand alone."""
    out = bytearray(text)
    taken = (logger, *(m.span() for m in (*times, *_CODE.finditer(text))))
    numbers = [m.span() for m in _NUMBER.finditer(text)]
    spans = [span for span in numbers if not any(_overlap(span, other) for other in taken)]
    own = [(m.start(), m.start("zone") if m["zone"] else m.end()) for m in times]
    for start, end in (*own, *spans):
        for place in range(start, end):
            if out[place : place + 1].isdigit():
                out[place] = ANY_DIGIT
    return bytes(out)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _filled(template: LineTemplate, own: _Written, shipped: _Written) -> bytes:
    """The beginning of a line with these times, and with the digits of its own for all others."""
    out, rest = bytearray(template.text), iter((own[2] * 99).encode())
    _write(out, template.time, template.dated, template.fraction, own)
    if template.shipped >= 0:
        _write(out, template.shipped, True, template.shipped_fraction, shipped)
    return bytes(byte if byte != ANY_DIGIT else next(rest) for byte in out)


def _write(out: bytearray, at: int, dated: bool, fraction: int, written: _Written) -> None:
    """Write a time's digits in their places."""
    date, clock, digits = written
    all_digits = (date.replace("-", "") if dated else "") + clock.replace(":", "")
    all_digits += digits[:fraction].ljust(fraction, "4")
    places = (place for place in range(at, len(out)) if out[place] == ANY_DIGIT)
    for digit, place in zip(all_digits.encode(), places, strict=False):
        out[place] = digit


def _time(template: LineTemplate, text: bytes) -> float:
    """The time that a record counts with by the beginning of its line, as the scan reads it."""
    own = _when(text, template.time, template.dated, template.fraction, template.zone_s)
    if template.shipped < 0:
        return own
    place = (template.shipped, True, template.shipped_fraction)
    record = Record("", time=own, clock="naive" if template.dated else "day")
    clocks.from_wrapper(record, _when(text, *place) - template.shipped_zone_s, "utc")
    assert record.time is not None
    return record.time


def _when(text: bytes, at: int, dated: bool, fraction: int, zone_s: int = 0) -> float:
    """The time that stands there, in seconds since the epoch or, without a date, midnight."""
    at += 11 * dated
    hours, minutes, seconds = (int(text[at + n : at + n + 2]) for n in (0, 3, 6))
    of_second, unit = int(text[at + 9 : at + 9 + fraction] or 0), float(10**fraction)
    of_day = hours * 3600 + minutes * 60
    if not dated:
        return of_day + (seconds * unit + of_second) / unit
    day = datetime.fromisoformat(f"{text[at - 11 : at - 1].decode()}T00:00:00+00:00").timestamp()
    return day + of_day + seconds - zone_s + of_second / unit


def _beginning(line: bytes) -> bytes:
    """The first words of a line without its numbers: lines that begin alike are tried once."""
    return re.sub(rb"\d", b"0", line[:100])


def _fits(template: LineTemplate, line: bytes) -> bool:
    return _pattern(template).match(line) is not None


@cache
def _pattern(template: LineTemplate) -> re.Pattern[bytes]:
    return re.compile(template.pattern, re.DOTALL)
