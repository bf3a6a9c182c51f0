"""One call's timeline in, the bars and marks of its chart out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tuner.calls.model import CallTimeline, RequestMark, StopMark, TurnSpan
from tuner.html.axis import Axis, Tick
from tuner.report.text_layout import number, seconds

LANES = ("caller", "wait", "agent", "stops", "OpenAI", "warnings")
MOST_SHAPES = 1_500
"""A call with more is drawn up to here, and the page says so: some 150 kB of SVG."""


class Shape(NamedTuple):
    """A bar, or a mark where `width` is 0; places in percent, `what` names its look."""

    lane: int
    x: float
    width: float
    what: str
    title: str


class DrawnCall(NamedTuple):
    """The chart of one call; `left_out` shapes did not fit."""

    timeline: CallTimeline
    shapes: tuple[Shape, ...]
    ticks: tuple[Tick, ...]
    length_s: float
    left_out: int


def drawn(timeline: CallTimeline) -> DrawnCall:
    """The chart of a call, from its first line to the last thing that happened in it."""
    length = max(timeline.figures.length_s or 0.0, _last(timeline), 1.0)
    axis = Axis(0.0, length)
    shapes = sorted(_shapes(timeline, axis), key=lambda shape: shape.x)
    ticks = tuple(axis.ticks(lambda value: f"{value:g} s"))
    left_out = max(0, len(shapes) - MOST_SHAPES)
    return DrawnCall(timeline, tuple(shapes[:MOST_SHAPES]), ticks, length, left_out)


def _last(timeline: CallTimeline) -> float:
    times = [t for turn in timeline.turns for t in (turn.stopped, turn.first_audio, turn.committed)]
    times += [stop.at for stop in timeline.stops] + [one.at for one in timeline.requests]
    times += [warning.at for warning in timeline.warnings]
    return max((time for time in times if time is not None), default=0.0)


def _shapes(timeline: CallTimeline, axis: Axis) -> Iterator[Shape]:
    for turn, later in pairwise([*timeline.turns, None]):
        if turn is not None:
            yield from _turn(turn, later, axis)
    for stop in timeline.stops:
        if stop.at is not None:
            yield _stop(stop, stop.at, axis)
    for request in timeline.requests:
        if request.at is not None:
            yield _request(request, request.at, axis)
    for warning in timeline.warnings:
        if warning.at is not None:
            text = f"{warning.level} at {seconds(warning.at)} s: {warning.text or 'not known'}"
            yield Shape(5, axis.place(warning.at), 0.0, "warning", text)


def _turn(turn: TurnSpan, later: TurnSpan | None, axis: Axis) -> Iterator[Shape]:
    if turn.started is not None and turn.stopped is not None:
        pauses = f", {len(turn.pauses)} pauses" if turn.pauses else ""
        yield _bar(axis, 0, turn.started, turn.stopped, "speech", f"caller speaks{pauses}")
    yield from _wait(turn, axis)
    if turn.first_audio is not None:
        next_at = later.at if later is not None else None
        end = axis.high if next_at is None else max(next_at, turn.first_audio)
        title = "agent begins to speak; the log does not say when it ends"
        yield _bar(axis, 2, turn.first_audio, end, "answer", title)


def _wait(turn: TurnSpan, axis: Axis) -> Iterator[Shape]:
    """The parts of the wait one after the other; they begin with the caller's last word."""
    at = turn.stopped
    if at is None:
        return
    for part in turn.parts:
        yield _bar(axis, 1, at, at + part.seconds, f"part {part.name}", f"waits for {part.name}")
        at += part.seconds
    if turn.cut_off:
        yield Shape(1, axis.place(turn.stopped or 0.0), 0.0, "cut", "cut off: the caller went on")


def _stop(stop: StopMark, at: float, axis: Axis) -> Shape:
    silence = "" if stop.dead_air_s is None else f", {seconds(stop.dead_air_s)} s of dead air"
    heard = "" if stop.audible else ", nobody heard it"
    title = f"{stop.outcome} stop at {seconds(at)} s: {stop.cause}{silence}{heard}"
    return Shape(3, axis.place(at), 0.0, f"stop {stop.outcome}", title)


def _request(request: RequestMark, end: float, axis: Axis) -> Shape:
    what = "request failed" if request.failed else "request slow" if request.slow else "request"
    status = "" if request.status is None else f", status {request.status}"
    took = "" if request.elapsed_ms is None else f", {number(round(request.elapsed_ms))} ms"
    start = max(0.0, end - (request.elapsed_ms or 0.0) / 1000)
    return _bar(axis, 4, start, end, what, f"{request.endpoint}{status}{took}")


def _bar(axis: Axis, lane: int, start: float, end: float, what: str, title: str) -> Shape:
    x, stop = axis.place(start), axis.place(end)
    text = f"{title}: {seconds(start)} to {seconds(end)} s"
    return Shape(lane, x, round(max(0.05, stop - x), 2), what, text)
