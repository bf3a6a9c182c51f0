"""CSV in, the texts of one of its columns out, a line each: what a store exports of a log."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from tuner.exports import csv_rows
from tuner.exports.plain_lines import split

_LARGEST = 64 << 20


class _Column(NamedTuple):
    delimiter: str
    at: int


def way(head: bytes, holds: Callable[[bytes], bool]) -> _Texts | None:
    """What takes the texts of a column out of an input that begins like this, if they hold what is
    asked for; None if it is no CSV with a header, or none does."""
    for delimiter in csv_rows.DELIMITERS:
        header = next(_rows([head], delimiter), [])
        if csv_rows.is_header(header):
            for at in range(len(header)):
                column = _Column(delimiter, at)
                if holds(b"".join(_texts(column, [head]))):
                    return partial(_texts, column)
    return None


_Texts = Callable[[Iterable[bytes]], Iterator[bytes]]


def _texts(column: _Column, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The texts below the header; of a row without that column all of it."""
    rows = _rows(blocks, column.delimiter)
    next(rows, None)
    for row in rows:
        text = row[column.at] if len(row) > column.at else column.delimiter.join(row)
        yield text.encode(errors="surrogateescape").removesuffix(b"\n") + b"\n"


def _rows(blocks: Iterable[bytes], delimiter: str) -> Iterator[list[str]]:
    """The rows as far as they go; quotes that do not fit end none of it."""
    if csv.field_size_limit() < _LARGEST:
        csv.field_size_limit(_LARGEST)
    bare = (line.replace(b"\r", b"") for line in split(blocks))  # which `csv` takes for newlines
    lines = (line.decode(errors="surrogateescape") + "\n" for line in bare)
    return csv.reader(lines, delimiter=delimiter)
