"""Records that take several lines each in, their entries out: many at once by the compiled scan,
which writes them as JSON and takes the lines out of that.

Whatever is in any doubt is left to whoever takes records one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from tuner.exports import many_records
from tuner.exports.entries import ExportEntry
from tuner.exports.many_records import ManyRecords, Waiting

if TYPE_CHECKING:
    from tuner.scan.export_lines import Form, TakenLines
    from tuner.scan.spread_records import JoinedRecords, NamedColumns, RecordJoiner

One = Callable[[bytes, bytes, int, int], ExportEntry | None]
"""The entry of a record: its JSON, how it is written in the export, its line and how many it takes.
"""


class Learnt(Protocol):
    """What was learnt of records that are JSON."""

    @property
    def form(self) -> Form | None:
        """How the scan takes them; None if it cannot."""

    def learn(self, raw: bytes) -> bool:
        """Learn how a record is written that was taken; whether anything new came of it."""


class JoinedEntries:
    """Takes records of a form, `layout.SPREAD_FORMS`, which `records` know; `one` takes those whose
    line is in doubt. Rows of CSV have `columns`."""

    def __init__(
        self, form: str, records: Learnt, one: One, columns: NamedColumns | None = None
    ) -> None:
        self._form, self._records, self._one = form, records, one
        self._columns = columns
        self._many, self._waiting = ManyRecords(fewest=1), Waiting()
        self._joiner: RecordJoiner | None = None

    def join(self, data: bytes, at: int, line: int) -> JoinedRecords | None:
        """The records from a place on that are written in no doubt; None where they are to be taken
        one by one."""
        if self._waiting.is_over(len(data) - at >= many_records.FEWEST_BYTES):
            joiner = self._joiner or _joiner(self._form, self._columns)
            self._joiner = joiner
            found = joiner.join(data, at, line) if joiner is not None else None
            self._waiting.after(found is not None)
            return found
        return None

    def entries(self, found: JoinedRecords) -> Iterator[ExportEntry | TakenLines]:
        """The entries of joined records."""
        at = n = 0
        while at < len(found.text):
            if (taken := self._taken(found, at, n)) is not None:
                yield taken
                at, n = at + taken.size, n + len(taken.time)
                continue
            end = found.text.find(b"\n", at)
            if (entry := self._alone(found.text[at:end], found, n)) is not None:
                yield entry
            at, n = end + 1, n + 1

    def _taken(self, found: JoinedRecords, at: int, n: int) -> TakenLines | None:
        """The lines of the records from one on, with their lines in the export."""
        form = self._records.form
        taken = None if form is None else self._many.take(form, found.text, at, 1)
        if taken is None:
            return None
        of_line, lines_of = (
            each[n : n + len(taken.time)] for each in (found.of_line, found.lines_of)
        )
        return taken._replace(of_line=of_line, lines_of=lines_of, lines=sum(lines_of))

    def _alone(self, raw: bytes, found: JoinedRecords, n: int) -> ExportEntry | None:
        written = found.written[found.places[n] : found.places[n + 1]]
        entry = self._one(raw, written, found.of_line[n], found.lines_of[n])
        if entry is not None and self._records.learn(raw):
            self._many.try_again()
        return entry


def _joiner(form: str, columns: NamedColumns | None) -> RecordJoiner | None:
    """What joins records of this form; None if the scan does not."""
    from tuner import scan  # what small exports do not need
    from tuner.scan.spread_records import RecordJoiner, are_possible

    is_possible = scan.ready() and (columns is None or are_possible(columns))
    return RecordJoiner(form, columns) if is_possible else None
