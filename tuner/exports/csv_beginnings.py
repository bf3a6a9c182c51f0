"""The beginning of an input in, who reads its rows out; None where its lines have no columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import islice

from tuner.exports import csv_columns, csv_dates, csv_rows, finding, names, surplus_cells, times
from tuner.exports.finding import KNOWN_LAYOUT, SURE
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import prefixes, records, wrappers
from tuner.model import Record

_SAMPLE, _LONGEST_TIME = 60, 64
_MILLISECONDS = lazy_pattern(r'\d:\d\d,\d{3}(?=[^\d,\s"]|\s+\w)')


def reader(head: bytes) -> Callable[[Iterable[bytes]], csv_rows.Rows] | None:
    """Who makes entries of rows that begin like this."""
    lines = head.decode(errors="replace").split("\n")
    lines = [line + "\n" for line in lines[: max(len(lines) - 1, 1)]]
    found = next((mark for mark in csv_rows.DELIMITERS if _is_csv(lines, mark)), None)
    if found is None:
        return None
    dates = csv_dates.order(head)
    rows = _rows(lines, found)
    columns = [] if _names_a_record(rows[0]) else csv_columns.guessed(rows)
    return partial(csv_rows.Rows, delimiter=found, dates=dates, columns=columns)


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    """The first rows that are whole, up to those of another export that was put behind, and without
    one that names the delimiter."""
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a row that goes on behind the sample, or a broken one
        rows.extend(row for row in islice(csv_rows.rows(lines, delimiter), _SAMPLE) if row)
    names_delimiter = rows and rows[0][0].startswith("sep=")
    rows = rows[1:] if names_delimiter else rows
    others = (at for at, row in enumerate(rows[2:], 2) if csv_rows.is_header(row))
    return rows[: next(others, len(rows))]


def _is_csv(lines: list[str], delimiter: str) -> bool:
    """Whether the first rows have columns, and one of them the lines of an agent."""
    rows = _rows(lines, delimiter)
    is_quoted = any(f'{delimiter}"' in line for line in lines)
    if not rows:
        return False
    if not csv_rows.is_header(rows[0]) and _is_log(lines[0]):
        # unless each row has as many columns, some in quotes, commas make none
        same = all(len(row) == len(rows[0]) for row in rows)
        return is_quoted and same and bool(csv_columns.guessed(rows))
    header = rows[0] if csv_rows.is_header(rows[0]) else []
    if not header and (
        (delimiter == "|" and _has_padded_bar(lines[0])) or _is_in_a_time(delimiter, lines[0])
    ):
        return False  # it stands between the parts of a log's line, or of its time
    width = len(rows[0])
    rows = [surplus_cells.joined(row, header, delimiter) for row in rows]
    body = [row for row in rows[bool(header) :] if len(row) == width]
    if width == 1 and not (header and _has_quoted_cells(lines[1:])):
        return False
    if len(body) * 2 <= len(rows) - 1 or not (header or any(map(_has_time, body))):
        return False
    if (body and _names_a_record(header)) or any(_holds_line(header, row) for row in body):
        return True
    return is_quoted and bool(csv_columns.guessed(rows))


def _has_padded_bar(line: str) -> bool:
    """Whether blanks stand around the first bar."""
    before, _, behind = line.partition("|")
    return before[-1:] == behind[:1] == " "


def _is_in_a_time(delimiter: str, line: str) -> bool:
    """Whether it is a comma of times (2026-11-20, 09:36:05 or 09:36:05,250): columns have no blank
    behind it, and none ends in digits that words follow."""
    if delimiter == "," and _MILLISECONDS.search(line[: prefixes.MOST_CHARACTERS]):
        return True
    pieces = prefixes.tokens(line[: prefixes.MOST_CHARACTERS])
    return any(piece.kind[0] == "T" and f"{delimiter} " in piece.text for piece in pieces)


def _has_quoted_cells(lines: list[str]) -> bool:
    """Whether the first line with a quote begins with it: cells that have none in them stand in
    none, and any other in quotes."""
    return next((line for line in lines if '"' in line), "")[:1] == '"'


def _has_time(row: list[str]) -> bool:
    """Whether a column of its own holds the time: else a comma in a log makes no columns."""
    short = (cell for cell in row if len(cell) <= _LONGEST_TIME)  # not a line that begins with one
    return any(times.parse(cell) is not None for cell in short)


def _names_a_record(header: list[str]) -> bool:
    """Whether the columns are those of log records, whatever the first of them say."""
    return any(map(names.message_rank, header)) and any(map(names.time_rank, header))


def _is_log(line: str) -> bool:
    return isinstance(
        records.parse(wrappers.peel(line.rstrip().encode(errors="replace")).text), Record
    )


def _holds_line(header: list[str], row: list[str]) -> bool:
    """Whether one of the cells is a line; where nothing names them one in a layout that we know:
    a line of any other may have commas, too."""
    keys = header or [str(at) for at in range(len(row))]
    way = finding.find(dict(zip(keys, row, strict=True)))
    return way is not None and way.strength >= (SURE if header else KNOWN_LAYOUT)
