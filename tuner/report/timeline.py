"""One call's timeline in, text for a terminal out: lanes, then what happened in order of time.

No meaning is in a colour alone: every lane and every part of a wait has a sign of its own.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterable, Sequence
from statistics import median

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tuner.calls.model import CallFigures, CallTimeline
from tuner.redaction.terminal import printable
from tuner.report import lanes
from tuner.report.calls import length
from tuner.report.figures import name as name_of
from tuner.report.happenings import PART_NAMES, PART_SIGNS, Happening, happenings
from tuner.report.heading import span
from tuner.report.text_layout import number, plural
from tuner.rules import false_cutoffs, false_interruptions

NARROWEST = 40
_LABELS_APART = 60
"""From so many columns on what a line is has a column of its own."""
_INDENT = (0, 0, 0, 3)
_SETTINGS = (
    *("AGENT_MODE", "TURN_DETECTION", "MIN_ENDPOINTING_DELAY", "MAX_ENDPOINTING_DELAY"),
    *("VAD_MIN_SILENCE_DURATION", "VAD_ACTIVATION_THRESHOLD", "MIN_INTERRUPTION_DURATION"),
    *("MIN_INTERRUPTION_WORDS", "INTERRUPTION_THRESHOLD", "FALSE_INTERRUPTION_TIMEOUT"),
    *("RESUME_FALSE_INTERRUPTION", "PREEMPTIVE_GENERATION"),
)
"""The settings that decide when a turn ends and what stops the agent, as far as they are known."""


def render(
    timeline: CallTimeline, logs: Sequence[str], width: int = 80, colour: bool = False
) -> str:
    """Return the timeline in lines of at most `width` columns (never fewer than 40)."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=max(width, NARROWEST),
        color_system="standard" if colour else None,
        force_terminal=colour,
        no_color=not colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for part in _parts(timeline, logs, console.width):
        console.print(part)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).rstrip("\n")


def _parts(timeline: CallTimeline, logs: Sequence[str], width: int) -> Iterable[RenderableType]:
    figures = timeline.figures
    yield _head(figures)
    yield Padding(_cost(figures), _INDENT)
    if rows := lanes.rows(timeline, width - 3 - lanes.NAME):
        yield from ("", _title("TIMELINE"), Padding(_lanes(rows), _INDENT))
    yield from (
        "",
        _title("WHAT HAPPENED"),
        Padding(_happened(happenings(timeline, width), width), _INDENT),
    )
    yield Padding(_legend(timeline), _INDENT)
    yield from _section("OPENAI CALLS", _requests(timeline))
    yield from _section("SETTINGS", _settings(timeline))
    yield from _section("NOT VISIBLE", _hidden(timeline))
    yield from _section("NEXT", _next(figures, logs))


def _title(text: str) -> Text:
    return Text(f" {text}", style="bold")


def _section(title: str, texts: Sequence[str]) -> Iterable[RenderableType]:
    if texts:
        yield ""
        yield _title(title)
        yield from (Padding(Text(text), _INDENT) for text in texts)


def _head(figures: CallFigures) -> Padding:
    turns = plural(figures.turns, "turn") if figures.turns is not None else ""
    ended = f"ended: {figures.ended.replace('_', ' ')}" if figures.ended else ""
    parts = [
        f"call {figures.id}",
        f"room {figures.room}" if figures.room else "",
        span(figures.first, figures.last),
        length(figures.length_s) if figures.length_s is not None else "",
        turns,
        f"profile {figures.profile}" if figures.profile else "",
        ended,
    ]
    return Padding(Text(printable(" · ".join(filter(None, parts))), style="bold"), (0, 0, 0, 1))


def _cost(figures: CallFigures) -> Text:
    cost = figures.cost
    named = {
        "waiting": cost.waiting_s,
        "false stops": cost.stops_s,
        "cut-offs": cost.cut_offs_s,
        "failures": cost.failures_s,
    }
    known = [f"{name} {value:.1f}" for name, value in named.items() if value]
    total = "not known" if cost.total_s is None else f"{cost.total_s:.1f} s"
    waits = f"; wait {figures.wait_p50_s:.2f} s median, {figures.wait_max_s:.2f} s longest" if (
        figures.wait_p50_s is not None and figures.wait_max_s is not None
    ) else ""  # fmt: skip
    return Text(f"cost {total}{': ' if known else ''}{', '.join(known)}{waits}")


def _lanes(rows: Sequence[lanes.Lane]) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=lanes.NAME - 1, no_wrap=True)
    grid.add_column(no_wrap=True)
    for row in rows:
        grid.add_row(row.name, Text(row.signs, style=row.style))
    return grid


def _happened(entries: Sequence[Happening], width: int) -> RenderableType:
    if not entries:
        return Text("nothing that this log shows")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, justify="right")
    if width >= _LABELS_APART:
        grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for entry in entries:
        label, text = Text(entry.label, style=entry.style), Text(printable(entry.text))
        cells = [label, text] if width >= _LABELS_APART else [Text.assemble(label, ": ", text)]
        grid.add_row(entry.time, *cells)
        if entry.bar:
            grid.add_row("", *[""] * (len(cells) - 1), Text(entry.bar, style="cyan"))
    return grid


def _legend(timeline: CallTimeline) -> Text:
    """What the signs of the waits' bars mean, those that occur."""
    there = {part.name for turn in timeline.turns for part in turn.parts}
    signs = [f"{sign} {PART_NAMES[name]}" for name, sign in PART_SIGNS.items() if name in there]
    return Text(f"waits: {', '.join(signs)}" if signs else "", style="dim")


def _requests(timeline: CallTimeline) -> list[str]:
    """One line for each endpoint."""
    lines = []
    for endpoint in dict.fromkeys(request.endpoint for request in timeline.requests):
        mine = [request for request in timeline.requests if request.endpoint == endpoint]
        times = sorted(one.processing_ms for one in mine if one.processing_ms is not None)
        parts = [plural(len(mine), "call")]
        if times:
            parts.append(f"median {number(median(times))} ms, longest {number(times[-1])} ms")
        parts += [f"{n} slow" for n in [sum(one.slow for one in mine)] if n]
        parts += [f"{n} failed" for n in [sum(one.failed for one in mine)] if n]
        lines.append(printable(f"{endpoint}: {', '.join(parts)}"))
    return lines


def _settings(timeline: CallTimeline) -> list[str]:
    settings = timeline.settings
    known = [f"{name} {settings[name]}" for name in _SETTINGS if name in settings]
    return [printable(" · ".join(known))] if known else ["not known: this log does not name them"]


def _hidden(timeline: CallTimeline) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for name, why in timeline.hidden:
        reasons.setdefault(printable(why), []).append(name_of(name))
    lines = [f"{', '.join(names)}: {why}" for why, names in reasons.items()]
    return [*lines, "when the agent stopped speaking: no line of a log says that"]


def _next(figures: CallFigures, logs: Sequence[str]) -> list[str]:
    """Commands worth typing now."""
    rules = [false_interruptions.ID if figures.false_stops else None]
    rules += [false_cutoffs.ID if figures.cut_offs else None]
    named = " ".join(shlex.quote(printable(log)) for log in logs)
    return [*(f"tuner explain {rule}" for rule in rules if rule), f"tuner analyze {named}"]
