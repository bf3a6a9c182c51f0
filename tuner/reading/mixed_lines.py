"""A chunk in which plain text and LiveKit's JSON take turns in, the lines of each out.

So is what a log of Pipecat becomes: its own lines, and between them those of the turn log. The scan
knows one layout at a time; where no line depends on one of the other kind, each is scanned alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tuner.inputs.chunks import ChunkOrigin
from tuner.reading.rich_regions import is_screen
from tuner.scan import Lines, LineSorter, Mixed
from tuner.summary.summary import Summary

_FEWEST = 100
CLOCKS = {"utc", "naive", ""}
"""With others a time depends on the lines around it."""


def is_possible(origin: ChunkOrigin | None) -> bool:
    """Whether lines were made of a call record, which are put in order, and counted, one by one."""
    return origin is not None and not origin.stamped and max(origin.taken, default=1) == 1


def split(data: bytes) -> Mixed | None:
    """The lines of each kind; None if there are few of one, or if a line may belong to one of
    another kind."""
    found = _sorter().split(data)
    if found is None or min(len(found.text.numbers), _json_lines(found)) < _FEWEST:
        return None
    return None if is_screen(found.text.data) else found


@cache
def _sorter() -> LineSorter:
    """One for the process: its memory is used again for each chunk."""
    return LineSorter()


def _json_lines(found: Mixed) -> int:
    return len(found.zoned.numbers) + len(found.unzoned.numbers)


def join(parts: Sequence[tuple[Summary, Lines]]) -> None:
    """Add the summaries of all to that of the first, by the lines of the chunk."""
    (summary, _), *others = parts
    for one, lines in parts:
        for found in filter(None, (one, one.echo)):
            _renumber(found, lines.numbers)
            found.lines = 0
    for other, _ in others:
        summary.merge(other)
    summary.lines = sum(len(lines.numbers) for _, lines in parts)


def _renumber(summary: Summary, numbers: Sequence[int]) -> None:
    for name, places in summary.evidence.items():
        summary.evidence[name] = [(numbers[line - 1], raw) for line, raw in places]
