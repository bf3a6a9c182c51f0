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
from typing import NamedTuple

from tuner.lines import text_lines
from tuner.lines.assemble import assemble
from tuner.lines.layouts import FOUND, Layouts
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.lines.unwrap import unwrap
from tuner.model import Record
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
_LOOKED_AT = 40
"""So many lines show of which kind a text is."""
_MOST_TRIED = 1_000
"""Beginnings that are no template are remembered, up to so many."""


class _Read(NamedTuple):
    """What the careful reader makes of a line, as far as a template must give the same."""

    time: float | None
    clock: str
    level: str
    logger: str
    message: str
    ids: tuple[str, str, str]
    shape: str


class TextTemplates:
    """What was learnt of text of one shape and clock in files with these layouts.

    `named`: lines have the id of their call, or have none; None if both count alike.
    """

    def __init__(self, layouts: Layouts, shape: str, clock: str, named: bool | None) -> None:
        self._layouts, self._kind, self.named = layouts, (shape, clock), named
        self._templates: list[LineTemplate] = []
        self._tried: set[bytes] = set()
        self._objects = self._loose = True
        self.scanned = text_layout(shape, clock)
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
        shape, clock = self._kind
        self.layout = TextLayout(
            tuple(self._templates),
            shape not in _OWN_SHAPES,
            self.named,
            clock == "utc",
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
        if read is None or self._kind != (read.shape, read.clock):
            return
        template = _template(line, read)
        if template is not None and self._holds(template, read):
            self._templates.append(template)
            self._objects = self._objects and self._holds_all(template, read, _OBJECTS)
            self._loose = self._loose and self._holds_all(template, read, _LOOSE)

    def _holds_all(self, template: LineTemplate, read: _Read, messages: Iterable[str]) -> bool:
        """Whether the same is true of these messages, without the blanks at their ends."""
        date, clock, digits = _TIMES[0]
        start = _filled(template, date, clock, digits)
        bare = read._replace(time=_time(template, start), ids=("", "", ""))
        return all(
            _read(start + message.encode(), self._layouts) == bare._replace(message=message.strip())
            for message in messages
        )

    def _holds(self, template: LineTemplate, read: _Read) -> bool:
        """Whether the careful reader reads any message behind this beginning as the scan will."""
        for date, clock, digits in _TIMES:
            start = _filled(template, date, clock, digits)
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
    (kind, _), *_others = Counter((read.shape, read.clock) for read in found).most_common(1)
    own = kind[0] in _OWN_SHAPES  # no second print of LiveKit's own records
    return _known(layouts, *kind, None if own else any(any(read.ids) for read in found))


@lru_cache(maxsize=32)
def _known(layouts: Layouts, shape: str, clock: str, named: bool | None) -> TextTemplates:
    return TextTemplates(layouts, shape, clock, named)


def _read(line: bytes, layouts: Layouts) -> _Read | None:
    """What the careful reader makes of a line that stands alone; None if it is no plain record."""
    found = list(assemble(unwrap([line], layouts.wrappers), layouts, lambda _: "", True))
    record = found[0].record if len(found) == 1 else None
    if not isinstance(record, Record) or found[0].peeled.names or record.shape not in _SHAPES:
        return None
    ids = (record.job, record.room, record.pid)
    parts = (record.time, record.clock, record.level, record.logger, record.message)
    return _Read(*parts, ids, record.shape)


def _template(line: bytes, read: _Read) -> LineTemplate | None:
    """The template of a line, as far as the record that it is shows that."""
    text, times = line[: line.find(read.message.encode())], list(_TIME.finditer(line))
    logger = text.find(read.logger.encode()) if read.logger else -1
    if not times or logger < 0 or read.level not in LEVELS or read.time is None:
        return None
    if read.clock not in ("utc", "naive", "day") or read.logger.startswith(TURN_LOGGER):
        return None
    first = times[0]
    blanks = text[first.end() :].count(b" ")
    if (
        first.end() > len(text)
        or not is_short_enough(text)
        or min(text.replace(b"\x1b", b"")) < 0x20
    ):
        return None
    if blanks < _FEWEST_BLANKS and first.start() == 0:
        return None
    fraction = len(first["fraction"] or b"")
    template = LineTemplate(
        _blanked(text, first, (logger, logger + len(read.logger.encode()))),
        read.level,
        logger,
        len(read.logger.encode()),
        first.start(),
        first["date"] is not None,
        fraction,
    )
    zone = _time(template, text) - read.time
    return template._replace(zone_s=round(zone)) if abs(zone) <= 86_400 else None


def _blanked(text: bytes, time: re.Match[bytes], logger: tuple[int, int]) -> bytes:
    """The text with ANY_DIGIT for the digits of its time and of numbers that stand alone."""
    out, taken = bytearray(text), (logger, time.span(), *(m.span() for m in _CODE.finditer(text)))
    numbers = [m.span() for m in _NUMBER.finditer(text)]
    spans = [span for span in numbers if not any(_overlap(span, other) for other in taken)]
    zone = time.start("zone") if time["zone"] else time.end()
    for start, end in ((time.start(), zone), *spans):
        for place in range(start, end):
            if out[place : place + 1].isdigit():
                out[place] = ANY_DIGIT
    return bytes(out)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _filled(template: LineTemplate, date: str, clock: str, digits: str) -> bytes:
    """The beginning of a line with this time, and with these digits for all others."""
    written = (date.replace("-", "") if template.dated else "") + clock.replace(":", "")
    written += digits[: template.fraction].ljust(template.fraction, "4")
    size = 8 + 11 * template.dated + (template.fraction + 1) * bool(template.fraction)
    at, end = template.time, template.time + size
    time, others = iter(written.encode()), iter((digits * 99).encode())
    return bytes(
        byte if byte != ANY_DIGIT else next(time if at <= place < end else others)
        for place, byte in enumerate(template.text)
    )


def _time(template: LineTemplate, text: bytes) -> float:
    """The time in the beginning of a line, as the scan reads it."""
    at = template.time + 11 * template.dated
    hours, minutes, seconds = (int(text[at + n : at + n + 2]) for n in (0, 3, 6))
    fraction = int(text[at + 9 : at + 9 + template.fraction] or 0)
    of_day, unit = hours * 3600 + minutes * 60, float(10**template.fraction)
    if not template.dated:
        return of_day + (seconds * unit + fraction) / unit
    day = datetime.fromisoformat(f"{text[at - 11 : at - 1].decode()}T00:00:00+00:00").timestamp()
    return day + of_day + seconds - template.zone_s + fraction / unit


def _beginning(line: bytes) -> bytes:
    """The first words of a line without its numbers: lines that begin alike are tried once."""
    return re.sub(rb"\d", b"0", line[:100])


def _fits(template: LineTemplate, line: bytes) -> bool:
    return _pattern(template).match(line) is not None


@cache
def _pattern(template: LineTemplate) -> re.Pattern[bytes]:
    return re.compile(template.pattern, re.DOTALL)
