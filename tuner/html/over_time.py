"""Calls in, their figures over time with the moments of change out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import NamedTuple

from tuner.calls.model import CallFigures
from tuner.html.axis import Axis, Tick
from tuner.stats import intervals
from tuner.trends.changes import (
    FIGURES,
    CallFigure,
    DatedCall,
    DatedChange,
    calls_with,
    changes,
)

MOST_BUCKETS = 48
_LABELS = 0.08
"""Of the axis: room for the labels of the other one, so that no point stands on them."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WIDTHS = (
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28, 91, 365)),
)


class TimeBucket(NamedTuple):
    """The calls that began from `start` (epoch s) on: their figure, with its interval if it is a
    rate; None where nothing was at risk. Places are percent, `y` from the bottom."""

    start: float
    calls: int
    value: float | None
    low: float | None
    high: float | None
    x: float
    y: float
    y_low: float
    y_high: float


class DrawnChange(NamedTuple):
    """A moment of change and the stretch, in percent, in which it lies."""

    change: DatedChange
    x_low: float
    x_high: float


class LevelLine(NamedTuple):
    """A stretch without a change, as a line from `x` to `end` in percent."""

    x: float
    end: float
    y: float


class Series(NamedTuple):
    """One figure over time. `limit` is what it is judged against, if anything."""

    key: str
    title: str
    unit: str
    width_s: int
    buckets: tuple[TimeBucket, ...]
    changes: tuple[DrawnChange, ...]
    levels: tuple[LevelLine, ...]
    limit: float | None
    limit_y: float | None
    ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def all_series(calls: Sequence[CallFigures], limits: dict[str, float]) -> list[Series]:
    """Every figure that at least two calls show, at different times."""
    return [s for kind in FIGURES if (s := series(kind, calls, limits.get(kind.key))) is not None]


def series(kind: CallFigure, calls: Sequence[CallFigures], limit: float | None) -> Series | None:
    """One figure over time; None where fewer than two moments show it."""
    found = calls_with(kind, calls)
    if len(found) < 2 or found[0].time == found[-1].time:
        return None
    width = _width(found[-1].time - found[0].time)
    groups = _grouped(found, width)
    rows = [(start, mine, _figure(kind, mine)) for start, mine in groups]
    begins, ends = groups[0][0], groups[-1][0] + width
    x = Axis(begins - _LABELS * (ends - begins), ends)
    tops = (v for _, _, row in rows for v in row if v is not None)
    y = Axis(0.0, 1.05 * max(*tops, limit or 0.0, 1e-6))
    drawn = [DrawnChange(one, x.place(one.low), x.place(one.high)) for one in changes(kind, found)]
    return Series(
        kind.key,
        kind.title,
        kind.unit,
        width,
        tuple(_bucket(start, mine, row, x, y, width) for start, mine, row in rows),
        tuple(drawn),
        tuple(_levels(drawn, y)),
        limit,
        None if limit is None else y.place(limit),
        tuple(_time_ticks(x)),
        tuple(y.ticks(lambda value: f"{value:g}")),
    )


def _width(span_s: float) -> int:
    fitting = (width for width in _WIDTHS if span_s / width <= MOST_BUCKETS - 1)
    return next(fitting, _WIDTHS[-1] * (1 + int(span_s / _WIDTHS[-1] / MOST_BUCKETS)))


def _grouped(found: Sequence[DatedCall], width: int) -> list[tuple[float, list[DatedCall]]]:
    groups: dict[float, list[DatedCall]] = {}
    for one in found:
        groups.setdefault(one.time // width * width, []).append(one)
    return sorted(groups.items())


def _figure(
    kind: CallFigure, mine: Sequence[DatedCall]
) -> tuple[float, float | None, float | None]:
    """Value and interval; a median of few calls has none."""
    counts, exposures = [one.events for one in mine], [one.exposure for one in mine]
    if kind.exposure is None:
        return median(counts), None, None
    total, exposure = sum(counts), sum(exposures)
    spread = intervals.dispersion(counts, exposures)
    low, high = intervals.poisson_interval(total / spread, exposure / spread)
    return total / exposure, low, high


def _bucket(
    start: float,
    mine: Sequence[DatedCall],
    row: tuple[float, float | None, float | None],
    x: Axis,
    y: Axis,
    width: int,
) -> TimeBucket:
    value, low, high = row
    places = [y.place(value if v is None else v) for v in row]
    return TimeBucket(start, len(mine), value, low, high, x.place(start + width / 2), *places)


def _levels(changes: Sequence[DrawnChange], y: Axis) -> Iterator[LevelLine]:
    if not changes:
        return
    middles = [(change.x_low + change.x_high) / 2 for change in changes]
    values = [changes[0].change.point.before, *(one.change.point.after for one in changes)]
    for start, end, value in zip([0.0, *middles], [*middles, 100.0], values, strict=True):
        yield LevelLine(start, end, y.place(value))


def _time_ticks(x: Axis) -> Iterator[Tick]:
    """Some six moments along the axis, as dates where it spans days."""
    span = x.high - x.low
    step = next((w for w in _WIDTHS if span / w <= 6), _WIDTHS[-1])
    shown = "%m-%d" if step >= _DAY else "%m-%d %H:%M" if span > _DAY else "%H:%M"
    first = -(-x.low // step) * step
    while first <= x.high:
        yield Tick(x.place(first), moment(first, shown))
        first += step


def moment(seconds: float | None, shown: str = "%Y-%m-%d %H:%M") -> str:
    """An epoch time in UTC; without the date where the log has none; "-" for none."""
    if seconds is not None and seconds < 2 * _DAY:
        shown = "%H:%M"
    try:
        return "-" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime(shown)
    except (OverflowError, ValueError, OSError):
        return "-"
