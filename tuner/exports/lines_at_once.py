"""Lines whose signs were changed in, their entries out: most of them many at once.

What the compiled scan does not undo for sure is undone line by line, and read as `PlainLines` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from tuner.exports import many_records
from tuner.exports.entries import ExportEntry
from tuner.exports.many_records import ManyRecords
from tuner.exports.plain_lines import PlainLines, time_or_time_of_day, whole_lines
from tuner.exports.rewritten_lines import JSON_TEXTS, PAIRS, Rewriting
from tuner.exports.rewritten_text import begins
from tuner.lines import look

if TYPE_CHECKING:
    from tuner.exports.record_kinds import RecordKinds
    from tuner.scan.export_lines import Form, TakenLines

CHANGES = (JSON_TEXTS, PAIRS)
"""Those that the scan undoes."""


class LinesAtOnce(PlainLines):
    """As `PlainLines` of the lines with their change undone."""

    def __init__(self, blocks: Iterable[bytes], change: Rewriting) -> None:
        super().__init__(blocks)
        self._change, self._many = change, ManyRecords()
        self._kinds: RecordKinds | None = None
        self._form: Form | None = None

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """One entry a line, or many at once; the pieces of a split record are one entry."""
        for data in whole_lines(self._blocks):
            yield from many_records.of_lines(data, self._at_once, self._one)
        yield from self._rest()

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a record begins on the line at this place, and nothing goes on from above."""
        return begins(self._change, data, at)

    def of_range(self, blocks: Iterable[bytes]) -> LinesAtOnce:
        """A reader of a range of the same lines."""
        return LinesAtOnce(blocks, self._change)

    def _one(self, raw: bytes) -> Iterator[ExportEntry]:
        """Take a line alone."""
        line = self._change.undone(raw.rstrip(b"\r"))
        if not self.lines:
            self._begin(line + b"\n")
        elif self._kinds is not None and self._kinds.learn(raw.rstrip(b"\r")):
            self._many.try_again()
        yield from self._add(line)

    def _begin(self, first: bytes) -> None:
        """Look at the first line; where it stands in nothing, others may be taken at once."""
        self._layouts = look.look(first[: look.HEAD_BYTES])
        if self._layouts.found:
            return
        from tuner.scan.export_lines import TextLines

        if self._change.name == JSON_TEXTS:
            self._form = TextLines()
        else:
            self._kinds = _known(self._change)
            self._form = self._kinds.known

    def _at_once(self, data: bytes, at: int) -> TakenLines | None:
        """The lines from a place on that are in no doubt."""
        if self._form is None or self._pieces:
            return None
        found = self._many.take(self._form, data, at, self.lines + 1)
        if found is not None:
            self.lines, self._near = found.next_line - 1, found.time[-1]
        return found


@lru_cache(maxsize=2)
def _known(change: Rewriting) -> RecordKinds:
    """What this process has learnt of lines with this change: each line stands for itself."""
    from tuner.exports import record_kinds, record_values

    def entry_of(raw: bytes, line: int, lines: int) -> ExportEntry | None:
        text = change.undone(raw)
        time, is_of_day = time_or_time_of_day(text)
        return None if is_of_day else ExportEntry(text, time, line, lines)

    style = record_kinds.Style(record_values.in_pairs, is_line=True, is_timed=False)
    return record_kinds.RecordKinds(entry_of, style)
