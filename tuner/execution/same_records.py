"""Inputs in, those out whose records another one holds in another layout: what a file and a console
got of one agent.

Equal figures raise the suspicion; then the beginnings of both are read once more, and each record
of the one has to stand in the other: the same message of the same call at the same time, but for
the zone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, islice
from typing import Any

from tuner.call_records import detection
from tuner.errors import InputError, named
from tuner.execution import event_rows, units
from tuner.exports.prints import is_same, is_same_of_two, is_zoned
from tuner.inputs.chunks import Chunk
from tuner.inputs.find import is_read_once
from tuner.model import Record
from tuner.reading.record_filter import EVERYTHING
from tuner.summary.summary import Summary

_FEWEST, _LOOKED_AT = 20, 2_000
_HEAD_BYTES = 1 << 20
_SURE = 0.95
"""Threads that log at once may be printed in another order."""


def in_two_layouts(inputs: Mapping[str, Summary]) -> dict[str, str]:
    """The inputs with the same records as another one that says more, each with a note."""
    alike: dict[Any, list[str]] = defaultdict(list)
    for path, summary in inputs.items():
        is_read_again = not is_read_once(path) and not detection.source_of(summary.wrappers)
        if summary.records >= _FEWEST and is_read_again:
            alike[_figures(summary)].append(path)
    again: dict[str, str] = {}
    for paths in alike.values():
        again |= _same(paths, inputs) if len(paths) > 1 else {}
    return again


def _figures(summary: Summary) -> tuple[Any, ...]:
    """What summaries of the same records have in common, however those were printed."""
    levels: Counter[str] = Counter()
    for (_, level), n in summary.levels.items():
        levels[level] += n
    return summary.records, frozenset(levels.items())


def _same(paths: Sequence[str], inputs: Mapping[str, Summary]) -> dict[str, str]:
    again: dict[str, str] = {}
    beginning = lru_cache(maxsize=None)(first_records)
    for one, other in combinations(paths, 2):
        if again.keys() & {one, other} or not _agree(inputs[one], inputs[other]):
            continue
        if are_same(beginning(one), beginning(other)):
            less, more = sorted((other, one), key=lambda path: _worth(beginning(path)))
            why = f"the same records as {named(more)}, counted there"
            again[less] = f"{named(less)}: {why}"
    return again


def _agree(one: Summary, other: Summary) -> bool:
    """Whether they are printed in two ways, and begin and end at one time but for the zone."""
    if one.shapes.keys() == other.shapes.keys() and one.wrappers.keys() == other.wrappers.keys():
        return False
    return is_zoned(one.first, other.first) and is_zoned(one.last, other.last)


def first_records(path: str) -> list[Record]:
    """The first records of an input; none where it cannot be read again."""
    try:
        return list(islice(_records(path), _LOOKED_AT))
    except (InputError, OSError):
        return []


def _records(path: str) -> Iterator[Record]:
    for piece in units.pieces(units.Unit(path)):
        head = bytes(piece.chunk.data[:_HEAD_BYTES])
        whole = head if len(head) < _HEAD_BYTES else head[: head.rfind(b"\n") + 1]
        cut = units.Piece(Chunk(whole, at=len(whole)), layouts=piece.layouts)
        yield from (parsed.record for parsed in event_rows.records_of(cut, EVERYTHING)[0])


def _worth(records: Sequence[Record]) -> int:
    """How much records tell beside their messages."""
    return sum(bool(r.job or r.room) + bool(r.body) + (r.clock == "utc") for r in records)


def are_same(one: Sequence[Record], other: Sequence[Record]) -> bool:
    """Whether two logs hold the same records in the same order, times in another zone maybe."""
    if min(len(one), len(other)) < _FEWEST or abs(len(one) - len(other)) > 1:
        return False
    same = sum(map(_is_same, one, other))
    return same >= _SURE * min(len(one), len(other))


def _is_same(one: Record, other: Record) -> bool:
    if one.shape == other.shape:
        return one.body == other.body and is_same(one, other)
    return is_same_of_two(one, other)
