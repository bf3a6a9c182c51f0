"""CSV in, the entries of its rows out: any delimiter, any order of columns, texts of many lines."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tuner.exports import csv_fields, finding, names, rendering, surplus_cells, taking, times
from tuner.exports.csv_dates import MONTH_FIRST, DateOrder, month_first
from tuner.exports.csv_fields import NO_LINE, FieldRows
from tuner.exports.entries import ExportEntry, guarded, own_time
from tuner.exports.finding import FIELDS, TEXT, Way
from tuner.exports.many_records import ManyRecords
from tuner.exports.ordering import OPEN_DATES
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from _csv import Reader

    from tuner.scan.export_lines import TakenLines
    from tuner.scan.spread_records import JoinedRecords

HALF = "half a CSV row"
COLUMNS = "a CSV row with too few or too many columns"
DELIMITERS = (",", ";", "\t", "|")
_NAME = lazy_pattern(r"[@\w][\w .@:/+\[\]()\"-]{0,79}$")
_WORD = lazy_pattern(r"[@_ ]*[^\W\d_][\w .@:/()-]{0,40}$")
_KEPT = 2_000
FEW, AT_ONCE = 4, 100
"""So many lines are taken one by one before the way they were taken is tried on many."""
_LONGEST = 200
"""A row of more lines is not looked for where a range begins."""


def is_header(row: Sequence[str]) -> bool:
    """Whether a row names columns, one of them that of a message or a time."""
    if not row or not all(cell == "" or _NAME.match(cell) for cell in row):
        return False
    if any(times.parse(cell) is not None for cell in row):
        return False
    return any(names.message_rank(cell) or names.time_rank(cell) for cell in row)


def _are_names(cells: Sequence[str]) -> bool:
    """Whether the first row names columns, in whatever language."""
    return len(cells) > 1 and all(_WORD.match(cell) for cell in cells)


def rows(lines: Iterable[str], delimiter: str) -> Reader:
    """The rows of some lines; raises csv.Error where the quotes do not fit."""
    if csv.field_size_limit() < MAX_LINE:
        csv.field_size_limit(MAX_LINE)
    return csv.reader(lines, delimiter=delimiter, strict=True)


class Rows:
    """The entries of a stream of CSV; `lines` is how many lines were passed so far."""

    name = "CSV export"

    def __init__(
        self,
        blocks: Iterable[bytes],
        delimiter: str,
        dates: DateOrder = MONTH_FIRST,
        columns: Sequence[str] = (),
    ) -> None:
        """`columns` are names that the rows do not give their columns."""
        self._guessed = list(columns)
        self._first = 0  # lines before the first row: one that names the delimiter
        self._blocks = month_first(blocks) if dates.day_first else blocks
        self._delimiter, self._dates = delimiter, dates
        self.name = OPEN_DATES if dates.is_open else Rows.name
        self._header: list[str] = self._guessed
        self._way: Way | None = None
        self._columns: tuple[int, int | None, int | None] = (0, None, None)
        self._width = -1
        """How many columns rows have; -1: the message was not found in them yet."""
        self._many_records = ManyRecords()
        self._fields: FieldRows | None = None
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """Every row of the stream."""
        lines: list[str] = []
        rest = b""
        for block in self._blocks:
            whole, newline, rest = (rest + block).rpartition(b"\n")
            lines = yield from self._whole(lines, whole + newline)
        if rest:
            lines += _lines(rest)
        yield from self._some(lines, True)

    def _whole(
        self, lines: list[str], data: bytes
    ) -> Generator[ExportEntry | TakenLines, None, list[str]]:
        """The entries of whole lines behind those of a row that was not finished; returns the lines
        of the next row that is not."""
        at = 0
        while at < len(data):
            if not lines and (found := self._many(data, at)) is not None:
                yield found
                at += found.size
            if not lines and self._fields and (joined := self._join(self._fields, data, at)):
                yield from self._fields.entries(joined)
                at += joined.size
                continue
            # A row that is not finished is read again from its start: half of it must be new.
            cut = _end_of_lines(data, at, max(self._next_lines(), len(lines)))
            lines += _lines(data[at : cut - 1]) if cut > at else []
            at, self._many_records.wait = cut, 0
            lines = yield from self._some(lines, False)
        return lines

    def _next_lines(self) -> int:
        """So many lines are taken one by one before many are tried again."""
        return self._many_records.wait or (AT_ONCE if self._width < 0 else FEW)

    def _many(self, data: bytes, at: int) -> TakenLines | None:
        """The lines of all rows from a place on that are in no doubt."""
        if self._width < 0 or self._fields:
            return None
        from tuner.scan.export_lines import Columns  # what small exports do not need

        message, time, _ = self._columns
        form = Columns(self._delimiter, self._width, message, -1 if time is None else time)
        found = self._many_records.take(form, data, at, self.lines + 1)
        self.lines += len(found.time) if found else 0
        return found

    def _join(self, fields: FieldRows, data: bytes, at: int) -> JoinedRecords | None:
        """The same of rows whose columns are the fields of a record."""
        found = fields.join(data, at, self.lines + 1)
        self.lines += sum(found.lines_of) if found else 0
        return found

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a row with all columns, and a time where they have one, begins at this place."""
        some = data[at : at + MAX_LINE].split(b"\n", _LONGEST)[:_LONGEST]
        try:
            row = next(rows(_lines(b"\n".join(some)), self._delimiter), [])
        except csv.Error:
            return False
        time = self._columns[1]
        return len(row) == self._width and (time is None or times.parse(row[time]) is not None)

    def of_range(self, blocks: Iterable[bytes]) -> Rows:
        """A reader of a range of the same export."""
        again = Rows(blocks, self._delimiter, self._dates, self._guessed)
        again._header, again._way = self._header, self._way
        again._columns, again._width = self._columns, self._width
        again._fields = self._fields and self._fields.again()
        return again

    def _some(self, lines: list[str], final: bool) -> Generator[ExportEntry, None, list[str]]:
        """The entries of these lines; returns the lines of a row that may go on behind them."""
        at = 0
        while at < len(lines):
            reader = rows(_from(lines, at), self._delimiter)
            start = at
            try:
                for row in reader:
                    end = at + reader.line_num
                    entry = self._entry(row, lines, start, end)
                    if entry is not None:
                        yield entry
                    start = end
                at = len(lines)
            except csv.Error:
                open_end = at + reader.line_num >= len(lines)
                if open_end and not final and _size(lines, start) < MAX_LINE:
                    self.lines += start
                    return lines[start:]
                yield self._half(lines, start)
                at = start + 1
        self.lines += len(lines)
        return []

    def _entry(self, row: list[str], lines: list[str], start: int, end: int) -> ExportEntry | None:
        return guarded(
            lambda: self._text(row, start, end) or self._row(row, lines, start, end),
            lambda: _bytes("".join(lines[start:end])),
            self.lines + start + 1,
            end - start,
        )

    def _half(self, lines: list[str], start: int) -> ExportEntry:
        raw = lines[start].encode(errors="surrogateescape").rstrip()[:_KEPT]
        return ExportEntry(raw, None, self.lines + start + 1, reason=HALF)

    def _text(self, row: list[str], start: int, end: int) -> ExportEntry | None:
        """The entry of a row like those before; None if it has to be looked at."""
        if len(row) != self._width or self._fields:
            return None
        message, time, level = self._columns
        text = row[message].encode(errors="surrogateescape")
        line = self.lines + start + 1
        if (own := own_time(text)) is not None:
            return ExportEntry(text, own, line, end - start)
        if not text or is_header(row):
            return None
        at = None if time is None else times.parse(row[time])
        found = rendering.line(text, at, "" if level is None else names.level(row[level]))
        return ExportEntry(found[0], found[1], line, end - start, found[2])

    def _row(self, row: list[str], lines: list[str], start: int, end: int) -> ExportEntry | None:
        """The entry of any row; None for a header or an empty line."""
        if not row or row == [""]:
            return None
        if row[0].startswith(("sep=", "\ufeffsep=")):
            self._first = self.lines + end
            return None
        cells = [cell.lstrip("\ufeff") for cell in row]
        if is_header(cells) or (self.lines + start == self._first and _are_names(cells)):
            header = self._guessed or _plain_names(row)
            self._header, self._way, self._width, self._fields = header, None, -1, None
            return None
        return self._other(row, self.lines + start + 1, end - start, "".join(lines[start:end]))

    def _other(self, row: list[str], line: int, taken: int, raw: str) -> ExportEntry:
        """The entry of a row that no way is known for."""
        row = surplus_cells.joined(row, self._header, self._delimiter, raw)
        if self._header and len(row) != len(self._header):
            return ExportEntry(
                _bytes(raw), None, line, taken, reason=COLUMNS if len(row) > 1 else HALF
            )
        record = csv_fields.record(self._header or [str(at) for at in range(len(row))], row)
        way = self._way or finding.find(record)
        if way is None:
            return ExportEntry(_bytes(raw), None, line, taken, reason=NO_LINE)
        if way.strength >= finding.SURE and self._way is None:
            self._learn(way, record, row)
        if entry := taking.from_record(record, way, line, taken):
            return entry
        # an empty line that the agent printed says nothing that could be lost
        blank = way.kind == TEXT and csv_fields.is_blank(self._header, row, way.path)
        text, reason = (b"", "") if blank else (_bytes(raw), NO_LINE)
        return ExportEntry(text, None, line, taken, reason=reason)

    def _learn(self, way: Way, record: Mapping[str, object], row: list[str]) -> None:
        keys = list(record)
        if not self._header:
            self._header = keys
        if way.kind == TEXT and len(keys) == len(row):
            self._place(way)
        elif not way.path or way.kind == FIELDS:
            way = way._replace(kind=FIELDS, path=way.path or (names.message(record),))
            self._place(way)
            self._fields = FieldRows(self._header, self._delimiter, way)
        self._way = way

    def _place(self, way: Way) -> None:
        """Know the columns that a way leads to."""
        paths = (way.path, way.time, way.level)
        at = [None if path is None else self._header.index(path[0]) for path in paths]
        self._columns, self._width = (at[0] or 0, at[1], at[2]), len(self._header)


