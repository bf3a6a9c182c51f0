"""What logcli printed, labels before each line, in; the entries of the lines out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from tuner.exports import many_records, pairs, rendering, times
from tuner.exports.entries import ExportEntry
from tuner.exports.many_records import ManyRecords
from tuner.exports.plain_lines import time_of, whole_lines
from tuner.exports.taking import Records
from tuner.exports.typed_records import decoded
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

_LABELS = lazy_pattern(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    rb'\{(?:[A-Za-z_]\w*="(?:[^"\\]|\\.)*"(?:, )?)*\}([ \t]+)'
)
_LABEL = lazy_pattern(rb'([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*")')
_SAMPLE = 200


class LabelledLines:
    """The entries of what logcli printed: `TIME {label="value"} line`."""

    name = "logcli"

    def __init__(self, blocks: Iterable[bytes], like: LabelledLines | None = None) -> None:
        """`like` reads another range of the same, and looked at the first lines."""
        self._blocks, self._many = iter(blocks), ManyRecords()
        self._records = Records()
        self._is_bare: bool = like is not None and like._is_bare
        self._gap: int = like._gap if like else 0
        self._column: int = like._column if like else 0
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """One entry a line, or many at once."""
        first = next(self._blocks, b"")
        if not self._gap:
            self._gap, self._column = _label_gap(first)
            self._is_bare = any(_record(*each) for each in _sample(first))
        for data in whole_lines(chain([first], self._blocks)):
            yield from many_records.of_lines(data, self._at_once, self._one)

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a record begins on the line at this place."""
        return _LABELS.match(data, at) is not None

    def of_range(self, blocks: Iterable[bytes]) -> LabelledLines:
        """A reader of a range of the same export."""
        return LabelledLines(blocks, self)

    def _one(self, line: bytes) -> Iterator[ExportEntry]:
        """Take a line alone."""
        self.lines += 1
        match = _LABELS.match(line)
        if match is None:
            yield ExportEntry(line, time_of(line), self.lines)
            return
        start = min(max(self._column, match.start(2) + self._gap), match.end())
        if self._is_bare and (record := _record(match, line[start:])):
            taken = self._records.take(record, self.lines, 1)
            yield taken or ExportEntry(line, time_of(line), self.lines)
            return
        found = rendering.line(line[start:], times.parse(match[1].decode()))
        yield ExportEntry(found[0], found[1], self.lines, 1, found[2])

    def _at_once(self, data: bytes, at: int) -> TakenLines | None:
        """The lines from a place on that are in no doubt."""
        if self._is_bare:
            return None
        from tuner.scan.export_lines import Labels  # what small exports do not need

        found = self._many.take(Labels(self._gap, self._column), data, at, self.lines + 1)
        self.lines += len(found.time) if found else 0
        return found


def _sample(head: bytes) -> Iterator[tuple[re.Match[bytes], bytes]]:
    """Labels in the beginning, each with the text behind them."""
    for line in head.split(b"\n")[:_SAMPLE]:
        if match := _LABELS.match(line):
            yield match, line[match.end() :]


def _record(match: re.Match[bytes], text: bytes) -> bytes | None:
    """A message alone as the record that its labels make of it; None if it is none."""
    labels = {name.decode(): decoded(value) for name, value in _LABEL.findall(match[0])}
    record = pairs.bare(match[1].decode(), text.decode(errors="replace"), labels)
    return None if record is None else msgspec.json.encode(record)


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
