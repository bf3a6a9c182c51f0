"""A row of a Rich screen in, what the compiled scan has to know of rows that begin like it out."""

from __future__ import annotations

import re
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.lines.rich_records import MOST_LINES, URL_ENDS, WHOLE_WORDS, known_messages
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.reading import written_times
from tuner.scan import MOST_TEMPLATES, LineTemplate, RowHead, ScreenLines, Wording
from tuner.scan.layout import ANY_DIGIT

ROW = lazy_pattern(
    rb"^    (\d\d:\d\d:\d\d(?:\.\d{3})?| {12}| {8})"
    rb"( (?:DEBUG|INFO|WARNING|WARNI|ERROR)(?: *\xe2\x80\xa6)? +"
    rb"[\w.\-]+(?:\xe2\x80\xa6[\w.\-]*)? +)(?=[!-z~])",
    re.M,
)
"""How a record begins: the margin, the time (blank: that of the row above), level and logger."""
_LEVEL_AND_LOGGER = lazy_pattern(rb" (?P<level>([A-Z]+)(?: *\xe2\x80\xa6)? +)(?P<logger>[^ ]+ +)$")
_ELLIPSIS = b"\xe2\x80\xa6"
_LEVEL_WIDTHS, _LOGGER_WIDTHS, _FOLDS = (6, 8), (16, 18), 16
_MARGIN, _WHOLE_TIME = 4, 12


class _Columns(NamedTuple):
    """What stands between the times of rows and their messages, which begin `width` bytes and
    characters behind the time; those of 1.3.1 to 1.3.5 `fold` what is longer than the column."""

    level: str
    logger: bytes
    width: int
    folds: bool


class RichLines:
    """Knows how the rows of screens begin: `templates` are what the scan is given of that."""

    def __init__(self) -> None:
        self.templates: list[LineTemplate] = []
        self.lines = ScreenLines(Wording(WHOLE_WORDS, known_messages(), URL_ENDS), MOST_LINES)
        self._seen: set[tuple[int, bytes]] = set()
        self._starts: set[bytes] = set()

    def learn(self, row: re.Match[bytes]) -> bool:
        """Learn how a row begins; False if nothing new came of it."""
        key = (len(row[1]), row[2])
        if key in self._seen or len(self._seen) == MOST_TEMPLATES or not _is_row(row):
            return False
        self._seen.add(key)
        return self.lines.know(self._head(*key))

    def _head(self, time: int, between: bytes) -> RowHead:
        columns = _columns(between)
        if columns is None:
            return RowHead(time, between, b"", 0, wraps=False, folds=False)
        start = b" %b %b " % (columns.level.encode(), columns.logger)
        template = _template(time, start, columns)
        if template.text not in self._starts and len(self.templates) < MOST_TEMPLATES:
            self._starts.add(template.text)
            self.templates.append(template)
        wraps = time == _WHOLE_TIME and not columns.folds
        column = _MARGIN + time + columns.width
        return RowHead(time, between, start, column, wraps, columns.folds)


def row_at(data: bytes, at: int) -> re.Match[bytes] | None:
    """The row that begins here, None if none does."""
    row = ROW.match(data, at)
    return row if row is not None and _is_row(row) else None


def next_row(data: bytes, at: int) -> re.Match[bytes] | None:
    """The first row that begins here or behind, None if there is none."""
    row = ROW.search(data, at)
    while row is not None and not _is_row(row):
        row = ROW.search(data, row.end())
    return row


def _is_row(row: re.Match[bytes]) -> bool:
    """Whether its columns are as wide as a version makes them: else it only looks like one."""
    found = _LEVEL_AND_LOGGER.match(row[2])
    if found is None:
        return False
    level, logger = _widths(found)
    return level in _LEVEL_WIDTHS and logger in _LOGGER_WIDTHS


def _widths(found: re.Match[bytes]) -> tuple[int, int]:
    """How wide the columns of level and logger are."""
    level, logger = (len(found[n]) - 2 * (_ELLIPSIS in found[n]) - 1 for n in ("level", "logger"))
    return level, logger


def _columns(between: bytes) -> _Columns | None:
    """What stands between time and message; None if Python has to read such rows."""
    found = _LEVEL_AND_LOGGER.match(between)
    name = found["logger"].rstrip(b" ") if found is not None else b""
    if found is None or _is_of_turn_log(name):
        return None
    level, logger = _widths(found)
    named = "WARNING" if found[2] == b"WARNI" else found[2].decode()
    return _Columns(named, name, level + logger + 3, logger == _FOLDS)


def _is_of_turn_log(logger: bytes) -> bool:
    """Whether a logger writes the turn log, whose lines mean something else."""
    return logger.startswith(TURN_LOGGER.encode())


def _template(time: int, start: bytes, columns: _Columns) -> LineTemplate:
    digits = bytes([ANY_DIGIT])
    whole = b":".join([digits * 2] * 3) + (b"." + digits * 3) * (time == _WHOLE_TIME)
    logger = time + len(columns.level) + 2
    fraction = 3 if time == _WHOLE_TIME else 0
    return LineTemplate(
        whole + start, columns.level, logger, len(columns.logger), written_times.of_day(0, fraction)
    )
