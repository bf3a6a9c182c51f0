"""Lines in order of time in, those that were copied from another place of the log out.

What is written at once stands together. Where two equal lines stood farther from each other in the
input than there are lines of their moment, a line of another moment stood between them. No two
responses have one id: where a line names one, what stands beside it was copied with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tuner.call_records.doubled_lines import bare_line, unquoted
from tuner.exports.prints import Print, read
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.layouts import Layouts

_CALL = lazy_pattern(rb'\bjob_?[iI][dD]\b\W{1,4}\w|\bAJ_\w|"room": ?"[^"]')
"""Lines that name no call may be of several that printed the same."""
_REQUEST = lazy_pattern(rb"\bx-request-id\W{1,6}b?\W?\w|\brequest_id\W{1,4}\w")
_MOMENT_S = 1.0
"""Threads and processes write lines in another order within so many seconds."""


def places(lines: Sequence[bytes], of_input: Sequence[int], layouts: Layouts) -> Iterator[int]:
    """The places of such lines, all but the first of those that are equal; `of_input` has the line
    of the input for each."""
    times = _Times(lines, layouts)
    again = [pair for pair in _again(lines) if times.are_equal(*pair)]
    beside = {*_with_responses(lines, of_input, again)}
    for at, before in again:
        apart = abs(of_input[at] - of_input[before])
        is_far = _CALL.search(lines[at]) and apart > times.lines_of_moment(at, apart)
        if at in beside or is_far:
            yield at


def _with_responses(
    lines: Sequence[bytes], of_input: Sequence[int], again: Iterable[tuple[int, int]]
) -> Iterator[int]:
    """The places of lines that stand in a row in the input, as those that they equal do, one of
    which names a response."""
    far: dict[int, list[int]] = {}
    for at, before in again:
        far.setdefault(of_input[at] - of_input[before], []).append(at)
    for apart, places in far.items():
        for row in _rows(sorted(places, key=of_input.__getitem__), of_input):
            if len(row) <= abs(apart) > 1 and any(_REQUEST.search(lines[at]) for at in row):
                yield from row


def _rows(places: Sequence[int], of_input: Sequence[int]) -> Iterator[Sequence[int]]:
    """The places of lines that follow each other in the input."""
    row: list[int] = []
    for at in places:
        if row and of_input[at] != of_input[row[-1]] + 1:
            yield row
            row = []
        row.append(at)
    yield row


def _again(lines: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """The places of lines that equal one above, but for the signs of a quote, each with that of
    the first such line."""
    first: dict[bytes, int] = {}
    for at, line in enumerate(lines):
        text = unquoted(line)
        before = first.setdefault(text, at) if text else at
        if before < at:
            yield at, before


class _Times:
    """The times of lines, read when they are asked for."""

    def __init__(self, lines: Sequence[bytes], layouts: Layouts) -> None:
        self._lines, self._layouts = lines, layouts
        self._known: dict[int, float | None] = {}

    def at(self, place: int) -> float | None:
        """The time of a line in seconds; None if it has none."""
        if place not in self._known:
            found = read(bare_line(self._lines[place]), self._layouts)
            self._known[place] = found.time if isinstance(found, Print) else None
        return self._known[place]

    def are_equal(self, one: int, other: int) -> bool:
        """Whether two lines have the same time."""
        return self.at(one) is not None and self.at(one) == self.at(other)

    def lines_of_moment(self, place: int, most: int) -> int:
        """How many lines around a place are of its moment or have no time; so many at most."""
        n, time = 0, self.at(place) or 0.0
        for step in (-1, 1):
            at = place + step
            while 0 <= at < len(self._lines) and n < most and self._is_of(at, time):
                at, n = at + step, n + 1
        return n + 1

    def _is_of(self, place: int, time: float) -> bool:
        found = self.at(place)
        return found is None or abs(found - time) <= _MOMENT_S