def _lines(data: bytes) -> list[str]:
    text = data.decode(errors="surrogateescape")
    return [line + "\n" for line in text.split("\n")]


def _end_of_lines(data: bytes, at: int, n: int) -> int:
    """The place behind so many lines from a place on, or behind the last."""
    while n and at < len(data):
        at, n = data.find(b"\n", at) + 1, n - 1
    return at


def _from(lines: list[str], at: int) -> Iterator[str]:
    while at < len(lines):
        yield lines[at]
        at += 1


def _size(lines: list[str], start: int) -> int:
    return sum(map(len, lines[start:]))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape").rstrip()[:_KEPT]


def _plain_names(row: list[str]) -> list[str]:
    """The names of the columns, without what all of a record's fields have before them
    ("jsonPayload.message", "jsonPayload.level"; "@job_id" of Datadog)."""
    cells = [cell.lstrip("\ufeff") for cell in row]
    dotted = [cell for cell in cells if "." in cell and names.message_rank(cell)]
    before = dotted[0].rpartition(".")[0] + "." if dotted else ""
    known = set(cells)
    return [_short(_short(cell, before, known), "@", known) for cell in cells]


def _short(cell: str, before: str, known: set[str]) -> str:
    """A column's name without the sign before it, unless another column is named so."""
    short = cell.removeprefix(before)
    return cell if short in known else short
