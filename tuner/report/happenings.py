"""A timeline in, what happened in it out, in words and in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tuner.calls.model import CallTimeline, PartName, RequestMark, SpokenMark, StopMark, TurnSpan
from tuner.report.lanes import clock
from tuner.report.text_layout import number, seconds

PART_NAMES: dict[PartName, str] = {
    "vad": "VAD",
    "transcript": "transcript",
    "commit": "commit",
    "model": "model",
    "voice": "voice",
    "other": "other",
}
PART_SIGNS: dict[PartName, str] = {
    "vad": "d", "transcript": "t", "commit": "c", "model": "m", "voice": "v", "other": ".",
}  # fmt: skip
"""What stands for a part in the bar of a wait."""
_BAR = 40
_LEAST_S = 0.005
"""Shorter parts would be shown as 0.00."""
_REST = 26
"""Columns beside the bar: indent, time and label."""


class Happening(NamedTuple):
    """One entry: when, what kind, in words; a turn also has the bar of its wait."""

    at: float | None
    time: str
    label: str
    text: str
    bar: str = ""
    style: str = ""


def happenings(timeline: CallTimeline, width: int) -> list[Happening]:
    """Turns, stops, slow and failed requests, warnings: in the order of time, what has none last.

    Warnings with the same words are put together.
    """
    scale = _scale(timeline, width)
    found = [_turn(number, turn, scale) for number, turn in enumerate(timeline.turns, 1)]
    found += map(_stop, timeline.stops)
    found += [_request(one) for one in timeline.requests if one.slow or one.failed]
    found += _warnings(timeline)
    found += map(_speech, timeline.speech or ())
    return sorted(found, key=lambda one: (one.at is None, one.at or 0.0))


def _scale(timeline: CallTimeline, width: int) -> float:
    """Signs for one second of waiting: the longest wait fills the bar."""
    longest = max((sum(p.seconds for p in turn.parts) for turn in timeline.turns), default=0.0)
    return max(10, min(_BAR, width - _REST)) / longest if longest else 0.0


def _turn(number_: int, turn: TurnSpan, scale: float) -> Happening:
    spoke = _spoke(turn)
    parts = " + ".join(
        f"{PART_NAMES[part.name]} {seconds(part.seconds)}"
        for part in turn.parts
        if part.seconds >= _LEAST_S
    )
    waited = f"waited {seconds(turn.wait_s)} s: {parts}" if turn.wait_s is not None else parts
    if turn.wait_s is None and turn.parts:
        waited = f"of the wait the log has {parts}"
    notes = [spoke, waited, "CUT OFF: the caller went on" if turn.cut_off else ""]
    notes += [turn.decided_by, "answer interrupted" if turn.interrupted else ""]
    text = "; ".join(note for note in notes if note) or "no figures in the log"
    style = "red" if turn.cut_off else "green"
    return Happening(turn.at, clock(turn.at), f"turn {number_}", text, _bar(turn, scale), style)


def _spoke(turn: TurnSpan) -> str:
    if turn.started is None or turn.stopped is None:
        return ""
    pauses = ", ".join(f"{pause:.1f}" for pause in turn.pauses)
    within = f" with pauses of {pauses} s" if pauses else ""
    return f"spoke {turn.stopped - turn.started:.1f} s{within}"


def _bar(turn: TurnSpan, scale: float) -> str:
    """The wait as a row of signs, each part as long as it took."""
    bar, reached = "", 0.0
    for part in turn.parts:
        reached += part.seconds
        bar += PART_SIGNS[part.name] * (round(reached * scale) - len(bar))
    return bar


def _stop(stop: StopMark) -> Happening:
    figures = [
        f"sound {stop.sound_s:.1f} s" if stop.sound_s is not None else "",
        f"dead air {stop.dead_air_s:.1f} s" if stop.dead_air_s else "",
    ]
    shown = ", ".join(figure for figure in figures if figure)
    is_false = stop.outcome in ("false", "lost") and stop.audible
    text = f"{stop.cause}{'; ' if shown else ''}{shown}"
    label = "FALSE STOP" if is_false else "stop"
    return Happening(stop.at, clock(stop.at), label, text, style="red" if is_false else "")


def _request(request: RequestMark) -> Happening:
    label = "FAILED" if request.failed else "SLOW"
    status = f", status {request.status}" if request.status and request.failed else ""
    took = f", {number(request.processing_ms)} ms" if request.processing_ms is not None else ""
    again = f", attempt {request.attempt}" if (request.attempt or 1) > 1 else ""
    text = f"OpenAI {request.endpoint}{status}{took}{again}"
    return Happening(request.at, clock(request.at), label, text, style="red")


def _speech(spoken: SpokenMark) -> Happening:
    return Happening(spoken.at, clock(spoken.at), "caller", f'"{spoken.text}"')


def _warnings(timeline: CallTimeline) -> Iterator[Happening]:
    """One entry for each text: the first place, how often, and when it last came."""
    texts = dict.fromkeys((mark.level, mark.text) for mark in timeline.warnings)
    for level, text in texts:
        mine = [one for one in timeline.warnings if (one.level, one.text) == (level, text)]
        first, last = mine[0], mine[-1]
        when = "" if last.at is None else f", last at {clock(last.at)}"
        often = f"; {len(mine)} times{when}" if len(mine) > 1 else ""
        place = f" ({first.path}:{first.line})"
        words = f"{text}{often}{place}"
        yield Happening(first.at, clock(first.at), level.lower(), words, style="magenta")
