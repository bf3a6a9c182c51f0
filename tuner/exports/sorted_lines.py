"""Entries as rows, which are moved many at once; sorted rows in, entries out."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter, lt
from typing import TYPE_CHECKING, Final, TypeAlias

from tuner.exports.entries import ExportEntry
from tuner.inputs.chunks import MAX_LINE

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

Row: TypeAlias = tuple[float, bytes, int, int, bool, list[ExportEntry]]
"""The time of an entry that is one line, its text, line and lines, and whether it is stamped. Of
any other also the entry, and those that follow it and have no time."""
TIME: Final = 0
_TEXT: Final = 1
_STAMPED: Final = 4
_ENTRIES: Final = 5
_ENTRY_BYTES = 200
_FEWEST = 64
_REQUEST, _HEADERS = b"HTTP Request: ", b"receive_response_headers.complete"
_text, _is_stamped = itemgetter(_TEXT), itemgetter(_STAMPED)


def row(entry: ExportEntry, last: float) -> Row:
    """The row of an entry; without a time it has the `last` one's."""
    is_line = entry.time is not None and not entry.reason and len(entry.text) <= MAX_LINE
    rest = [] if is_line and b"\n" not in entry.text else [entry]
    time = last if entry.time is None else entry.time
    return time, entry.text, entry.line, max(entry.lines, 1), entry.stamped, rest


def with_entry(before: Row, entry: ExportEntry) -> Row:
    """The row with one more entry behind it."""
    found = _singly(before)
    found.append(entry)
    return (*before[:_ENTRIES], found)


def size(rows: Sequence[Row]) -> int:
    """About how many bytes of memory rows take."""
    rest = sum(len(e.text) + _ENTRY_BYTES for r in rows if r[_ENTRIES] for e in r[_ENTRIES][1:])
    return sum(map(len, map(_text, rows))) + _ENTRY_BYTES * len(rows) + rest


def entries(batches: Iterable[Sequence[Row]]) -> Iterator[ExportEntry | TakenLines]:
    """The entries of rows in order of time: where there are many lines, at once."""
    for rows in _Pairs().paired(batches):
        for is_other, some in groupby(rows, _is_other):
            for _, alike in groupby(some, _is_stamped):
                part = list(alike)
                if is_other or len(part) < _FEWEST:
                    for each in part:
                        yield from _singly(each)
                else:
                    yield _at_once(part)


def _is_other(row: Row) -> bool:
    return bool(row[_ENTRIES])


def _singly(row: Row) -> list[ExportEntry]:
    time, text, line, lines, stamped, rest = row
    return rest or [ExportEntry(text, time, line, lines, stamped)]


def _at_once(rows: Sequence[Row]) -> TakenLines:
    from tuner.scan.export_lines import TakenLines  # what small exports do not need

    time, text, line, lines, stamped, _ = zip(*rows, strict=True)
    columns = (array("q", line), array("q", lines), array("d", time))
    up, down, back = sum(map(lt, time, time[1:])), 0, 0
    of_lines = (sum(lines), len(rows) * stamped[0], up, down, back)
    return TakenLines(b"\n".join(text), *columns, *of_lines, 0, 0, 0)


class _Pairs:
    """Puts each line of response headers before the request's that it belongs to: one breath writes
    both, and a shuffled export keeps no order within a time."""

    def __init__(self) -> None:
        self._waiting: list[Row] = []
        self._is_open = False
        """Headers stand before whose request has not come yet."""

    def paired(self, batches: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
        """The rows of all batches, but for those of one time in the same order."""
        for rows in batches:
            texts = b"\n".join(map(_text, rows))
            if _REQUEST in texts or _HEADERS in texts:
                yield [row for each in rows for row in self._one(each)]
            else:
                yield [*self._waiting, *rows]
                self._waiting, self._is_open = [], False
        yield self._waiting

    def _one(self, row: Row) -> Sequence[Row]:
        """Take a row; give those that are in order now."""
        has_headers = _HEADERS in row[_TEXT]
        before, self._waiting = self._waiting, []
        if before and has_headers and row[TIME] == before[0][TIME]:
            return (row, *before)
        if _REQUEST in row[_TEXT] and not self._is_open:
            self._waiting = [row]
            return before
        self._is_open = has_headers
        return (*before, row)
