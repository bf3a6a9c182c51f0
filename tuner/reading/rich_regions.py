"""A chunk of a Rich screen in, its records as lines for the compiled scan out.

What is no record that reads in one way only (`screens.h`) is left as it stands, up to the next row,
for Python to read.
"""

from __future__ import annotations

import re

from tuner.inputs.chunks import MAX_LINE, Data
from tuner.lazy_patterns import lazy_pattern
from tuner.reading.careful import is_clean
from tuner.reading.rich_lines import ROW, RichLines, next_row, row_at
from tuner.scan import Regions

_MAYBE_TIME = lazy_pattern(rb"^.{0,64}?\d:\d\d:\d\d", re.M)
"""What may be a row to the careful reader, of which the rows below take their time."""
_INDENTED = b"\n    "
_COLOURS = (b"\x1b", b"^[[", b"#033", b"\\033", b"\\x1b", b"\\u001b")


def is_screen(sample: bytes) -> bool:
    """Whether these lines look like those of a Rich screen: only indented ones are tried."""
    at = -1
    while ROW.match(sample, at + 1) is None:
        at = sample.find(_INDENTED, at + 1)
        if at < 0:
            return False
    return True


def regions(rows: RichLines, data: Data) -> Regions | None:
    """Cut a chunk into its records; None if there are too many."""
    return _Cutting(rows, bytes(data)).done()


class _Cutting:
    """A chunk while it is cut into regions."""

    def __init__(self, rows: RichLines, data: bytes) -> None:
        self._rows, self._data = rows, data
        self._coloured = any(map(data.__contains__, _COLOURS))
        self._damaged = not is_clean(data)
        rows.lines.begin(data, self._coloured, self._damaged)

    def done(self) -> Regions | None:
        """The regions of the whole chunk."""
        lines = self._rows.lines
        while (at := lines.take()) < len(self._data):
            if not self._learn(at) and not self._leave(at):
                return None
        return lines.regions()

    def _learn(self, at: int) -> bool:
        """Whether the record here, or the row behind it, begins in a way that was not known."""
        rows = row_at(self._data, at), next_row(self._data, at + 1)
        return any(row is not None and self._rows.learn(row) for row in rows)

    def _is_odd(self, at: int, end: int) -> bool:
        """Whether lines may be damaged, or colours have to be taken off."""
        if end - at > MAX_LINE:
            return True
        if not (self._coloured or self._damaged):
            return False
        piece = self._data[at:end]
        return any(map(piece.__contains__, _COLOURS)) or not is_clean(piece)

    def _leave(self, at: int) -> bool:
        """Leave what stands here to Python, up to the next row; False: too many records."""
        data, first = self._data, row_at(self._data, at)
        end = self._next_row(at, dated=False)
        behind = first.end() if first is not None else at
        if self._is_odd(at, end) or _MAYBE_TIME.search(data, behind, end) is not None:
            # a row of another look may stand here
            first, end = None, self._next_row(at, dated=True)
        piece = data[at:end]
        lines = piece.count(b"\n") + (piece[-1:] != b"\n")
        time = first.start(1) if first is not None and first[1][0] != 0x20 else -1
        return self._rows.lines.leave(end, lines, b"? " + b" ".join(piece.split()) + b"\n", time)

    def _next_row(self, at: int, dated: bool) -> int:
        """Where the next row begins, the next one with a time if it has to be `dated`."""
        row = next_row(self._data, at + 1)
        while row is not None and dated and row[1][0] == 0x20:
            row = next_row(self._data, row.end())
        return len(self._data) if row is None else row.start()
