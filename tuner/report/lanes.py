"""A timeline in, its lanes out: who spoke when, one sign for each stretch of time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tuner.calls.model import CallTimeline, TurnSpan
from tuner.report.text_layout import seconds

NAME = 10
"""Columns of a lane's name, with the blank behind it."""
CALLER, AGENT, WAIT, STOP, REQUEST, SLOW, WARNING = "█", "▓", "░", "×", "'", "o", "!"


class Lane(NamedTuple):
    """The name of a lane, its signs and the style of both."""

    name: str
    signs: str
    style: str = ""


Stretch = tuple[float | None, float | None, str]
"""From, to (seconds into the call) and the sign between; without an end one sign."""


def rows(timeline: CallTimeline, width: int) -> list[Lane]:
    """The lanes, `width` signs long, with the time on top; none where no time is known."""
    end = _end(timeline)
    if not end or width < 10:
        return []
    lanes: list[tuple[str, list[Stretch], str]] = [
        ("caller", _caller(timeline.turns), "green"),
        ("waiting", _waits(timeline.turns), "yellow"),
        ("agent", _agent(timeline.turns, end), "blue"),
        ("stops", [(one.at, None, STOP) for one in timeline.stops if one.audible], "red"),
        ("OpenAI", [(o.at, None, SLOW if o.slow else REQUEST) for o in timeline.requests], "cyan"),
        ("warnings", [(one.at, None, WARNING) for one in timeline.warnings], "magenta"),
    ]
    drawn = [Lane(name, _drawn(spans, end, width), style) for name, spans, style in lanes]
    return [Lane("", _scale(end, width)), *(lane for lane in drawn if lane.signs.strip())]


def clock(at: float | None) -> str:
    """Minutes, seconds and tenths into the call; "-" where that is not known."""
    if at is None:
        return "-"
    tenths = round(abs(at) * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{'-' if at < 0 and tenths else ''}{minutes}:{rest // 10:02}.{rest % 10}"


def _end(timeline: CallTimeline) -> float:
    """How long the call is, as far as anything in it is known."""
    times = [
        *(turn.at for turn in timeline.turns),
        *(turn.first_audio for turn in timeline.turns),
        *(stop.at for stop in timeline.stops),
        *(request.at for request in timeline.requests),
        *(warning.at for warning in timeline.warnings),
        timeline.figures.length_s,
    ]
    return max((time for time in times if time is not None), default=0.0)


def _caller(turns: Iterable[TurnSpan]) -> list[Stretch]:
    return [(turn.started, turn.stopped, CALLER) for turn in turns if turn.stopped is not None]


def _waits(turns: Iterable[TurnSpan]) -> list[Stretch]:
    return [
        (turn.stopped, turn.first_audio, WAIT)
        for turn in turns
        if turn.stopped is not None and turn.first_audio is not None
    ]


def _agent(turns: tuple[TurnSpan, ...], end: float) -> list[Stretch]:
    """From the first sound of each answer to the caller's next speech: no log says when it ends."""
    stretches: list[Stretch] = []
    for number, turn in enumerate(turns):
        if turn.first_audio is None:
            continue
        later = [
            next_one.started for next_one in turns[number + 1 :] if next_one.started is not None
        ]
        after = [time for time in later if time > turn.first_audio]
        stretches.append((turn.first_audio, min(after, default=end), AGENT))
    return stretches


def _drawn(stretches: Iterable[Stretch], end: float, width: int) -> str:
    signs = [" "] * width
    for start, stop, sign in stretches:
        if start is None and stop is None:
            continue
        first = _column(start if start is not None else stop, end, width)
        last = _column(stop, end, width) if stop is not None else first
        for column in range(first, max(last, first + 1)):
            signs[column] = sign
    return "".join(signs)


def _column(at: float | None, end: float, width: int) -> int:
    return min(width - 1, max(0, int((at or 0.0) / end * width)))


def _scale(end: float, width: int) -> str:
    """The time at both ends, and what one sign stands for between them."""
    left, right = clock(0.0), clock(end)
    middle = f"one sign: {seconds(end / width)} s"
    gap = width - len(left) - len(right)
    return left + (middle.center(gap) if gap > len(middle) + 2 else " " * gap) + right
