"""Pairs of two lists of cases: each case of both in an ordinary run, every pair on demand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

EVERY_PAIR = os.environ.get("EVERY_PAIR") == "1"


def in_turn(rows: Iterable[A], columns: Iterable[B], each: int = 1) -> list[tuple[A, B]]:
    """Each row with `each` of the columns, which take turns; more, if one would have none.

    With EVERY_PAIR=1 in the environment these are all pairs, which take several times as long.
    """
    rows, columns = list(rows), list(columns)
    each = min(len(columns), max(each, -(-len(columns) // len(rows))))
    if EVERY_PAIR:
        each = len(columns)
    most = len(columns)
    turns = ((at // each, at + at // most) for at in range(len(rows) * each))
    # one further in each round: where two rows make one, each second row would have the same ones
    return [(rows[row], columns[column % most]) for row, column in turns]


def one_in(n: int, cases: Iterable[A]) -> list[A]:
    """Every n-th of cases that are much alike; all of them with EVERY_PAIR=1."""
    return list(cases)[:: 1 if EVERY_PAIR else n]
