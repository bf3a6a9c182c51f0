"""Predictions in, charts of what each setting gains against what it costs out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tuner.html.axis import Axis, Tick
from tuner.report.what_if import TITLES, ShownKnob
from tuner.whatif.draws import Figure
from tuner.whatif.timing import FigureName

_AXES: tuple[tuple[FigureName, FigureName], ...] = (
    ("wait_p50_s", "cut_offs_per_turn"),
    ("barge_in_s", "false_stops_per_min"),
)


class TradeOff(NamedTuple):
    """A setting with what it would make of both figures. `gain` is None where only the bounds
    `low` to `high` are known; `best` if no other with a known gain beats it on both.
    `knob` counts the settings of the chart."""

    name: str
    value: object
    logged: bool
    cost: float
    gain: float | None
    low: float
    high: float
    best: bool
    knob: int
    x: float
    y: float
    y_low: float
    y_high: float


class Frontier(NamedTuple):
    """One chart: `cost` across, `gain` up; less is better for both."""

    cost: FigureName
    gain: FigureName
    cost_title: str
    gain_title: str
    names: tuple[str, ...]
    candidates: tuple[TradeOff, ...]
    ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


class _Point(NamedTuple):
    name: str
    value: object
    logged: bool
    cost: float
    gain: float | None
    low: float
    high: float


def frontiers(knobs: Sequence[ShownKnob]) -> list[Frontier]:
    """A chart for each pair of figures that at least two settings move."""
    charts = (_frontier(cost, gain, knobs) for cost, gain in _AXES)
    return [chart for chart in charts if chart is not None]


def _frontier(cost: FigureName, gain: FigureName, knobs: Sequence[ShownKnob]) -> Frontier | None:
    points = list(dict.fromkeys(_points(cost, gain, knobs)))
    if len({(point.cost, point.low, point.high) for point in points}) < 2:
        return None
    x = _axis([point.cost for point in points])
    y = _axis([v for point in points for v in (point.low, point.high)])
    names = tuple(dict.fromkeys(point.name for point in points))
    found = (_candidate(point, points, names, x, y) for point in points)
    ticks = [tuple(axis.ticks(lambda value: f"{value:g}")) for axis in (x, y)]
    return Frontier(cost, gain, TITLES[cost], TITLES[gain], names, tuple(found), *ticks)


def _points(cost: FigureName, gain: FigureName, knobs: Sequence[ShownKnob]) -> Iterator[_Point]:
    for knob in knobs:
        if not _moves(knob, cost, gain):
            continue
        for answer in knob.answers:
            paid, bounds = _known(answer.figures[cost]), _bounds(answer.figures[gain])
            value = answer.changes.get(knob.name)
            if paid is not None and bounds is not None:
                known = _known(answer.figures[gain])
                yield _Point(knob.name, value, value == knob.logged, paid, known, *bounds)


def _moves(knob: ShownKnob, *names: FigureName) -> bool:
    """Whether some value of the knob may change one of the figures."""
    figures = [answer.figures[name] for answer in knob.answers for name in names]
    return any((figure.low, figure.high) not in ((0.0, 0.0), (None, None)) for figure in figures)


def _known(figure: Figure) -> float | None:
    """The predicted figure where more than its bounds are known."""
    if figure.label in ("bounds only", "not enough data"):
        return None
    value = figure.change if figure.logged is None else figure.value
    return None if value is None else float(value)


def _bounds(figure: Figure) -> tuple[float, float] | None:
    """The interval of the figure under the new setting; no figure here is below 0."""
    if figure.logged is None or figure.low is None or figure.high is None:
        return None
    low, high = figure.logged + figure.low, figure.logged + figure.high
    return max(0.0, float(low)), max(0.0, float(high))


def _axis(values: Sequence[float]) -> Axis:
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.5
    return Axis(low - room, high + room)


def _candidate(
    point: _Point, points: Sequence[_Point], names: Sequence[str], x: Axis, y: Axis
) -> TradeOff:
    heights = [y.place(point.low if v is None else v) for v in (point.gain, point.low, point.high)]
    best, knob = _is_best(point, points), names.index(point.name)
    return TradeOff(*point, best, knob, x.place(point.cost), *heights)


def _is_best(point: _Point, points: Sequence[_Point]) -> bool:
    return point.gain is not None and not any(
        other.cost <= point.cost
        and other.gain <= point.gain
        and (other.cost, other.gain) != (point.cost, point.gain)
        for other in points
        if other.gain is not None
    )
