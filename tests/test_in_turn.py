"""Which pairs of cases an ordinary run of the tests takes."""

from __future__ import annotations

import pytest

from tests import in_turn


@pytest.mark.parametrize("each", [1, 2, 3])
@pytest.mark.parametrize(("rows", "columns"), [("ab", "uvwxyz"), ("abcde", "xy"), ("abc", "xyz")])
def test_no_case_is_left_out(rows: str, columns: str, each: int) -> None:
    pairs = in_turn.in_turn(rows, columns, each)
    assert len(set(pairs)) == len(pairs)
    assert "".join(dict.fromkeys(row for row, _ in pairs)) == rows
    assert {column for _, column in pairs} == set(columns)


def test_rows_that_are_a_round_apart_have_other_columns() -> None:
    pairs = in_turn.in_turn("abcd", "wxyz", 2)
    assert pairs[:4] == [("a", "w"), ("a", "x"), ("b", "y"), ("b", "z")]
    assert pairs[4:] == [("c", "x"), ("c", "y"), ("d", "z"), ("d", "w")]


def test_every_pair_is_tried_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(in_turn.in_turn("abcd", "xyz")) == 4
    assert in_turn.one_in(2, "abcde") == ["a", "c", "e"]
    monkeypatch.setattr(in_turn, "EVERY_PAIR", True)
    assert len(set(in_turn.in_turn("abcd", "xyz"))) == 12
    assert in_turn.one_in(2, "abcde") == list("abcde")
