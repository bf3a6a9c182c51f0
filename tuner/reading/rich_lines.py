"""One record of a Rich screen in, the line that it makes for the compiled scan out.

A record stands on several lines, from one row to the next. Where it reads in one way only, its
message, wrapped at blanks, and its fields, below the row or behind it, become one line of text.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

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
ROW = re.compile(rb"^" + _HEAD + rb"(?=[!-z~])", re.M)
"""How a record begins: time, level and logger."""
RECORD = re.compile(
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
_MOST_LINES = 100
_NUMBER = re.compile(rb"-?\d[\d.]*[,}]")


class _Columns(NamedTuple):
    """What stands between the times of rows and their messages, which begin `width` bytes and
    characters behind the time; those of 1.3.1 to 1.3.5 `fold` what is longer than the column."""

    level: str
    logger: bytes
    width: int
    folds: bool


class RichLines:
    """Knows how the rows of a screen begin: `templates` are what the scan is given of that."""

    def __init__(self) -> None:
        self.templates: list[LineTemplate] = []
        self._starts: dict[tuple[int, bytes], bytes | None] = {}
        self._columns: dict[bytes, _Columns | None] = {}

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
