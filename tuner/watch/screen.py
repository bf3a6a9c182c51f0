"""A snapshot in, the lines that a terminal shows of it out. Every state is a word, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tuner.names import STAGES
from tuner.redaction.terminal import cut, printable
from tuner.report.calls import length
from tuner.report.figures import name as title_of
from tuner.report.text_layout import flow, paint, plural, seconds, table, wrap
from tuner.watch.alerts import amount, counted, limit
from tuner.watch.model import LiveEvent, LiveMeasure, Snapshot, StageTimes

NARROWEST = 40
_COLOURS = {"   ABOVE ": "1;31", "   ok ": "32", "   open ": "33", "   hidden ": "2"}
_STATES = {"above": "ABOVE", "ok": "ok", "open": "open", "hidden": "hidden"}
_EVENTS = {
    "false_interruptions": "false stop",
    "lost_replies": "lost reply",
    "false_cutoffs": "cut-off",
    "openai_calls": "slow OpenAI call",
    "sync_warnings": "synchroniser warning",
}
_MOST_CALLS = 10
_NO_LIMIT = 99
_OTHER_ROWS = 12
"""Rows of a screen beside measures, stages, calls and events."""


def render(
    snapshot: Snapshot,
    problems: Sequence[str] = (),
    width: int = 80,
    colour: bool = False,
    rows: int = 0,
) -> str:
    """Return lines of at most `width` columns; of calls and events as many as `rows` have room
    for (0: no limit)."""
    width = max(width, NARROWEST)
    taken = _OTHER_ROWS + len(snapshot.measures) + len(snapshot.stages)
    room = max(4, rows - taken) if rows else _NO_LIMIT
    calls = min(_MOST_CALLS, max(2, room // 2))
    events = max(2, room - min(calls, len(snapshot.longest)))
    lines = _head(snapshot, width)
    lines += [line for text in problems for line in wrap(f"NOT READ {text}", width, " ")]
    lines += _measures(snapshot.measures, width)
    lines += _titled("WAITS (s)", _stages(snapshot.stages), width, (0,), (4, 3))
    lines += _titled("CALLS IN PROGRESS", _calls(snapshot, calls), width, (0,), (1,))
    lines += _titled("LAST EVENTS", _events(snapshot.events[-events:]), width, (0, 1, 2), (0,))
    return "\n".join(map(_painted, paint(lines)) if colour else lines)


def clock(time: float | None) -> str:
    """Hours, minutes and seconds, UTC."""
    if time is None:
        return "-"
    try:
        return f"{datetime.fromtimestamp(time, UTC):%H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return "-"


def _head(snapshot: Snapshot, width: int) -> list[str]:
    totals = snapshot.totals
    parts = [
        f"{clock(snapshot.time)} UTC",
        f"last {snapshot.window_s / 60:g} min",
        f"{plural(snapshot.in_progress, 'call')} in progress",
        f"{totals.get('calls', 0):,} since the start",
        plural(totals.get("lines", 0), "line"),
    ]
    if totals.get("lines") and not totals.get("records"):
        parts.append("nothing so far that counts: an earlier --since, such as 30d, takes in more")
    return flow(parts, width)


def _measures(measures: Sequence[LiveMeasure], width: int) -> list[str]:
    body = []
    for one in measures:
        details = ", ".join(filter(None, (limit(one), counted(one))))
        value = amount(one.value, one.unit)
        body.append((_STATES[one.state], one.title, value, printable(one.why) or details))
    notes = [wrap(f"{one.title}: {one.note}", width, "   ") for one in measures if one.note]
    return [
        *_indented(body, width, left=(0, 1, 2, 3), drop=(3,) if width < 60 else ()),
        *(line for lines in notes for line in lines),
    ]


def _stages(stages: Sequence[StageTimes]) -> list[tuple[str, ...]]:
    body = [
        (title_of(one.name), seconds(one.p50), seconds(one.p90), seconds(one.max), f"{one.n:,}")
        for one in stages
    ]
    return [("", "p50", "p90", "max", "n"), *body] if body else []


def _calls(snapshot: Snapshot, most: int) -> list[tuple[str, ...]]:
    calls = snapshot.longest
    if not calls:
        return []
    body = [
        (printable(one.id), length(one.length_s), f"{one.turns}", f"{one.stops}", f"{one.cut_offs}")
        for one in calls[:most]
    ]
    rest = snapshot.in_progress - most
    more = [(f"and {rest:,} more", "", "", "", "")] if rest > 0 else []
    return [("", "length", "turns", "stops", "cut-offs"), *body, *more]


def _events(events: Sequence[LiveEvent]) -> list[tuple[str, ...]]:
    return [(clock(one.time), _event_name(one.name), printable(one.call)) for one in events]


def _event_name(name: str) -> str:
    return _EVENTS.get(name) or (f"slow {title_of(name)}" if name in STAGES else title_of(name))


def _titled(
    title: str,
    body: Sequence[Sequence[str]],
    width: int,
    left: Sequence[int],
    drop: Sequence[int],
) -> list[str]:
    return ["", f" {title}", *_indented(body, width, left, drop)] if body else []


def _indented(
    body: Sequence[Sequence[str]], width: int, left: Sequence[int], drop: Sequence[int]
) -> list[str]:
    return [cut("   " + line, width) for line in table(body, width - 3, left, drop)] if body else []


def _painted(line: str) -> str:
    for start, colour in _COLOURS.items():
        if line.startswith(start):
            return f"\x1b[{colour}m{start}\x1b[0m{line[len(start) :]}"
    return line
