"""Calls in, the moments out when one of their figures changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tuner.calls.model import CallFigures
from tuner.stats.change_points import ChangePoint, level_changes, rate_changes


class CallFigure(NamedTuple):
    """A figure of calls: how often something happens per unit of exposure, or a typical value."""

    key: str
    title: str
    unit: str
    events: Callable[[CallFigures], float | None]
    exposure: Callable[[CallFigures], float | None] | None = None


class DatedCall(NamedTuple):
    """A call in which the figure was visible; `time` is when it began (epoch s)."""

    time: float
    events: float
    exposure: float


class DatedChange(NamedTuple):
    """A moment of change: when (epoch s) it was, and was at the earliest and the latest."""

    at: float
    low: float
    high: float
    point: ChangePoint


def _seen_minutes(call: CallFigures) -> float | None:
    """The minutes that could show a false stop."""
    return None if call.seen_s is None else call.seen_s / 60


def _at_risk(call: CallFigures) -> int | None:
    return call.turns_at_risk


FIGURES = (
    CallFigure("false_stops", "False stops", "per minute", lambda c: c.false_stops, _seen_minutes),
    CallFigure("cut_offs", "Cut-offs", "per turn", lambda c: c.cut_offs, _at_risk),
    CallFigure("wait", "Median wait", "seconds", lambda c: c.wait_p50_s),
)


def calls_with(figure: CallFigure, calls: Sequence[CallFigures]) -> list[DatedCall]:
    """The calls that show the figure, in the order in which they began."""
    return sorted(_calls_with(figure, calls))


def _calls_with(figure: CallFigure, calls: Sequence[CallFigures]) -> Iterator[DatedCall]:
    for call in calls:
        events = figure.events(call)
        exposure = 1.0 if figure.exposure is None else figure.exposure(call)
        if call.first is not None and events is not None and exposure:
            yield DatedCall(call.first, float(events), float(exposure))


def changes(figure: CallFigure, found: Sequence[DatedCall]) -> list[DatedChange]:
    """When the figure changed, in order."""
    events = [one.events for one in found]
    if figure.exposure is None:
        points = level_changes(events)
    else:
        points = rate_changes(events, [one.exposure for one in found])
    times = [one.time for one in found]
    return [
        DatedChange(times[point.at], times[point.low], times[point.high], point) for point in points
    ]
