"""Records like those before in, their lines out: many at once by the compiled scan.

Whatever is in any doubt is left to whoever takes records one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tuner.exports.entries import ExportEntry
from tuner.inputs.chunks import MAX_LINE

if TYPE_CHECKING:
    from tuner.scan.export_lines import Form, Gap, LineTaker, TakenLines

FEWEST_BYTES = 1 << 16
"""What is less is read sooner than the scan is loaded."""
_LONGEST_WAIT = 1 << 10


class Waiting:
    """After a record in doubt `wait` are taken one by one before many are tried again: more each
    time that nothing came of it."""

    def __init__(self) -> None:
        self.wait, self._before = 0, 1

    def is_over(self, are_many: bool) -> bool:
        """Whether it is time to try; a record is taken alone where not."""
        if self.wait or not are_many:
            self.wait = max(self.wait - 1, 0)
            return False
        return True

    def after(self, came: bool) -> None:
        """Wait, as something came of the try or not."""
        self._before = 1 if came else min(2 * self._before, _LONGEST_WAIT)
        self.wait = self._before

    def try_again(self) -> None:
        """More records are in no doubt than before: try the next one."""
        self.wait, self._before = 0, 1


class ManyRecords(Waiting):
    """Takes records as long as they are in no doubt. `fewest`: from how many bytes on, if that is
    not FEWEST_BYTES."""

    def __init__(self, fewest: int = 0) -> None:
        super().__init__()
        self._fewest = fewest
        self._form: Form | None = None
        self._taker: LineTaker | None = None

    def take(
        self,
        form: Form,
        data: bytes,
        at: int,
        line: int,
        last: int = 0,
        gaps: Sequence[Gap] = (),
    ) -> TakenLines | None:
        """The lines of the records from a place on, as `LineTaker.take` gives them; None where they
        are to be taken one by one."""
        if not self.is_over(len(data) - at >= (self._fewest or FEWEST_BYTES)):
            return None
        if form != self._form:
            self._form, self._taker = form, _taker(form)
        taker = self._taker
        found = taker.take(data, at, line, last, gaps) if taker is not None else None
        self.after(found is not None)
        return found


def of_lines(
    data: bytes,
    take: Callable[[bytes, int], TakenLines | None],
    one: Callable[[bytes], Iterable[ExportEntry]],
) -> Iterator[ExportEntry | TakenLines]:
    """The entries of whole lines: `take` gives those from a place on; where that gives none, `one`
    those of a line, without its newline."""
    at = 0
    while at < len(data):
        if (found := take(data, at)) is not None:
            yield found
            at += found.size
            continue
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        yield from one(data[at:end])
        at = end + 1


def _taker(form: Form) -> LineTaker | None:
    """What takes records of this form; None if the scan does not."""
    from tuner import scan  # what small exports do not need
    from tuner.scan.export_lines import LineTaker, is_possible

    return LineTaker(form, MAX_LINE) if scan.ready() and is_possible(form) else None


def one_by_one(entries: Iterable[ExportEntry | TakenLines]) -> Iterator[ExportEntry]:
    """The same, each record an entry of its own."""
    for found in entries:
        if isinstance(found, ExportEntry):
            yield found
            continue
        columns = (found.text.split(b"\n"), found.time, found.of_line, found.lines_of)
        for text, time, line, lines in zip(*columns, strict=True):
            yield ExportEntry(text, time, line, lines, found.stamped > 0)
