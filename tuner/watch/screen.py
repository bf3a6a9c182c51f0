"""A snapshot in, what a terminal shows of it out. Every state is a word, not only a colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tuner.names import STAGES
from tuner.redaction.terminal import printable
from tuner.report.calls import length
from tuner.report.figures import name as title_of
from tuner.report.text_layout import plural, seconds
from tuner.watch.alerts import amount, counted, limit
from tuner.watch.model import CallNow, LiveEvent, Measure, Snapshot, StageTimes

_STYLES = {"above": "bold red", "ok": "green", "open": "yellow", "hidden": "dim"}
_STATES = {"above": "ABOVE", "ok": "ok", "open": "open", "hidden": "hidden"}
_EVENTS = {
    "false_interruptions": "false stop",
    "lost_replies": "lost reply",
    "false_cutoffs": "cut-off",
    "openai_calls": "slow OpenAI call",
    "sync_warnings": "synchroniser warning",
}
_INDENT = (0, 0, 0, 3)
_WIDE = 60
_MOST_CALLS = 10


def render(
    snapshot: Snapshot, problems: Sequence[str], width: int, rows: int = 0
) -> RenderableType:
    """The screen, of at most `rows` lines of calls and events together (0: no limit)."""
    room = max(4, rows - 14 - len(snapshot.measures) - len(snapshot.stages)) if rows else 99
    calls = min(_MOST_CALLS, len(snapshot.in_progress), max(2, room // 2))
    events = max(2, room - calls)
    parts: list[RenderableType] = [_head(snapshot)]
    parts += [Text(f" NOT READ {printable(problem)}", style="red") for problem in problems]
    parts += [Padding(_measures(snapshot.measures, width), _INDENT)]
    parts += [*_titled("WAITS (s)", _stages(snapshot.stages))]
    parts += [*_titled("CALLS IN PROGRESS", _calls(snapshot.in_progress, calls))]
    parts += [*_titled("LAST EVENTS", _events(snapshot.events[-events:]))]
    return Group(*parts)


def text(snapshot: Snapshot, problems: Sequence[str], width: int, colour: bool) -> str:
    """The same as plain lines."""
    import io

    file = io.StringIO()
    console = Console(
        file=file, width=width, color_system="standard" if colour else None, no_color=not colour,
        force_terminal=colour, markup=False, emoji=False, highlight=False, legacy_windows=False,
    )  # fmt: skip
    console.print(render(snapshot, problems, width))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def clock(time: float | None) -> str:
    """Hours, minutes and seconds, UTC."""
    if time is None:
        return "-"
    try:
        return f"{datetime.fromtimestamp(time, UTC):%H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return "-"


def _head(snapshot: Snapshot) -> Text:
    totals = snapshot.totals
    parts = [
        f"{clock(snapshot.time)} UTC",
        f"last {snapshot.window_s / 60:g} min",
        f"{plural(len(snapshot.in_progress), 'call')} in progress",
        f"{totals.get('calls', 0):,} since the start",
        plural(totals.get("lines", 0), "line"),
    ]
    if not totals.get("records"):
        parts.append("nothing so far that counts: --since 1d takes in what is older")
    return Text(" " + " · ".join(parts), style="bold")


def _measures(measures: Iterable[Measure], width: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(no_wrap=True)
    if width >= _WIDE:
        grid.add_column(overflow="ellipsis", no_wrap=True, ratio=1)
    for one in measures:
        parts = (limit(one), counted(one))
        rest = printable(one.why) or ", ".join(part for part in parts if part)
        state = Text(_STATES[one.state], style=_STYLES[one.state])
        cells = (state, one.title, amount(one.value, one.unit))
        grid.add_row(*cells, rest) if width >= _WIDE else grid.add_row(*cells)
    return grid


def _stages(stages: Sequence[StageTimes]) -> RenderableType | None:
    if not stages:
        return None
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    for _ in range(4):
        grid.add_column(justify="right")
    grid.add_row("", "p50", "p90", "max", "n")
    for one in stages:
        figures = (seconds(one.p50), seconds(one.p90), seconds(one.max))
        grid.add_row(one.name, *figures, f"{one.n:,}")
    return grid


def _calls(calls: Sequence[CallNow], most: int) -> RenderableType | None:
    if not calls:
        return None
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="ellipsis", no_wrap=True)
    titles = ("length", "turns", "stops", "cut-offs")
    for title in titles:
        grid.add_column(justify="right", no_wrap=True, min_width=len(title))
    grid.add_row("", *titles)
    for call in calls[:most]:
        figures = (str(call.turns), str(call.stops), str(call.cut_offs))
        grid.add_row(printable(call.id), length(call.length_s), *figures)
    if len(calls) > most:
        grid.add_row(f"and {len(calls) - most:,} more")
    return grid


def _events(events: Sequence[LiveEvent]) -> RenderableType | None:
    if not events:
        return None
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(no_wrap=True, overflow="ellipsis")
    for event in events:
        grid.add_row(clock(event.time), _event_name(event.name), printable(event.call))
    return grid


def _event_name(name: str) -> str:
    return _EVENTS.get(name) or (f"slow {title_of(name)}" if name in STAGES else title_of(name))


def _titled(title: str, body: RenderableType | None) -> list[RenderableType]:
    return [Text(f"\n {title}", style="bold"), Padding(body, _INDENT)] if body else []
