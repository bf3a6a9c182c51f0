"""A chunk of a Rich screen in, its records as lines for the compiled scan out.

What is no record that reads in one way only (`rich_lines`) is left as it stands, up to the next
row, for Python to read.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field

from tuner.inputs.chunks import MAX_LINE
from tuner.reading.careful import is_clean
from tuner.reading.rich_lines import RECORD, ROW, RichLines

_MAYBE_TIME = re.compile(rb"^.{0,64}?\d:\d\d:\d\d", re.M)
"""What may be a row to the careful reader, of which the rows below take their time."""
_COLOURS = (b"\x1b", b"^[[", b"#033", b"\\033", b"\\x1b", b"\\u001b")


def is_screen(sample: bytes) -> bool:
    """Whether these lines look like those of a Rich screen."""
    return ROW.search(sample) is not None


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


def regions(rows: RichLines, data: bytes) -> Regions:
    """Cut a chunk into its records."""
    return _Cutting(rows, data).done()


class _Cutting:
    """A chunk while it is cut into regions."""

    def __init__(self, rows: RichLines, data: bytes) -> None:
        self._rows, self._data, self._found = rows, data, Regions()
        self._coloured = any(map(data.__contains__, _COLOURS))
        self._damaged = not is_clean(data)
        self._line, self._time = 0, b""

    def done(self) -> Regions:
        """The regions of the whole chunk."""
        data, at = self._data, 0
        while at < len(data):
            record = RECORD.match(data, at)
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
        return any(map(piece.__contains__, _COLOURS)) or not is_clean(piece)

    def _left(self, at: int) -> int:
        """Leave what stands here to Python, up to the next row; where that begins."""
        data, first = self._data, ROW.match(self._data, at)
        end = self._next_row(at, dated=False)
        behind = first.end() if first is not None else at
        if self._is_odd(at, end) or _MAYBE_TIME.search(data, behind, end) is not None:
            # a row of another look may stand here
            first, end = None, self._next_row(at, dated=True)
        piece = data[at:end]
        self._found.add(at, self._line, self._time, b"? " + b" ".join(piece.split()) + b"\n")
        self._found.left += 1
        self._line += piece.count(b"\n") + (piece[-1:] != b"\n")
        if first is not None and first[1][0] != 0x20:
            self._time = first[1]
        return end

    def _next_row(self, at: int, dated: bool) -> int:
        """Where the next row begins, the next one with a time if it has to be `dated`."""
        row = ROW.search(self._data, at + 1)
        while row is not None and dated and row[1][0] == 0x20:
            row = ROW.search(self._data, row.end())
        return len(self._data) if row is None else row.start()
