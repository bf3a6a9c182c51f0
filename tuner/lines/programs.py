"""The lines of several programs in one log in, to which of them each belongs out; and their records
in the order in which they began.

Docker Compose, PM2, honcho, turbo and their like write the lines of programs between one another,
each behind the name of its program. What stands below a record belongs to the last one of the same
program.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tuner.lines import records
from tuner.lines.open_records import MOST_BELOW, OpenRecord
from tuner.lines.parsed import Parsed, Unwrapped

MOST_PROGRAMS = 64
"""Of so many programs the lines are told apart; then the first one's record is given as it is."""


@dataclass(slots=True)
class Program:
    """What has to be known of the lines of one program above: its record that may go on, whether
    that is in a traceback, and the time of its last row of a screen."""

    name: str = ""
    time: str = ""
    open: OpenRecord | None = None
    in_traceback: bool = False


class Programs:
    """The programs of a log, and what they have finished but others began before."""

    def __init__(self, first: Program) -> None:
        self._all = {first.name: first}
        self._waiting: list[tuple[int, int, Parsed]] = []
        self._count = 0

    def of(self, line: Unwrapped, last: Program) -> Program:
        """Whose line it is; `last` is the program of the line before.

        What goes on without a name belongs to the record above it: some write the name before the
        first line only. A name below a record without one may be a text with a bar in it.
        """
        name = line.peeled.stream
        known = self._all.get(name)
        if not name and records.goes_on(line.peeled.text):
            return last
        if known is None and not last.name and last.open is not None:
            return last
        return known or self._new(name)

    def _new(self, name: str) -> Program:
        self._all[name] = Program(name)
        return self._all[name]

    def in_order(self, found: Iterable[Parsed], at: int) -> Iterator[Parsed]:
        """What was found up to a line, as far as no record that began before is open."""
        self._wait(found)
        while at - self._first() > MOST_BELOW or len(self._all) > MOST_PROGRAMS:
            self._close(min(self._all.values(), key=_begins))
        first = self._first()
        while self._waiting and self._waiting[0][0] < first:
            yield heapq.heappop(self._waiting)[-1]

    def rest(self) -> Iterator[Parsed]:
        """All that is left."""
        for program in list(self._all.values()):
            self._close(program)
        while self._waiting:
            yield heapq.heappop(self._waiting)[-1]

    def _first(self) -> float:
        """The first line of a record that is open."""
        return min(map(_begins, self._all.values()))

    def _wait(self, found: Iterable[Parsed]) -> None:
        for parsed in found:
            self._count += 1
            heapq.heappush(self._waiting, (parsed.line, self._count, parsed))

    def _close(self, program: Program) -> None:
        """Close the record of a program, and forget the program where there are too many."""
        if program.open is not None:
            self._wait([program.open.closed()])
            program.open = None
        if len(self._all) > MOST_PROGRAMS:
            del self._all[program.name]


def _begins(program: Program) -> float:
    """The line on which a program's open record begins."""
    return float("inf") if program.open is None else program.open.start.line
