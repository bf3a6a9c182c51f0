"""A chunk of a Rich screen in, a line for each of its records out, for the compiled scan.

A record of a screen stands on several lines, from one row to the next. Where it reads in one way
only, its message, wrapped at blanks, and its fields, below the row or behind it, become one line
of text. Anything else is left as it stands, up to the next row, for Python to read.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tuner.inputs.chunks import MAX_LINE
from tuner.lines import find_layouts, rich_rows, text_lines, wrappers
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.scan import MOST_TEMPLATES, LineTemplate
from tuner.scan.layout import ANY_DIGIT

_HEAD = (
    rb"    (\d\d:\d\d:\d\d(?:\.\d{3})?| {12}| {8})"
    rb"( (?:DEBUG|INFO|WARNING|WARNI|ERROR)(?: *\xe2\x80\xa6)? +"
    rb"[\w.\-]+(?:\xe2\x80\xa6[\w.\-]*)? +)"
)
"""The margin, the time (blank: that of the row above), the level and the logger."""
_ROW = re.compile(rb"^" + _HEAD + rb"(?=[!-z~])", re.M)
_RECORD = re.compile(
    _HEAD
    + rb"([!-z|~][ -z|~]*)"  # the message; braces in it are in doubt
    + rb'(\{"[^\n]*)?\n'
    + rb"((?: {43}(?:  )?[!-z|~][ -z|~]*\n)*)"  # more of it
    + rb'( {20,47}\{"[^\n]*\n(?:[!-z~][^\n]*\n)*)?'
    + rb"(?="
    + _HEAD.replace(b"(\\d", b"(?:\\d").replace(b"( (?", b"(?: (?")
    + rb"[!-z~]|\Z)"
)
_LEVEL_AND_LOGGER = re.compile(rb" (?P<level>([A-Z]+)(?: *\xe2\x80\xa6)? +)(?P<logger>[^ ]+ +)$")
_ELLIPSIS = b"\xe2\x80\xa6"
_LEVEL_WIDTHS, _LOGGER_WIDTHS, _FOLDS = (6, 8), (16, 18), 16
_MARGIN, _FIELDS_BEFORE = 4, 22
_MAYBE_TIME = re.compile(rb"^.{0,64}?\d:\d\d:\d\d", re.M)
"""What may be a row to the careful reader, of which the rows below take their time."""
_COLOURS = (b"\x1b", b"^[[", b"#033", b"\\033", b"\\x1b", b"\\u001b")
_MOST_LINES = 100
_NUMBER = re.compile(rb"-?\d[\d.]*[,}]")


def is_screen(sample: bytes) -> bool:
    """Whether these lines look like those of a Rich screen."""
    return _ROW.search(sample) is not None


class _Columns(NamedTuple):
    """What stands between the times of rows and their messages, which begin `width` bytes and
    characters behind the time; those of 1.3.1 to 1.3.5 `fold` what is longer than the column."""

    level: str
    logger: bytes
    width: int
    folds: bool


@dataclass(slots=True)
class Regions:
    """What was made of a chunk. `text` has a line for each region, of which `starts` has the place
    in the chunk, `lines` the number of its first line (from 0 on) and `times` the time of the row
    above (b"" if it is not known), all with one more for what stands behind. `left` of them are
    left to Python from the start."""

    text: bytearray = field(default_factory=bytearray)
    starts: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    times: list[bytes] = field(default_factory=list)
    left: int = 0

    def add(self, at: int, line: int, time: bytes, text: bytes) -> None:
        """Add a region that begins at this place, and its text."""
        self.times.append(time)
        self.starts.append(at)
        self.lines.append(line)
        self.text += text


class RichRows:
    """Knows how the rows of a screen begin: `templates` are what the scan is given of that."""

    def __init__(self) -> None:
        self.templates: list[LineTemplate] = []
        self._starts: dict[tuple[int, bytes], bytes | None] = {}
        self._columns: dict[bytes, _Columns | None] = {}

    def regions(self, data: bytes) -> Regions:
        """Cut a chunk into its records."""
        return _Cutting(self, data).done()

    def line(self, record: re.Match[bytes], time: bytes) -> bytes | None:
        """A record as one line, with this time; None if it is in any doubt."""
        columns = self.columns(record[2])
        if columns is None or not time:
            return None
        message = _message(record, columns)
        start = self._start(columns, time)
        if message is None or start is None:
            return None
        fields = _fields(record, columns)
        return None if fields is None else time + start + message + fields + b"\n"

    def columns(self, between: bytes) -> _Columns | None:
        """What stands between time and message; None if no version writes it like this."""
        if between not in self._columns and len(self._columns) < 2 * MOST_TEMPLATES:
            self._columns[between] = _columns(between)
        return self._columns.get(between)

    def _start(self, columns: _Columns, time: bytes) -> bytes | None:
        """What stands between time and message for the scan; None if there is no room."""
        key = (len(time), columns.level.encode() + columns.logger)
        if key not in self._starts and len(self.templates) < MOST_TEMPLATES:
            start = b" %b %b " % (columns.level.encode(), columns.logger)
            self._starts[key] = start
            self.templates.append(_template(time, start, columns))
        return self._starts.get(key)


class _Cutting:
    """A chunk while it is cut into regions."""

    def __init__(self, rows: RichRows, data: bytes) -> None:
        self._rows, self._data, self._found = rows, data, Regions()
        self._coloured = any(map(data.__contains__, _COLOURS))
        self._damaged = b"\0" in data or not _is_text(data)
        self._line, self._time = 0, b""

    def done(self) -> Regions:
        """The regions of the whole chunk."""
        data, at = self._data, 0
        while at < len(data):
            record = _RECORD.match(data, at)
            line = None if record is None else self._one_line(record)
            at = record.end() if record is not None and line is not None else self._left(at)
        self._found.add(len(data), self._line, self._time, b"")
        return self._found

    def _one_line(self, record: re.Match[bytes]) -> bytes | None:
        at, end = record.span()
        if self._is_odd(at, end):
            return None
        time = record[1] if record[1][0] != 0x20 else self._time
        line = self._rows.line(record, time)
        if line is not None:
            self._found.add(at, self._line, self._time, line)
            self._time = time
            self._line += 1 + record[5].count(b"\n") + (record[6] or b"").count(b"\n")
        return line

    def _is_odd(self, at: int, end: int) -> bool:
        """Whether lines may be damaged, or colours have to be taken off."""
        if end - at > MAX_LINE:
            return True
        if not (self._coloured or self._damaged):
            return False
        piece = self._data[at:end]
        return any(map(piece.__contains__, _COLOURS)) or b"\0" in piece or not _is_text(piece)

    def _left(self, at: int) -> int:
        """Leave what stands here to Python, up to the next row; where that begins."""
        data, first = self._data, _ROW.match(self._data, at)
        end = self._next_row(at, dated=False)
        behind = first.end() if first is not None else at
        if self._is_odd(at, end) or _MAYBE_TIME.search(data, behind, end) is not None:
            first, end = (
                None,
                self._next_row(at, dated=True),
            )  # a row of another look may stand here
        piece = data[at:end]
        self._found.add(at, self._line, self._time, b"? " + b" ".join(piece.split()) + b"\n")
        self._found.left += 1
        self._line += piece.count(b"\n") + (piece[-1:] != b"\n")
        if first is not None and first[1][0] != 0x20:
            self._time = first[1]
        return end

    def _next_row(self, at: int, dated: bool) -> int:
        """Where the next row begins, the next one with a time if it has to be `dated`."""
        row = _ROW.search(self._data, at + 1)
        while row is not None and dated and row[1][0] == 0x20:
            row = _ROW.search(self._data, row.end())
        return len(self._data) if row is None else row.start()


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _columns(between: bytes) -> _Columns | None:
    found = _LEVEL_AND_LOGGER.match(between)
    if found is None:
        return None
    level, logger = (len(found[n]) - 2 * (_ELLIPSIS in found[n]) - 1 for n in ("level", "logger"))
    name = found["logger"].rstrip(b" ")
    if level not in _LEVEL_WIDTHS or logger not in _LOGGER_WIDTHS or _is_of_turn_log(name):
        return None
    named = "WARNING" if found[2] == b"WARNI" else found[2].decode()
    return _Columns(named, name, level + logger + 3, logger == _FOLDS)


def _is_of_turn_log(logger: bytes) -> bool:
    """Whether a logger writes the turn log, whose lines mean something else."""
    return logger.startswith(TURN_LOGGER.encode())


def _message(record: re.Match[bytes], columns: _Columns) -> bytes | None:
    """The message as one line; None where the screen may have cut or folded a word."""
    first, more = record[3], record[5]
    if not more:
        return first.rstrip(b" ")
    column = _MARGIN + len(record[1]) + columns.width
    if columns.folds or record[4] or any(_indent(line) != column for line in _lines(more)):
        return None
    return b" ".join([first.strip(b" "), *(line.strip(b" ") for line in _lines(more))])


def _fields(record: re.Match[bytes], columns: _Columns) -> bytes | None:
    """The fields behind a blank, b"" if there are none; None if they are in doubt."""
    behind, below = record[4], record[6]
    if not below:
        return b"" if not behind else _behind(record)
    column = _MARGIN + len(record[1]) + columns.width
    lines = _lines(below)
    if behind or not column - _FIELDS_BEFORE <= _indent(lines[0]) <= column:
        return None
    pieces = [line.strip(b" ") for line in lines]
    if len(pieces) > _MOST_LINES or any(not 0x20 < piece[-1] < 0x7F for piece in pieces):
        return None
    if pieces[-1][-1:] != b"}" or any(piece[-1:] == b"}" for piece in pieces[:-1]):
        return None
    for above, line in pairwise(lines):
        if line[:1] != b'"' and not _goes_on(above.strip(b" "), line):
            return None
    return b" " + b" ".join(pieces)


def _goes_on(above: bytes, line: bytes) -> bool:
    """Whether a line of fields begins with a word of its own, and reads as no line of a log."""
    if b" " not in above and above[-1] not in b",;:)]}":
        return False
    if _NUMBER.match(line) is not None:
        return True
    is_peeled = line[:1] == b"`" or wrappers.peel(line).names
    text = find_layouts.plain_text(line)
    return not is_peeled and rich_rows.row(text) is None and text_lines.parse(line) is None


def _behind(record: re.Match[bytes]) -> bytes | None:
    fields = record[4].rstrip(b" ")
    if record[3][-1:] != b" " or record[5] or fields[-1:] != b"}":
        return None
    return b" " + fields


def _lines(text: bytes) -> list[bytes]:
    return text.split(b"\n")[:-1]


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" "))


def _template(time: bytes, start: bytes, columns: _Columns) -> LineTemplate:
    digits = bytes(ANY_DIGIT if 0x30 <= byte <= 0x39 else byte for byte in time)
    logger = len(time) + len(columns.level) + 2
    fraction = len(time.partition(b".")[2])
    text = digits + start
    return LineTemplate(text, columns.level, logger, len(columns.logger), 0, False, fraction)
