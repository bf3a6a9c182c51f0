"""Rows of CSV whose columns are the fields of a record in, their entries out: many at once by the
compiled scan, which writes each row as JSON first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tuner.exports import finding, rendering, taking
from tuner.exports.entries import ExportEntry
from tuner.exports.finding import Way
from tuner.exports.joined_records import JoinedEntries
from tuner.exports.typed_records import decoded

if TYPE_CHECKING:
    from tuner.exports.record_kinds import RecordKinds
    from tuner.scan.export_lines import Form, TakenLines
    from tuner.scan.spread_records import JoinedRecords

NO_LINE = "a CSV row without a message"
NOTHING = ("", "-", "(null)", "null", "NULL", "NaN", "nan", "None", "N/A")
"""What stores, databases and pandas write into the cell of a field that a record does not have; the
scan knows the same (`csv_records.h`)."""
_KEPT = 2_000


def is_blank(header: Sequence[str], row: Sequence[str], path: Sequence[str]) -> bool:
    """Whether the cell of this path is empty, not one of the words that stand for no value."""
    cells = dict(zip(header, row, strict=False))
    return len(path) == 1 and not cells.get(path[0], "x").strip()


def record(header: Sequence[str], row: Sequence[str]) -> dict[str, object]:
    """The fields of a row."""
    cells = zip(header, row, strict=True)
    return {key: _value(key, cell) for key, cell in cells if cell not in NOTHING}


def _value(key: str, cell: str) -> object:
    is_line = cell[:1] == "{" and finding.is_record(cell)
    return cell if is_line else rendering.as_value(key, cell)


class FieldRows:
    """Takes rows of columns whose names are those of fields, the message as the way says."""

    def __init__(
        self, names: Sequence[str], delimiter: str, way: Way, kinds: RecordKinds | None = None
    ) -> None:
        """`kinds`: what was learnt of such rows before."""
        from tuner.exports.record_kinds import RecordKinds  # what small exports do not need
        from tuner.scan.spread_records import NamedColumns

        self._way, self._columns = way, NamedColumns(tuple(names), delimiter)
        self._kinds = kinds or RecordKinds(self._take)
        self._joined = JoinedEntries("CSV_ROWS", self, self._one, self._columns)

    def again(self) -> FieldRows:
        """What takes rows of a range of the same export."""
        return FieldRows(*self._columns, self._way, self._kinds)

    @property
    def form(self) -> Form:
        """How the scan takes rows that were written as JSON."""
        return self._kinds.known

    def learn(self, raw: bytes) -> bool:
        """Learn what becomes of a row."""
        return self._kinds.learn(raw)

    def join(self, data: bytes, at: int, line: int) -> JoinedRecords | None:
        """The rows from a place on that are in no doubt."""
        return self._joined.join(data, at, line)

    def entries(self, found: JoinedRecords) -> Iterator[ExportEntry | TakenLines]:
        """The entries of such rows."""
        return self._joined.entries(found)

    def _take(self, raw: bytes, line: int, lines: int) -> ExportEntry | None:
        cells = decoded(raw)
        if not isinstance(cells, dict):
            return None
        found = {key: _value(key, cell) for key, cell in cells.items()}
        return taking.from_record(found, self._way, line, lines)

    def _one(self, raw: bytes, written: bytes, line: int, lines: int) -> ExportEntry:
        entry = self._take(raw, line, lines)
        return entry or ExportEntry(written.rstrip()[:_KEPT], None, line, lines, reason=NO_LINE)
