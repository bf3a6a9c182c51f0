"""Rows of `rich.logging.RichHandler`, as an app of its own prints its records, in; entries out.

A row is `[time] LEVEL    message    file.py:12`: the time is blank where it is that of the row
above, the level is 8 wide, the place stands at the right margin, and what does not fit goes on
below the message. LiveKit's own screens are another table (`lines.rich_rows`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from tuner.exports.entries import ExportEntry
from tuner.exports.plain_lines import split
from tuner.lazy_patterns import lazy_pattern

_COLOUR = lazy_pattern(r"\x1b\[[\d;?]*[A-Za-z]|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)")
_ROW = lazy_pattern(
    r"(?P<time>\[[^\]\n]{5,40}\]| {7,42}) (?=.{8} )"
    r"(?P<level>TRACE|DEBUG|INFO|SUCCESS|WARNING|ERROR|CRITICAL) +(?P<text>.*)"
)
_ROW_BEGINS = lazy_pattern(
    rb"(?m)^(?:\x1b\[[\d;]*m)*\[[^\]\n]{5,40}\](?:\x1b\[[\d;]*m)* (?:\x1b\[[\d;]*m)*[A-Z]{4,8} "
)
_LEVEL_WIDTH = 8
_PLACE = lazy_pattern(r"(?:^| )(?P<place>[\w.\-<>]{1,80}:\d{1,6})\s*$")
_DATED = lazy_pattern(r"\[(\d\d/\d\d/\d\d) (\d\d:\d\d:\d\d)\]")
_BOX = ("╭", "│", "╰", "Traceback ")
_FEWEST = 2
_MOST_BELOW = 200


def is_handler(head: bytes) -> bool:
    """Whether an input begins with such rows, most of them with their place."""
    if _ROW_BEGINS.search(head) is None:
        return False
    lines = head.decode(errors="replace").splitlines()[:_MOST_BELOW]
    rows = [row for line in lines if (row := _ROW.match(_plain(line))) is not None]
    timed = sum(row["time"].startswith("[") for row in rows)
    placed = sum(_PLACE.search(row["text"]) is not None for row in rows)
    return timed > 0 and placed >= _FEWEST and placed * 2 > len(rows)


class RichHandlerRows:
    """The entries of a stream of such rows; `lines` is how many lines were passed so far."""

    name = "rich.logging"

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self.lines = 0
        self._time = ""
        self._record: _Record | None = None

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a record; whatever is none stays as it is."""
        for raw in split(self._blocks):
            self.lines += 1
            yield from self._line(raw)
        yield from self._done()

    def _line(self, raw: bytes) -> Iterator[ExportEntry]:
        text = _plain(raw.decode(errors="replace"))
        row = _ROW.match(text)
        if row is not None and (row["time"].startswith("[") or len(row["time"]) == len(self._time)):
            yield from self._done()
            self._time = row["time"] if row["time"].startswith("[") else self._time
            self._record = _Record(row, self._time, self.lines)
        elif self._record is None or not self._record.takes(text):
            yield from self._done()
            yield ExportEntry(raw, None, self.lines, 1)

    def _done(self) -> Iterator[ExportEntry]:
        if self._record is not None:
            yield self._record.entry()
        self._record = None


class _Record:
    """A record and what stands below its row."""

    def __init__(self, row: re.Match[str], time: str, line: int) -> None:
        place = _PLACE.search(row["text"])
        self._column = row.start("level") + _LEVEL_WIDTH + 1
        text = row.string[self._column :]
        self._width = (
            len(row.string.rstrip()) - len(place["place"]) - 1 - self._column if place else 0
        )
        self._head = f"{_dated(time)} {row['level']:<{_LEVEL_WIDTH}} "
        self._pieces = [text[: max(self._width, 0)].rstrip() if place else text.rstrip()]
        self._line, self._lines = line, 1

    def takes(self, text: str) -> bool:
        """Whether a line goes on with the message."""
        if text[: self._column].strip() or self._lines > _MOST_BELOW:
            return False
        self._lines += 1
        self._pieces.append(text[self._column :].rstrip())
        return True

    def entry(self) -> ExportEntry:
        """The record on one line, without its place."""
        message = self._pieces[0]
        for before, piece in zip(self._pieces, self._pieces[1:], strict=False):
            if piece.startswith(_BOX):
                break
            message += piece if self._is_folded(before) else f" {piece}"
        return ExportEntry((self._head + message.rstrip()).encode(), None, self._line, self._lines)

    def _is_folded(self, piece: str) -> bool:
        """Whether a word that is longer than the column goes on below."""
        return 0 < self._width == len(piece) and " " not in piece


def _plain(line: str) -> str:
    return _COLOUR.sub("", line).rstrip("\r\n")


def _dated(time: str) -> str:
    """The time with its date as ISO 8601 has it: Rich writes month, day and year."""
    found = _DATED.fullmatch(time)
    if found is None:
        return time
    try:
        return f"[{datetime.strptime(found[1], '%m/%d/%y'):%Y-%m-%d} {found[2]}]"
    except ValueError:
        return time
