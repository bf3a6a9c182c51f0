"""What takes the number of an option: strictly, and within a range."""

from __future__ import annotations

import math
from collections.abc import Callable

import typer

from tuner.plain_numbers import plain_number, plain_whole


def number(low: float = -math.inf, high: float = math.inf) -> Callable[[str | float], float]:
    """A parser of numbers from `low` to `high`; typer's own takes 1_0, nan and 1e-400."""

    def parse(text: str | float) -> float:
        value = plain_number(text) if isinstance(text, str) else float(text)
        if math.isnan(value):
            raise typer.BadParameter(f"{text!r} is not a plain number")
        _check(value, low, high)
        return value

    return parse


def whole(low: float = -math.inf, high: float = math.inf) -> Callable[[str | int], int]:
    """The same for whole numbers."""

    def parse(text: str | int) -> int:
        value = plain_whole(text) if isinstance(text, str) else text
        if value is None:
            raise typer.BadParameter(f"{text!r} is not a plain whole number")
        _check(value, low, high)
        return value

    return parse


def _check(value: float, low: float, high: float) -> None:
    if value < low:
        raise typer.BadParameter(f"{value:g} is too small, the least is {low:g}")
    if value > high:
        raise typer.BadParameter(f"{value:g} is too large, the most is {high:g}")
