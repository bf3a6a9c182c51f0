"""What the compiled scan counted in a chunk of LiveKit's JSON or dev text, added to a summary.

What is added equals what `careful` adds line by line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import compress
from math import isnan
from operator import add as add_texts
from typing import Any, TypeAlias

from msgspec.structs import replace

from tuner.lines import json_lines
from tuner.lines.catalogue.livekit import COMMIT_DELAY
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.reading import message_counts
from tuner.reading.scan_layouts import ScanLayout
from tuner.scan import Calls, Entry, Scanner
from tuner.summary.call_counts import CallTotals, TurnBoundary
from tuner.summary.other_lines import LOUD
from tuner.summary.summary import IMPOSSIBLE, Summary

_Turns: TypeAlias = Mapping[str, list[Any]]
_PREFIXES = ("", "job:", "room:", "pid:")
_TURN_COUNTS = {
    "false_lines": "pauses",
    **{name: name for name in ("commits", "cutoffs", "later", "unknown", "wordless")},
}
"""Figures of a call, by the scan's own names."""


def add(
    summary: Summary, listed: Summary, scanner: Scanner, layout: ScanLayout, with_turns: bool
) -> list[CallTotals]:
    """Add all that was counted to an empty summary, the turns of calls only where that is asked
    for; what Python has to read is left. What events add goes to `listed`, mostly the same.

    Returns all calls in the scan's order, also those that Python has to begin.
    """
    calls, entries = scanner.calls(), scanner.entries("messages")
    names = list(map(add_texts, map(_PREFIXES.__getitem__, calls.keys), calls.texts))
    sources = scanner.entries("sources")
    _sources(summary, scanner, layout, sources)
    table = _calls(
        summary, names, calls, scanner.turns() if with_turns else None, bool(layout.clock)
    )
    _other_lines(listed, scanner, layout, sources, names)
    listed.counts.update(scanner.counts())  # before figures, whose distinct values are capped
    _figures(listed, scanner, with_turns)
    messages = [message_counts.read(entry.text, layout) for entry in entries]
    message_counts.add_messages(listed, scanner, entries, messages)
    jobs = [text or layout.shape for text in calls.texts]
    message_counts.add_pairs(listed.responses, scanner, calls, jobs, messages)
    return table if listed is summary else _apart(summary, listed, table)


def _apart(summary: Summary, listed: Summary, table: list[CallTotals]) -> list[CallTotals]:
    """What events add to the one call without a name, apart from how long that was."""
    for call in table:
        if listed.counts:
            listed.calls[""] = replace(call, first=None, last=None)
        summary.calls = {key: CallTotals(c.first, c.last) for key, c in summary.calls.items()}
    return [listed.calls.get("", call) for call in table]


def _sources(summary: Summary, scanner: Scanner, layout: ScanLayout, sources: list[Entry]) -> None:
    for source in sources:
        if source.n:
            logger, level = layout.source(source)
            shape = json_lines.TURNS if logger == TURN_LOGGER else layout.shape
            summary.take(shape, source.n, source.n)
            summary.count_source(logger, level, source.n)
    summary.understand(scanner.passed)
    counted = scanner.passed + sum(source.n for source in sources)
    summary.wrappers.update({name: counted * n for name, n in Counter(layout.wrappers).items()})
    if scanner.clocked:
        summary.clocks[layout.clock] += scanner.clocked


def _calls(
    summary: Summary, names: list[str], calls: Calls, turns: _Turns | None, timed: bool
) -> list[CallTotals]:
    times: dict[str, Sequence[float | None]] = {"first": calls.first, "last": calls.last}
    if not timed:
        times = dict.fromkeys(times, [None] * len(names))
    columns: dict[str, list[Any]] = {"timed": calls.timed, "slow": calls.slow}
    columns.update(calls.figures.items())
    if turns is not None:
        columns |= {name: turns[counted] for name, counted in _TURN_COUNTS.items()}
        columns["seam"] = _boundaries(turns)
    table = list(CallTotals.table(**times, **columns))
    summary.calls = dict(compress(zip(names, table, strict=True), calls.n))
    if summary.calls and timed:
        summary.reach(min(compress(calls.first, calls.n)))
        summary.reach(max(compress(calls.last, calls.n)))
    return table


def _other_lines(
    summary: Summary,
    scanner: Scanner,
    layout: ScanLayout,
    sources: list[Entry],
    names: list[str],
) -> None:
    """Messages that are of no row; the calls of those below WARNING are not counted."""
    for text, n, source, places in scanner.others():
        logger, level = layout.source(sources[source])
        calls = map(names.__getitem__, places) if level in LOUD else ()
        summary.other_lines.count(logger, level, layout.text(text), n, calls)


def _boundaries(turns: _Turns) -> list[TurnBoundary | None]:
    columns = [turns[name] for name in ("begun", *TurnBoundary.__struct_fields__)]
    return [_boundary(*values) if begun else None for begun, *values in zip(*columns, strict=True)]


def _boundary(
    start: float, commit: float, words: int, first_words: int, paused: int, first_paused: int
) -> TurnBoundary:
    return TurnBoundary(
        None if isnan(start) else start,
        None if isnan(commit) else commit,
        words,
        first_words,
        bool(paused),
        bool(first_paused),
    )


def _figures(summary: Summary, scanner: Scanner, with_turns: bool) -> None:
    for name, bins, censored in scanner.latencies():
        if name == COMMIT_DELAY.name and not with_turns:
            continue
        if bins:
            counts = summary.histogram(name).counts
            for ms, n in bins:  # one of them may come twice
                counts[ms] += n
        if censored:
            summary.counts["censored:" + name] += censored
    if with_turns and scanner.impossible:
        summary.counts[IMPOSSIBLE + COMMIT_DELAY.name] += scanner.impossible
    for name, n in scanner.sums().items():
        if n:
            summary.counts["tokens:" + name] += n
    summary.counts.update({name: n for name, n in scanner.counters().items() if n})
    for entry in scanner.entries("tallied"):
        tally = scanner.plan.tallies[entry.key // 2]
        if entry.n:
            name = tally.default if entry.key % 2 else entry.text
            summary.tally(tally.prefix, name, entry.n)
