"""Paths in, every event as a flat row out, in the order of the files. No transcript is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tuner.errors import InputError, named
from tuner.execution import units
from tuner.execution.kept_turn_logs import KeptTurnLogs, TurnLogLines
from tuner.inputs.addresses import without_secrets
from tuner.inputs.archives import Members
from tuner.inputs.chunks import TOO_LONG, Chunk
from tuner.inputs.find import find_inputs, members
from tuner.lines.layouts import Layouts
from tuner.model import Event
from tuner.reading import careful, guard
from tuner.reading.careful import ParsedLine
from tuner.reading.record_filter import Filter
from tuner.summary.summary import Summary, call_key

OnProblem = Callable[[str], None]
"""Is told what is wrong with an input; the events before the damage, and of the others, count."""


def refuse(problem: str) -> None:
    """Raise InputError: a table that lacks something shall not look whole."""
    raise InputError(problem, "Check the path; leave a damaged file out, or repair it.")


def event_rows(
    paths: Sequence[str | Path], only: Filter, on_problem: OnProblem = refuse
) -> Iterator[dict[str, Any]]:
    """Every event that the filter keeps. `on_problem` decides what a bad input costs."""
    for path, piece in pieces(paths, on_problem):
        if piece is None:
            before = 0
            continue
        parsed_lines, lines = events_of(piece, only)
        for parsed, event in parsed_lines:
            yield _row(path, piece.chunk.place(parsed.line, before), parsed, event)
        before += lines


def pieces(
    paths: Sequence[str | Path], on_problem: OnProblem, kept: KeptTurnLogs | None = None
) -> Iterator[tuple[str, units.Piece | None]]:
    """(path, piece) of all inputs; before the first piece of each comes None. An input whose lines
    are `kept` is not read: only those come."""
    kept = kept or KeptTurnLogs(0)
    found = find_inputs(paths, lambda path: _members(path, kept))
    if found.problems:
        lines = [f"{named(path)}: {why}" for path, why in found.problems]
        on_problem(without_secrets("\n".join(lines)))
    for path in found.files:
        yield path, None
        known = kept.of(path)
        for piece in units.pieces(units.Unit(path)) if known is None else map(_piece, known):
            yield path, piece
            if piece.chunk.problem:
                on_problem(without_secrets(f"{named(path)}: {piece.chunk.problem}"))


def _members(path: str, kept: KeptTurnLogs) -> Members:
    """The files of an archive; what was read as a call record is none."""
    return members(path) if kept.of(path) is None else Members([], [])


def _piece(lines: TurnLogLines) -> units.Piece:
    return units.Piece(Chunk(lines.data), layouts=lines.layouts)


def events_of(piece: units.Piece, only: Filter) -> tuple[list[tuple[ParsedLine, Event]], int]:
    """The events of a chunk with their lines, and how many lines it has."""
    found, lines = records_of(piece, only)
    return [(parsed, parsed.event) for parsed in found if parsed.event is not None], lines


def records_of(piece: units.Piece, only: Filter) -> tuple[list[ParsedLine], int]:
    """The records of a chunk that the filter keeps, and how many lines it has."""
    return guard.read(partial(_records_of, layouts=piece.layouts, only=only), piece.chunk)


def _records_of(
    chunk: Chunk, faults: guard.Faults, layouts: Layouts, only: Filter
) -> tuple[list[ParsedLine], int]:
    """The same, but for lines that are known to break the reading."""
    unplaced: list[bytes] = []
    found = _records_in(chunk, only, layouts, unplaced, faults)
    more = careful.with_found(layouts, unplaced)
    return found if more is layouts else _records_in(chunk, only, more, [], faults)


def _records_in(
    chunk: Chunk, only: Filter, layouts: Layouts, unplaced: list[bytes], faults: guard.Faults
) -> tuple[list[ParsedLine], int]:
    found, summary = [], Summary()
    summary.skip(TOO_LONG, chunk.dropped)
    for parsed in careful.read_chunk(chunk, summary, layouts, unplaced, faults):
        summary.lines += parsed.lines
        if only.keeps(parsed.record):
            found.append(parsed)
    return found, summary.lines


def _row(path: str, line: int, parsed: ParsedLine, event: Event) -> dict[str, Any]:
    record = parsed.record
    fields = {k: v for k, v in event.fields.items() if isinstance(v, str | int | float | bool)}
    return {
        "time": record.time,
        "call": call_key(record),
        "job_id": record.job,
        "room": record.room,
        "pid": record.pid,
        "kind": event.kind,
        "level": record.level,
        "logger": record.logger,
        "path": without_secrets(path).encode(errors="replace").decode(),  # names are any bytes
        "line": line,
        **fields,
    }
