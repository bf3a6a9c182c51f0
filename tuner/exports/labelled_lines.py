"""What logcli printed, labels before each line, in; the entries of the lines out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from tuner.exports import many_records, rendering, times
from tuner.exports.entries import ExportEntry
from tuner.exports.many_records import ManyRecords
from tuner.exports.plain_lines import time_of, whole_lines
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

_LABELS = lazy_pattern(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    rb'\{(?:[A-Za-z_]\w*="(?:[^"\\]|\\.)*"(?:, )?)*\}([ \t]+)'
)
_SAMPLE = 200


class LabelledLines:
    """The entries of what logcli printed: `TIME {label="value"} line`."""

    name = "logcli"

    def __init__(self, blocks: Iterable[bytes], gap: tuple[int, int] = (0, 0)) -> None:
        """`gap` is what `_label_gap` found in the first lines, if anybody looked."""
        self._blocks, self._many = iter(blocks), ManyRecords()
        self._gap, self._column = gap
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """One entry a line, or many at once."""
        first = next(self._blocks, b"")
        if not self._gap:
            self._gap, self._column = _label_gap(first)
        for data in whole_lines(chain([first], self._blocks)):
            yield from many_records.of_lines(data, self._at_once, self._one)

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a record begins on the line at this place."""
        return _LABELS.match(data, at) is not None

    def of_range(self, blocks: Iterable[bytes]) -> LabelledLines:
        """A reader of a range of the same export."""
        return LabelledLines(blocks, (self._gap, self._column))

    def _one(self, line: bytes) -> Iterator[ExportEntry]:
        """Take a line alone."""
        self.lines += 1
        match = _LABELS.match(line)
        if match is None:
            yield ExportEntry(line, time_of(line), self.lines)
            return
        start = min(max(self._column, match.start(2) + self._gap), match.end())
        found = rendering.line(line[start:], times.parse(match[1].decode()))
        yield ExportEntry(found[0], found[1], self.lines, 1, found[2])

    def _at_once(self, data: bytes, at: int) -> TakenLines | None:
        """The lines from a place on that are in no doubt."""
        from tuner.scan.export_lines import Labels  # what small exports do not need

        found = self._many.take(Labels(self._gap, self._column), data, at, self.lines + 1)
        self.lines += len(found.time) if found else 0
        return found


def _label_gap(head: bytes) -> tuple[int, int]:
    """How many blanks stand behind the labels, and the column at which texts begin where labels
    are filled up to the longest (0 if they are not). More blanks belong to the text."""
    found = [match for line in head.split(b"\n")[:_SAMPLE] if (match := _LABELS.match(line))]
    if not found:
        return 1, 0
    column = min(match.end() for match in found)
    is_filled = column > max(match.start(2) for match in found)
    ends = {match.start(2) for match in found}
    return min(len(match[2]) for match in found), column if is_filled and len(ends) > 1 else 0


def is_labelled(head: bytes) -> bool:
    """Whether text begins as logcli prints it."""
    return _LABELS.match(head) is not None
