"""A predicted figure in, its value and interval as text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.whatif.draws import Figure


def cell(figure: Figure) -> str:
    """ "0.36 (0.26 to 0.44)": the value and its interval, or the interval alone."""
    if figure.label == "not enough data":
        return "?"
    base = figure.logged or 0.0
    least = None if figure.logged is None else 0.0
    low, high = (_end(base, end, least) for end in (figure.low, figure.high))
    if figure.label == "bounds only":
        return f"{low} to {high}"
    value = figure.value if figure.logged is not None else figure.change
    sign = "+" if figure.logged is None else ""
    return f"{value:{sign}.2f} ({low} to {high})"


def _end(base: float, end: float | None, least: float | None) -> str:
    if end is None:
        return "?"
    value = base + end if least is None else max(least, base + end)
    return f"{value:.2f}"
