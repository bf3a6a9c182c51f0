"""Paths in, the events of the turn log out, with all their fields, in the order of the files.

Only lines that name the turn log's logger are parsed: the others are skipped as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tuner.execution import units
from tuner.execution.event_rows import OnProblem, events_of, pieces, refuse
from tuner.execution.sampled_calls import SampledCalls
from tuner.lines.turn_log_lines import LOGGER
from tuner.reading.record_filter import Filter
from tuner.summary.summary import call_key

_KINDS = frozenset(
    ("session_started", "turn", "interruption", "sound", "openai_call", "session_ended")
)
_NAME = LOGGER.encode()
TurnLogRow = tuple[str, float | None, str, Mapping[str, Any], str]
"""The key of the call, the time of the line in epoch seconds, kind and fields of the event, and
the room ("" if the line names none)."""


def sampled_rows(
    paths: Sequence[str | Path], only: Filter, most_calls: int, on_problem: OnProblem = refuse
) -> list[TurnLogRow]:
    """The events of a sample of the calls: all of them, or so many of more."""
    sample, kept = SampledCalls(most_calls), list[TurnLogRow]()
    for _, piece in pieces(paths, on_problem):
        if piece is not None:
            sample.meets(bytes(piece.chunk.data))
            rows = _rows_of(piece, only, sample.takes_line)
            kept += (row for row in rows if sample.takes(row[0]))
            sample.halved()
    return [row for row in kept if sample.takes(row[0])]


def turn_log_rows(
    paths: Sequence[str | Path], only: Filter, on_problem: OnProblem = refuse
) -> Iterator[TurnLogRow]:
    """Every event of the turn log. `on_problem` decides what a bad input costs."""
    for _, piece in pieces(paths, on_problem):
        if piece is not None:
            yield from _rows_of(piece, only)


def _rows_of(
    piece: units.Piece, only: Filter, wanted: Callable[[bytes], bool] = bool
) -> Iterator[TurnLogRow]:
    lines = bytes(piece.chunk.data).split(b"\n")
    named = b"\n".join(line for line in lines if _NAME in line and wanted(line))
    parsed_lines, _ = events_of(piece._replace(chunk=piece.chunk._replace(data=named)), only)
    for parsed, event in parsed_lines:
        if event.kind in _KINDS:
            record = parsed.record
            yield call_key(record), record.time, event.kind, event.fields, record.room or ""
