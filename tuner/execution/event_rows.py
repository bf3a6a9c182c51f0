"""Paths in, every event as a flat row out, in the order of the files. No transcript is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tuner.errors import InputError
from tuner.execution import units
from tuner.inputs.addresses import without_secrets
from tuner.inputs.chunks import Chunk
from tuner.inputs.find import find_inputs
from tuner.model import Event
from tuner.reading import careful, guard
from tuner.reading.careful import ParsedLine
from tuner.reading.record_filter import Filter
from tuner.summary.summary import Summary, call_key


def event_rows(paths: Sequence[str | Path], only: Filter) -> Iterator[dict[str, Any]]:
    """Every event that the filter keeps. Raises InputError for a path that cannot be read."""
    found = find_inputs(paths)
    if found.problems:
        lines = [f"{path}: {why}" for path, why in found.problems]
        raise InputError(without_secrets("\n".join(lines)), "check the path")
    for path in found.files:
        yield from _rows_of(path, only)


def _rows_of(path: str, only: Filter) -> Iterator[dict[str, Any]]:
    before = 0
    for chunk, *_ in units.pieces(units.Unit(path)):
        if chunk.problem:
            raise InputError(
                without_secrets(f"{path}: {chunk.problem}"), "leave this file out, or repair it"
            )
        lines, kept = guard.read(partial(_events, only=only), chunk)
        for parsed, event in kept:
            yield _row(path, chunk.place(parsed.line, before), parsed, event)
        before += lines


def _events(
    chunk: Chunk, faults: guard.Faults, only: Filter
) -> tuple[int, list[tuple[ParsedLine, Event]]]:
    """How many lines the chunk has, and the events among them."""
    summary, kept = Summary(), []
    summary.skip(careful.TOO_LONG, chunk.dropped)
    for parsed in careful.read(bytes(chunk.data), summary, faults=faults):
        summary.lines += parsed.lines
        if parsed.event is not None and only.keeps(parsed.record):
            kept.append((parsed, parsed.event))
    return summary.lines, kept


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
        "path": without_secrets(path),
        "line": line,
        **fields,
    }
