"""Entries as rows, which are moved many at once; sorted rows in, entries out."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter, lt
from typing import TYPE_CHECKING, Final

from tuner.exports.entries import ExportEntry
from tuner.exports.response_pairs import TEXT, ResponsePairs, Row
from tuner.inputs.chunks import MAX_LINE

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

_STAMPED: Final = 4
_ENTRIES: Final = 5
_ENTRY_BYTES = 200
_FEWEST = 64
_text, _is_stamped = itemgetter(TEXT), itemgetter(_STAMPED)


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
    for rows in ResponsePairs().paired(batches):
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
