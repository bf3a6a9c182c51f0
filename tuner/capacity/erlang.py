"""How many lines a load needs (Erlang B), and how many calls start in a short time (Poisson)."""

from __future__ import annotations

import math


def blocked(erlangs: float, lines: int) -> float:
    """The share of calls that find all lines busy and do not wait (Erlang B, by its recursion)."""
    share = 1.0
    for line in range(1, lines + 1):
        share = erlangs * share / (line + erlangs * share)
    return share


def lines_for(erlangs: float, most_blocked: float) -> int:
    """The fewest lines that block at most this share of calls."""
    share, line = 1.0, 0
    while share > most_blocked:
        line += 1
        share = erlangs * share / (line + erlangs * share)
    return line


def burst(expected: float, certainty: float = 0.999) -> int:
    """The fewest that are enough with this certainty when `expected` come on average (Poisson)."""
    term = total = math.exp(-expected)
    number = 0
    while total < certainty:
        number += 1
        term *= expected / number
        total += term
    return number
