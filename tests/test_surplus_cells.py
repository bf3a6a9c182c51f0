"""Columns that nobody quoted: what stands in a message with the sign between them is found again.

The columns before the message and those behind it are known, so that the rest is the message.
"""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from tests.samples import data, headline, report
from tuner.exports import surplus_cells

LINES = [json.loads(line) for line in data("cut-offs.jsonl.gz").splitlines()[:1500]]
OWN = ("message", "level", "name", "timestamp")


def row(line: dict[str, object], order: tuple[str, ...], sign: str) -> str:
    extra = {key: value for key, value in line.items() if key not in OWN}
    cells = {**line, "extra": json.dumps(extra)}
    return sign.join(str(cells[name]) for name in order)


def table(order: tuple[str, ...], sign: str) -> str:
    rows = [row(line, order, sign) for line in LINES]
    return "\n".join([sign.join(order), *rows]) + "\n"


@pytest.mark.parametrize("order", [*permutations(OWN)][::5])
@pytest.mark.parametrize("sign", [";", "|", ","])
def test_messages_with_the_sign_between_columns_are_whole(
    order: tuple[str, ...], sign: str, tmp_path: Path
) -> None:
    whole, bare = tmp_path / "whole.jsonl", tmp_path / "bare.csv"
    whole.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    bare.write_text(table((*order, "extra"), sign))
    shown = headline(report(whole))
    found = report(bare)
    assert shown["processing"] is not None
    assert (headline(found), found.inputs[0].unread) == (shown, {})


HEADER = ["time", "level", "message", "extra"]
TIME = "2026-09-03T21:00:06Z"


@pytest.mark.parametrize(
    ("raw", "row"),
    [
        (f'{TIME};INFO;a; b;c;{{"x": 1}}', [TIME, "INFO", "a; b;c", '{"x": 1}']),
        (f'{TIME};INFO;a; b;{{"x": "1;2"}}', [TIME, "INFO", "a; b", '{"x": "1;2"}']),
        (f'{TIME};INFO;a;{{"x": "1;2;3"}}', [TIME, "INFO", "a", '{"x": "1;2;3"}']),
        (f"{TIME};INFO;a;b;", [TIME, "INFO", "a;b", ""]),
    ],
)
def test_what_is_too_much_is_the_message_or_its_fields(raw: str, row: list[str]) -> None:
    assert surplus_cells.joined(raw.split(";"), HEADER, ";", raw + "\n") == row


@pytest.mark.parametrize(
    "raw",
    [
        f"INFO;{TIME};a;b;c",  # the time is not where it belongs
        f'{TIME};INFO;"a;b";c;d',  # quoted: it has too many columns for another reason
    ],
)
def test_a_row_in_doubt_stays_as_it_is(raw: str) -> None:
    cells = raw.replace('"a;b"', "a|b").split(";")
    assert surplus_cells.joined(cells, HEADER, ";", raw) == cells


def test_a_large_table_counts_the_same(tmp_path: Path) -> None:
    """Rows that the compiled scan reads many at once."""
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    text = table(("timestamp", "level", "name", "message", "extra"), ";")
    rows = text.splitlines()
    small.write_text(text)
    again = [line.replace("AJ_", "AJ_x").replace("call-", "call-x") for line in rows[1:]]
    large.write_text("\n".join([*rows, *again, ""]))
    one, two = headline(report(small)), headline(report(large))
    assert two["openai calls"] == 2 * one["openai calls"] > 0
    assert (two["calls"], two["turns"]) == (2 * one["calls"], 2 * one["turns"])
