"""Records that take several lines each in, the same as JSON, one on each line, out: up to the first
in any doubt."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from tuner.inputs.chunks import MAX_LINE, room
from tuner.scan.layout import MOST_COLUMNS, SPREAD_FORMS, SpreadStruct
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


class NamedColumns(NamedTuple):
    """The names of the columns that rows of CSV have, and what stands between their cells."""

    names: tuple[str, ...]
    delimiter: str


def are_possible(columns: NamedColumns) -> bool:
    """Whether rows of such columns can be joined."""
    distinct = {*columns.names}
    return len(distinct) == len(columns.names) <= MOST_COLUMNS and "" not in distinct


class RecordJoiner:
    """Writes records of one of `layout.SPREAD_FORMS` as JSON; of CSV those of these columns."""

    def __init__(self, form: str, columns: NamedColumns | None = None) -> None:
        self._found = SpreadStruct(form=SPREAD_FORMS.index(form), longest=MAX_LINE)
        self._room, self._times = room(_SPARE), _TIMES_AS_LONG
        if columns is not None:
            self._name(columns)

    def _name(self, columns: NamedColumns) -> None:
        """Each cell, of one byte with its delimiter, may stand under a name."""
        names = [msgspec.json.encode(name) + b":" for name in columns.names]
        self._found.names = self._names = b"".join(names)
        self._found.delimiter, self._found.columns = ord(columns.delimiter), len(names)
        self._found.ends[: len(names)] = list(accumulate(map(len, names)))
        self._times += len(self._names) // len(names) + 4

    def join(self, data: bytes, at: int, line: int) -> JoinedRecords | None:
        """The records from a place on, which is on this line; None if the first is in doubt."""
        size, found = len(data) - at, self._found
        if len(self._room) < self._times * size + _SPARE:
            self._room = room(self._times * size + _SPARE)
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
