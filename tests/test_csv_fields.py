"""Rows of CSV that the scan writes as JSON are to the letter what Python's csv reads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner import scan
from tuner.exports import csv_fields
from tuner.scan.layout import MOST_COLUMNS
from tuner.scan.spread_records import JoinedRecords, NamedColumns, RecordJoiner, are_possible

pytestmark = pytest.mark.skipif(not scan.ready(), reason="the scan is not compiled")
NAMES = ("time", 'na"me', "x.y")
CELL = st.one_of(
    st.text(st.sampled_from("ab1 ,;\"'\\\n\té{}-\x00\x7f\u2028😀"), max_size=8),
    st.sampled_from(
        ["", "-", "(null)", "null", "None", "N/A", "0.5", "-7", "nan", "NULLS", "a\r\nb"]
    ),
)


def written(rows: Sequence[Sequence[str]], delimiter: str, end: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode()


def joined(data: bytes, delimiter: str = ",") -> JoinedRecords | None:
    return RecordJoiner("CSV_ROWS", NamedColumns(NAMES, delimiter)).join(data, 0, 1)


@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_rows_are_what_python_reads(
    rows: list[tuple[str, str, str]], delimiter: str, end: str
) -> None:
    rows = [("12:30", *row[1:]) for row in rows]
    data = written(rows, delimiter, end)
    found = joined(data, delimiter)
    assert found is not None
    lines = found.text.decode().split("\n")[:-1]
    kept = [
        {
            name: cell
            for name, cell in zip(NAMES, row, strict=True)
            if cell not in csv_fields.NOTHING
        }
        for row in rows
    ]
    assert [json.loads(line) for line in lines] == kept
    assert found.size == len(data)
    assert sum(found.lines_of) == data.count(b"\n")


@pytest.mark.parametrize(
    "row",
    [
        b'1,"a,b\n',  # a quote that does not end
        b'1,a"b,c\n',
        b"1,a\n",
        b"1,a,b,c\n",
        b'1,"a"b,c\n',
        b"1,a,b",  # the line goes on
        b"1,a\xff,b\n",
        b"time,name,x\n",  # the names again
        b"1,a\rb,c\n",
    ],
)
def test_what_is_in_doubt_is_left_to_python(row: bytes) -> None:
    assert joined(row) is None
    found = joined(b"1,a,b\n" + row)
    assert found is not None
    assert found.size == len(b"1,a,b\n")


def test_columns_need_names_of_their_own_and_may_not_be_too_many() -> None:
    assert are_possible(NamedColumns(NAMES, ","))
    assert not are_possible(NamedColumns(("a", "b", "a"), ","))
    assert not are_possible(NamedColumns(("a", ""), ","))
    many = tuple(map(str, range(MOST_COLUMNS + 1)))
    assert are_possible(NamedColumns(many[1:], ","))
    assert not are_possible(NamedColumns(many, ","))
