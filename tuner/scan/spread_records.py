"""Records that take several lines each in, the same as JSON, one on each line, out: up to the first
in any doubt."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from tuner.inputs.chunks import MAX_LINE, room
from tuner.scan.layout import SPREAD_FORMS, SpreadStruct
from tuner.scan.library import library

_TIMES_AS_LONG, _SPARE = 6, 1 << 12
"""A byte may become an escape of six."""


class JoinedRecords(NamedTuple):
    """Records as JSON, each with a newline behind it; as they are `written`, one from each of the
    `places` to the next; of each the line of the export (1-based), and how many it takes. `size`
    bytes of the export were read."""

    text: bytes
    written: bytes
    places: Sequence[int]
    of_line: array[int]
    lines_of: array[int]
    size: int


class RecordJoiner:
    """Writes records of one of `layout.SPREAD_FORMS` as JSON."""

    def __init__(self, form: str) -> None:
        self._found = SpreadStruct(form=SPREAD_FORMS.index(form), longest=MAX_LINE)
        self._room = room(_SPARE)

    def join(self, data: bytes, at: int, line: int) -> JoinedRecords | None:
        """The records from a place on, which is on this line; None if the first is in doubt."""
        size, found = len(data) - at, self._found
        if len(self._room) < _TIMES_AS_LONG * size + _SPARE:
            self._room = room(_TIMES_AS_LONG * size + _SPARE)
        found.n, found.line = 0, line
        start = (ctypes.c_void_p.from_buffer(ctypes.c_char_p(data)).value or 0) + at
        text = (ctypes.c_char * len(self._room)).from_buffer(self._room)
        library().scan_spread(ctypes.byref(found), start, size, text)
        if not found.n:
            return None
        places = _column(found.place, found.n)
        places.append(found.at)
        return JoinedRecords(
            self._room[: found.size],
            data[at : at + found.at],
            places,
            _column(found.of_line, found.n),
            _column(found.lines_of, found.n),
            found.at,
        )


def _column(values: Any, n: int) -> array[int]:
    column = array("q")
    column.frombytes(memoryview(values).cast("B")[: 8 * n])
    return column
