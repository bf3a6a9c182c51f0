"""Lines of one call in, its timeline out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuner.calls import visible
from tuner.calls.clock import CallClock, clock_of, placed
from tuner.calls.ids import find
from tuner.calls.marks import requests, speech, warnings
from tuner.calls.model import CallFigures, CallTimeline, StopMark
from tuner.calls.notes import number
from tuner.calls.read import ReadCalls
from tuner.calls.stops import of_debug_line, of_turn_log
from tuner.calls.turn_spans import turn_spans
from tuner.execution import call_lines
from tuner.execution.call_lines import CallLine
from tuner.model import Current
from tuner.redaction.profile import shown_profile
from tuner.settings.running_profile import running_profile


def timelines(
    read: ReadCalls,
    wanted: Sequence[str],
    current: str | None,
    environ: Mapping[str, str],
    show_text: bool = False,
) -> tuple[CallTimeline, ...]:
    """The timelines of calls, in the order in which they are named.

    Each is named by its id, its room, or the beginning of one. `current` names the profile of the
    logs; `show_text` adds what was said. Raises InputError for a name that means no call, or
    several.
    """
    keys = [find(name, read.ids, read.rooms) for name in wanted]
    lines = _lines(read, keys)
    named = shown_profile(
        running_profile(current, [one.summary for one in read.inputs], environ, Path.cwd())
    )
    hidden = _hidden(read, keys)
    return tuple(
        timeline(
            read.figures[key],
            lines[key],
            _settings(lines[key], named),
            hidden[key],
            read.limits.openai_slow_ms,
            read.problems,
            show_text,
        )
        for key in keys
    )


def _hidden(read: ReadCalls, keys: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the inputs of each call could not show; those with the same inputs have the same."""
    of_inputs: dict[tuple[int, ...], tuple[tuple[str, str], ...]] = {}
    found = {}
    for key in keys:
        mine = tuple(at for at, one in enumerate(read.inputs) if key in one.summary.calls)
        if mine not in of_inputs:
            summaries = [read.inputs[at].summary for at in mine]
            of_inputs[mine] = visible.hidden(visible.facts_of(summaries, read.limits))
        found[key] = of_inputs[mine]
    return found


def _lines(read: ReadCalls, keys: Sequence[str]) -> dict[str, list[CallLine]]:
    """The lines of each of these calls, in the order of time where they have one."""
    found: dict[str, list[CallLine]] = {key: [] for key in keys}
    keep = call_lines.mentions([key.partition(":")[2] for key in keys])
    for line in call_lines.call_lines(read.paths, read.job.only, keep):
        if line.key in found:
            found[line.key].append(line)
    return {key: _in_order(lines, read.figures[key].first) for key, lines in found.items()}


def _in_order(lines: list[CallLine], first: float | None) -> list[CallLine]:
    if any(line.parsed.record.time is None for line in lines):
        return lines
    return sorted(lines, key=lambda line: placed(line.parsed.record.time or 0.0, first))


def _settings(lines: Sequence[CallLine], named: Current) -> Mapping[str, Any]:
    """The settings that the call itself names, else those of the profile of all logs."""
    for line in lines:
        event = line.parsed.event
        if event is not None and event.kind == "session_started":
            settings = event.fields.get("settings")
            if isinstance(settings, Mapping) and settings:
                return shown_profile(Current(None, "log", dict(settings))).settings
    return {} if named.mixed else named.settings


def timeline(
    figures: CallFigures,
    lines: Sequence[CallLine],
    settings: Mapping[str, Any],
    hidden: tuple[tuple[str, str], ...],
    slow_ms: float,
    problems: tuple[str, ...] = (),
    show_text: bool = False,
) -> CallTimeline:
    """The timeline of a call with these figures and lines; `hidden` is what cannot be in it."""
    clock = clock_of(lines, figures.first)
    return CallTimeline(
        figures=figures,
        turns=turn_spans(lines, clock, settings),
        stops=_stops(lines, clock, settings),
        requests=requests(lines, clock, slow_ms),
        warnings=warnings(lines, clock, show_text),
        settings=settings,
        hidden=hidden,
        problems=problems,
        speech=speech(lines, clock) if show_text else None,
    )


def _stops(
    lines: Sequence[CallLine], clock: CallClock, settings: Mapping[str, Any]
) -> tuple[StopMark, ...]:
    """The stops, each once although LiveKit's own line and the turn log may both report it."""
    logged = []
    debug = []
    for line in lines:
        event, time = line.parsed.event, line.parsed.record.time
        if event is not None and event.kind == "interruption":
            at = clock.of_epoch(number(event.fields, "started"))
            at = clock.of_line(time) if at is None else at
            logged.append(of_turn_log(at, event.fields, settings))
        elif event is not None and event.kind == "false_interruption":
            debug.append(of_debug_line(clock.of_line(time), event.fields, settings))
    false = [stop for stop in logged if stop.outcome == "false"]
    if len(debug) > len(false):
        logged = [stop for stop in logged if stop.outcome != "false"] + debug
    return tuple(sorted(logged, key=lambda stop: stop.at or 0.0))
