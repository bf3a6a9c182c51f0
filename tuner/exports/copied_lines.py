"""Lines in order of time as they were written in, those that were copied from another place of the
log out.

What is written at once stands together. Where two equal lines stood farther from each other in the
input than there are lines of their moment, a line of another moment stood between them. No two
responses have one id: where a line names one, what stands beside it was copied with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from tuner.exports.prints import Print, read_row
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.layouts import Layouts

_CALL = lazy_pattern(rb'\bjob_?[iI][dD]\b\W{1,4}\w|\bAJ_\w|"room": ?"[^"]')
"""Lines that name no call may be of several that printed the same."""
_MOST_ROWS = 60
_REQUEST = lazy_pattern(rb"(?:\bx-request-id\W{1,6}b?\W?|\brequest_id\W{1,4})(?!None\b|null\b)\w")
_MOMENT_S = 1.0
"""Threads and processes write lines in another order within so many seconds."""


def places(lines: Sequence[bytes], of_input: Sequence[int], layouts: Layouts) -> Iterator[int]:
    """The places of such lines, all but the first of those that are equal; `of_input` has the line
    of the input for each."""
    times = _Times(lines, layouts)
    again = [pair for pair in _again(lines) if times.are_equal(*pair)]
    far = (at for at, before in again if _is_far(at, before, of_input, times))
    sure = {*_with_responses(lines, of_input, again), *far}
    if sure:
        yield from sure
        yield from _pasted_with(sure, lines, of_input, times)


def _is_far(at: int, before: int, of_input: Sequence[int], times: _Times) -> bool:
    """Whether a line and its copy stand further apart than the lines of their moment."""
    apart = abs(of_input[at] - of_input[before])
    return times.are_copies(before, at) and apart > times.lines_of_moment(at)


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
    """The places of lines that equal one above, each with that of the first such line."""
    first: dict[bytes, int] = {}
    for at, text in enumerate(lines):
        before = first.setdefault(text, at) if text else at
        if before < at:
            yield at, before


def _pasted_with(
    sure: Set[int], lines: Sequence[bytes], of_input: Sequence[int], times: _Times
) -> Iterator[int]:
    """What stands beside copied lines in the input and stands above them, too: it was pasted with
    them, as the result of a search is below the log."""
    above: set[bytes] = set()
    pairs: set[tuple[bytes, bytes]] = set()
    run: list[int] = []
    before = b""
    for at in sorted((at for at, n in enumerate(of_input) if n), key=lambda at: of_input[at]):
        line = lines[at]
        # what has no time goes on with the line before it, as it did above
        goes_on = bool(run) and (before, line) in pairs
        if line in above and (goes_on or times.at(at) is not None):
            run.append(at)
        elif line:
            yield from run if not sure.isdisjoint(run) else ()
            run = []
        above.add(line)
        pairs.add((before, line))
        before = line
    yield from run if not sure.isdisjoint(run) else ()


class _Times:
    """The times of lines, read when they are asked for."""

    def __init__(self, lines: Sequence[bytes], layouts: Layouts) -> None:
        self._lines, self._layouts = lines, layouts
        self._known: dict[int, float | None] = {}
        self._first = self._behind = 0

    def at(self, place: int) -> float | None:
        """The time of a line in seconds; None if it has none."""
        if place not in self._known:
            found = read_row(self._lines[place], self._layouts)
            self._known[place] = found.time if isinstance(found, Print) else None
        return self._known[place]

    def are_copies(self, first: int, second: int) -> bool:
        """Whether the records of two equal lines are equal to their ends, and name their call."""
        whole = self._record(second)
        return _CALL.search(whole) is not None and self._record(first) == whole

    def _record(self, place: int) -> bytes:
        """A line with those below it that have no time: a narrow screen breaks its fields."""
        if _CALL.search(self._lines[place]):
            return self._lines[place]
        end = place + 1
        while end < min(len(self._lines), place + _MOST_ROWS) and self.at(end) is None:
            end += 1
        return b"\n".join(self._lines[place:end])

    def are_equal(self, one: int, other: int) -> bool:
        """Whether two lines have the same time."""
        return self.at(one) is not None and self.at(one) == self.at(other)

    def lines_of_moment(self, place: int) -> int:
        """How many lines around a place are of its moment or have no time. Places are asked for in
        order, as times are: what was passed is not looked at again."""
        time = self.at(place) or 0.0
        at = self._first
        while at < place:
            found = self.at(at)
            if found is not None and found >= time - _MOMENT_S:
                break
            at += 1
            self._first = at if found is not None else self._first
        self._behind = max(self._behind, place + 1)
        while self._behind < len(self._lines) and self._is_before(self._behind, time + _MOMENT_S):
            self._behind += 1
        return self._behind - self._first

    def _is_before(self, place: int, end: float) -> bool:
        found = self.at(place)
        return found is None or found <= end
