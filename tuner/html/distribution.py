"""A stage's values in, the bars, bands and marks of its chart out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from tuner.html.axis import Axis, Tick
from tuner.model import Latency
from tuner.report import figures
from tuner.report.text_layout import seconds

BINS = 48
_LEAST_MS = 10
"""Left end of the axis at the least: what is quicker is counted in its first bar."""


class Bar(NamedTuple):
    """How many values are at least `low_s` and below `high_s`; places in percent."""

    x: float
    width: float
    height: float
    low_s: float
    high_s: float
    n: int


class Band(NamedTuple):
    """What a median in this stretch of the axis is called."""

    x: float
    width: float
    grade: str


class QuantileMark(NamedTuple):
    """A quantile on the axis."""

    x: float
    name: str
    value_s: float


class Distribution(NamedTuple):
    """The chart of one stage."""

    stage: str
    name: str
    latency: Latency
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    marks: tuple[QuantileMark, ...]
    ticks: tuple[Tick, ...]


def distribution(stage: str, latency: Latency, counts: Mapping[int, int]) -> Distribution:
    """The chart of a stage that has values; the bars count every one of them."""
    edges = _edges(counts, latency)
    axis = Axis(edges[0] / 1000, edges[-1] / 1000, log=True)
    quantiles = ("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99)
    marks = [QuantileMark(axis.place(v), name, v) for name, v in quantiles if v is not None]
    return Distribution(
        stage=stage,
        name=figures.name(stage),
        latency=latency,
        bars=_bars(counts, edges, axis),
        bands=_bands(latency, axis),
        marks=tuple(marks),
        ticks=tuple(axis.ticks(_label)),
    )


def _label(value_s: float) -> str:
    return f"{value_s:g}"


def _edges(counts: Mapping[int, int], latency: Latency) -> list[int]:
    """Whole milliseconds, evenly apart on a logarithmic axis, around all values and limits."""
    least = min(min(counts), round(latency.excellent_s * 500))
    most = max(max(counts) + 1, round(latency.alert_s * 1500))
    low = max(_LEAST_MS, least)
    high = max(most, 2 * low)
    return sorted({round(low * (high / low) ** (n / BINS)) for n in range(BINS + 1)})


def _bars(counts: Mapping[int, int], edges: list[int], axis: Axis) -> tuple[Bar, ...]:
    heights = [0] * (len(edges) - 1)
    for ms, n in counts.items():
        heights[max(0, bisect_right(edges, ms) - 1)] += n
    top = max(heights)
    return tuple(
        _bar(low / 1000, high / 1000, n, top, axis)
        for (low, high), n in zip(
            pairwise([min(edges[0], *counts), *edges[1:]]), heights, strict=True
        )
        if n
    )


def _bar(low_s: float, high_s: float, n: int, top: int, axis: Axis) -> Bar:
    x, end = axis.place(low_s), axis.place(high_s)
    return Bar(x, round(end - x, 2), round(100 * n / top, 2), low_s, high_s, n)


def _bands(latency: Latency, axis: Axis) -> tuple[Band, ...]:
    limits = (latency.excellent_s, latency.good_s, latency.alert_s)
    edges = [0.0, *map(axis.place, limits), 100.0]
    names = ("excellent", "good", "fair", "poor")
    parts = zip(pairwise(edges), names, strict=True)
    return tuple(Band(a, round(b - a, 2), name) for (a, b), name in parts if b > a)


def span(low_s: float, high_s: float) -> str:
    """ "0.40 to 0.45": the range of a bar."""
    return f"{seconds(low_s)} to {seconds(high_s)}" if low_s >= 0.1 else f"{low_s:g} to {high_s:g}"
