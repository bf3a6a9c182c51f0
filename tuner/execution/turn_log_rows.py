"""Paths in, the events of the turn log out, with all their fields, in the order of the files.

Only lines that name the turn log's logger are parsed: the others are skipped as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from tuner.execution import bare_lines, units
from tuner.execution.event_rows import OnProblem, pieces, refuse
from tuner.execution.kept_turn_logs import KeptTurnLogs, named, names
from tuner.execution.sampled_calls import SampledCalls, names_its_job
from tuner.inputs.chunks import Chunk
from tuner.lines import bare_turn_log
from tuner.lines.catalogue.table import BY_KIND
from tuner.model import Kind
from tuner.reading.record_filter import Filter
from tuner.summary.summary import call_key

_KINDS: frozenset[Kind] = frozenset(
    ("session_started", "turn", "interruption", "sound", "openai_call", "session_ended")
)
_READ_LINE = bare_turn_log.reader(
    {kind: [field.name for field in BY_KIND[kind].fields] for kind in _KINDS}
)
TurnLogRow = tuple[str, float | None, str, Mapping[str, Any], str]
"""The key of the call, the time of the line in epoch seconds, kind and fields of the event, and
the room ("" if the line names none)."""


def sampled_rows(
    paths: Sequence[str | Path], only: Filter, kept: KeptTurnLogs, on_problem: OnProblem = refuse
) -> list[TurnLogRow]:
    """The events of a sample of the calls: all of them, or so many of more.

    Lines that name their job are parsed at the end: most of the first ones are not in the sample
    any more. The others are parsed as they come, since only that shows their calls. `kept` says how
    many calls, and holds the lines that are known from a reading before.
    """
    sample, found = kept.sample, list[units.Piece | list[TurnLogRow]]()
    for _, piece in pieces(paths, on_problem, kept):
        if piece is not None:
            lines = named(sample.lines(bytes(piece.chunk.data)))
            some = _with_lines(piece, lines)
            if all(map(names_its_job, lines)):
                found.append(some)
            else:
                found.append([row for row in _rows_of(some, only) if sample.takes(row[0])])
                sample.halved()
    return _in_sample(sample, found, only)


def _in_sample(
    sample: SampledCalls, kept: Sequence[units.Piece | list[TurnLogRow]], only: Filter
) -> list[TurnLogRow]:
    found = chain.from_iterable(
        each if isinstance(each, list) else _rows_of(_still_in(sample, each), only) for each in kept
    )
    rows = [row for row in found if sample.takes(row[0])]
    sample.halved()
    return [row for row in rows if sample.takes(row[0])]


def _still_in(sample: SampledCalls, piece: units.Piece) -> units.Piece:
    return _with_lines(piece, sample.lines(bytes(piece.chunk.data)))


def turn_log_rows(
    paths: Sequence[str | Path], only: Filter, on_problem: OnProblem = refuse
) -> Iterator[TurnLogRow]:
    """Every event of the turn log. `on_problem` decides what a bad input costs."""
    for _, piece in pieces(paths, on_problem):
        if piece is not None:
            lines = named(bytes(piece.chunk.data).split(b"\n"))
            yield from _rows_of(_with_lines(piece, lines), only)


def _with_lines(piece: units.Piece, lines: Sequence[bytes]) -> units.Piece:
    """These lines of a piece by themselves, which may outlive it."""
    return units.Piece(Chunk(b"\n".join(lines)), layouts=piece.layouts)


def _rows_of(piece: units.Piece, only: Filter) -> Iterator[TurnLogRow]:
    for record, event in bare_lines.reported(piece, only, names, _READ_LINE):
        if event.kind in _KINDS:
            yield call_key(record), record.time, event.kind, event.fields, record.room or ""
