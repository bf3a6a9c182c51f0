"""A log in which plain text without ids stands beside other records in, whether that text only
repeats them out: a second handler prints the same, and two logs in one file do not.

As often of each kind is no proof, for short calls are alike. What both say decides: figures, the
times of single lines, and whether they stand among each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tuner.exports import prints
from tuner.exports.prints import Print
from tuner.lines import look, wrappers
from tuner.lines.catalogue.livekit import COMMIT_DELAY
from tuner.stats.histogram import Histogram
from tuner.summary.summary import Summary

_SLACK, _LEAST = 0.05, 3
_MOST_OTHERS = 2
"""So many lines may stand at the ends of one of both only."""
_FIGURES, _SAME_FIGURES = 3, 0.8
_SAME_TIMES = 0.5
"""Only the first lines of a kind are kept, and the first may be missing in one of both."""


class _Line(NamedTuple):
    """Where a line stands, and the record on it."""

    at: int
    found: Print


def is_alike(summary: Summary) -> bool:
    """Whether the plain text has every kind of event as often as the other records, but for a few
    lines at the ends."""
    if summary.echo is None:
        return False
    kinds = {k: n for k, n in summary.echo.counts.items() if n and ":" not in k}
    repeated = sum(kinds.values())
    differ = sum(abs(n - summary.counts[kind]) for kind, n in kinds.items())
    return repeated >= _LEAST and differ <= max(_MOST_OTHERS, _SLACK * repeated)


def repeats(summary: Summary) -> bool | None:
    """Whether the plain text repeats the other records; None where nothing in them shows it."""
    echo = summary.echo
    if echo is None or not is_alike(summary):
        return False
    for look_at in (_by_figures, _by_lines, _by_places):
        if (found := look_at(summary, echo)) is not None:
            return found
    return None


def _by_figures(summary: Summary, echo: Summary) -> bool | None:
    """Lengths of time are the same to the millisecond, or they are of other turns."""
    mine = echo.histograms.items()
    pairs = [(h, summary.histograms.get(name)) for name, h in mine if name != COMMIT_DELAY.name]
    shared = [(one, other) for one, other in pairs if other is not None]
    of = sum(one.n for one, _ in shared)
    if of < _FIGURES:
        return None
    return sum(_common(one, other) for one, other in shared) >= _SAME_FIGURES * of


def _common(one: Histogram, other: Histogram) -> int:
    """How many values stand in both; a layout may round them otherwise."""
    left = dict(other.counts)
    found = 0
    for value, n in sorted(one.counts.items()):
        for near in (value, value - 1, value + 1):
            taken = min(n, left.get(near, 0))
            found, n = found + taken, n - taken
            left[near] = left.get(near, 0) - taken
    return found


def _by_lines(summary: Summary, echo: Summary) -> bool | None:
    """Lines of one kind have the same times, but for the zone."""
    mine, others = _lines(echo), _lines(summary)
    timed = [
        (line, [other for other in others[kind] if other.found.time is not None])
        for kind in mine.keys() & others.keys()
        for line in mine[kind]
        if line.found.time is not None
    ]
    compared = [(line, there) for line, there in timed if there]
    if not compared:
        return None
    same = sum(any(_is_same(line, each) for each in there) for line, there in compared)
    return same >= _SAME_TIMES * len(compared)


def _is_same(one: _Line, other: _Line) -> bool:
    return prints.is_same_of_two(one.found, other.found)


def _lines(summary: Summary) -> Mapping[str, list[_Line]]:
    """The lines that are kept of each kind."""
    places = {place for each in summary.evidence.values() for place in each}
    layouts = look.look(b"\n".join(raw for _, raw in sorted(places)))

    def read() -> Iterator[tuple[str, list[_Line]]]:
        for kind, each in summary.evidence.items():
            found = ((at, prints.read(wrappers.peel(raw).text, layouts)) for at, raw in each)
            yield kind, [_Line(at, one) for at, one in found if isinstance(one, Print)]

    return dict(read())


def _by_places(summary: Summary, echo: Summary) -> bool | None:
    """Handlers print by turns; of logs one behind the other the lines stand apart, as they do where
    the second handler's were appended."""
    mine, others = _places(echo), _places(summary)
    if not mine or not others:
        return None
    return True if max(mine[0], others[0]) < min(mine[-1], others[-1]) else None


def _places(summary: Summary) -> list[int]:
    kept = (each for kind, each in summary.evidence.items() if kind != "unread")
    return sorted({at for each in kept for at, _ in each})
