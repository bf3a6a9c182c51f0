"""Entries of a log that is put in order in, those without a time behind the record they are of out.

What stands below a record has no time, and stays behind the entry before it. Where several programs
write to one log, that is the last one of its program. Where each line was stored by itself and the
newest stands first, it is the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from tuner.exports.entries import ExportEntry
from tuner.lines.layouts import NONE, Layouts
from tuner.lines.unwrap import unmarked, without_wrappers
from tuner.lines.wrappers import Peeled

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

_MOST = 1_000
"""So many lines are held, so many programs known, so many lines of many taken at once looked at."""


class LinesBelow:
    """What was passed of a log; `layouts` are the file's."""

    def __init__(self, layouts: Layouts = NONE, first: Sequence[bytes] = ()) -> None:
        self._layouts = layouts
        self._newest_first = is_newest_first(self._peeled(line).time for line in first)
        self._times: dict[str, float] = {}
        self._last = ""
        self._held: dict[str, list[ExportEntry]] = {}
        self._taken: TakenLines | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether lines are held for a record that comes later."""
        return bool(self._held)

    def take(self, found: TakenLines) -> None:
        """Many lines with times were passed at once."""
        self._times, self._taken = {}, found

    def placed(self, entry: ExportEntry) -> Iterable[ExportEntry]:
        """What is finished with the next entry."""
        peeled = self._peeled(entry.text)
        name = peeled.stream
        if entry.time is not None:
            return self._dated(entry, entry.time, name)
        if self._newest_first and peeled.time is not None:
            held = self._held.setdefault(name, [])
            held.append(entry)
            return () if len(held) < _MOST else self._held.pop(name)
        return (self._behind_its_program(entry, name),)

    def rest(self) -> Iterator[ExportEntry]:
        """What was held for records that did not come."""
        for held in self._held.values():
            yield from held
        self._held = {}

    def _peeled(self, line: bytes) -> Peeled:
        return without_wrappers(unmarked(line), self._layouts.wrappers)

    def _dated(self, entry: ExportEntry, time: float, name: str) -> Iterable[ExportEntry]:
        if len(self._times) >= _MOST:
            self._times = {}
        self._times[name], self._last = time, name
        return (entry, *reversed(self._held.pop(name, ())))

    def _behind_its_program(self, entry: ExportEntry, name: str) -> ExportEntry:
        """The entry, with the time of its record where another program's line stands between."""
        if name and name not in self._times and self._taken is not None:
            self._look_back(self._taken, name)
        if not name or name == self._last or name not in self._times:
            return entry
        self._last = name
        return entry._replace(time=self._times[name])

    def _look_back(self, found: TakenLines, name: str) -> None:
        """Look for the program among the last lines that were taken at once."""
        lines = found.text.removesuffix(b"\n").split(b"\n")
        for line, time in list(zip(lines, found.time, strict=False))[: -_MOST - 1 : -1]:
            if self._peeled(line).stream == name:
                self._times[name] = time
                return


def is_newest_first(times: Iterable[float | None]) -> bool:
    """Whether the times of lines fall more often than they rise."""
    steps = [later - time for time, later in pairwise(time for time in times if time is not None)]
    return sum(step < 0 for step in steps) > sum(step > 0 for step in steps)
