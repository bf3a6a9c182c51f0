"""A log of lines in, its entries out: each dated line with the undated ones below it.

Only a log that is not in order of time is read this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeAlias

from tuner.exports import many_records
from tuner.exports.entries import ExportEntry, own_time
from tuner.exports.lines_below import LinesBelow
from tuner.exports.many_records import ManyRecords
from tuner.inputs.chunks import MAX_LINE, is_partial
from tuner.lines import clocks, look, records, rich_rows, timestamps, wrappers
from tuner.lines.find_layouts import plain_text
from tuner.lines.layouts import NONE, Layouts
from tuner.lines.timestamps import on_nearest_day
from tuner.lines.unwrap import unmarked, without_prefix
from tuner.model import Record

if TYPE_CHECKING:
    from tuner.exports.plain_objects import PlainObjects
    from tuner.scan.export_lines import DatedLines, TakenLines


_BARE = b'{"message": "'
_LOOKED_AT = 200
_WORTH = 1 << 18
"""How lines begin is learnt of so many bytes of them."""


class KnownLines(Protocol):
    """What is known of how the lines of a log begin."""

    form: DatedLines

    def learn(self, lines: Iterable[bytes]) -> bool:
        """Learn how lines begin; False if nothing new came of it."""


LearnLines: TypeAlias = Callable[[Layouts, Sequence[bytes]], "KnownLines | None"]
"""What can be known of lines like these in a log of such layouts."""


class PlainLines:
    """The entries of a stream of lines; `lines` is how many lines were passed so far."""

    name = ""

    def __init__(self, blocks: Iterable[bytes], learn: LearnLines | None = None) -> None:
        self._blocks, self._learn = blocks, learn
        self.lines = 0
        self._near: float | None = None
        self._layouts, self._below = NONE, LinesBelow()
        self._pieces: list[bytes] = []
        self._size = 0
        self._bare_lines, self._dated_lines = ManyRecords(), ManyRecords()
        self._known: KnownLines | None = None
        self._objects: PlainObjects | None = None

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """One entry a line; the pieces of a split record are one entry."""
        blocks = iter(self._blocks)
        first = next(blocks, b"")
        self._layouts = look.look(first[: look.HEAD_BYTES])
        self._below = LinesBelow(self._layouts, first.split(b"\n", _LOOKED_AT)[:_LOOKED_AT])
        for data in whole_lines(chain([first], blocks)):
            self._look_at(data)
            yield from many_records.of_lines(data, self._together, self._alone)
        yield from self._rest()
        yield from self._below.rest()

    def _look_at(self, data: bytes) -> None:
        """Learn how lines begin, or objects of JSON are written, once there are many of them."""
        if self._learn is None or len(data) < _WORTH:
            return
        if data.startswith(b"{"):
            from tuner.exports.plain_objects import PlainObjects  # what small logs do not need

            self._objects = PlainObjects(partial(time_of, layouts=self._layouts))
        else:
            self._known = self._learn(self._layouts, data.split(b"\n", _LOOKED_AT)[:_LOOKED_AT])
        self._learn = None

    def _alone(self, line: bytes) -> Iterator[ExportEntry]:
        """Take a line that is in doubt."""
        if self._known is not None and self._known.learn((line,)):
            self._dated_lines.try_again()
        if self._objects is not None:
            self._objects.learn(line)
        return self._add(line)

    def _together(self, data: bytes, at: int) -> TakenLines | None:
        """The lines from a place on that are in no doubt."""
        found = None if self._pieces or self._below.is_waiting else self._taken(data, at)
        if found is not None:
            self._below.take(found)
            self.lines, self._near = found.next_line - 1, found.time[-1]
        return found

    def _taken(self, data: bytes, at: int) -> TakenLines | None:
        """The lines of LiveKit's JSON, or such as are known, from a place on."""
        if data.startswith(_BARE, at):
            from tuner.scan.export_lines import BareLines  # what small logs do not need

            return self._bare_lines.take(BareLines(), data, at, self.lines + 1)
        if self._known is not None:
            return self._dated_lines.take(self._known.form, data, at, self.lines + 1)
        return None if self._objects is None else self._objects.take(data, at, self.lines + 1)

    def _add(self, line: bytes) -> Iterator[ExportEntry]:
        """Take the next line; give what is finished."""
        self.lines += 1
        self._pieces.append(line)
        self._size += len(line)
        if self._size > MAX_LINE or not is_partial(line + b"\n"):
            yield from self._rest()

    def _rest(self) -> Iterator[ExportEntry]:
        """Give the lines that were taken since the last entry."""
        if self._pieces:
            yield from self._below.placed(self._entry(self._pieces))
        self._pieces, self._size = [], 0

    def _entry(self, pieces: list[bytes]) -> ExportEntry:
        text = b"\n".join(pieces)
        return ExportEntry(text, self._time(pieces[-1]), self.lines - len(pieces) + 1, len(pieces))

    def _time(self, line: bytes) -> float | None:
        """The time of a line; a time of day is put on the day nearest to the line before."""
        time, is_of_day = time_or_time_of_day(line, self._layouts, rows=True)
        if time is not None:
            self._near = on_nearest_day(time, self._near) if is_of_day else time
        return time if time is None else self._near


def split(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, without their newlines."""
    for data in whole_lines(blocks):
        yield from data.removesuffix(b"\n").split(b"\n")


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, many in each piece; the last one may have no newline."""
    rest = b""
    for block in blocks:
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield whole + newline
    if rest:
        yield rest


def time_of(line: bytes, layouts: Layouts = NONE) -> float | None:
    """The time of a record's line, in epoch seconds; None if it has none, or none with a date."""
    time, is_of_day = time_or_time_of_day(line, layouts)
    return None if is_of_day else time


def time_or_time_of_day(
    line: bytes, layouts: Layouts = NONE, rows: bool = False
) -> tuple[float | None, bool]:
    """The time of a record's line in layouts of our lists or these, and whether it is only seconds
    since midnight. Of the `rows` of a screen, too, if asked for."""
    bare = unmarked(line)
    if (time := own_time(bare)) is not None:
        return time, False
    peeled = wrappers.peel(bare)
    if layouts.wrappers:
        peeled = without_prefix(peeled, layouts.wrappers)
    record = (_row(peeled.text) if rows else None) or records.parse(peeled.text, layouts)
    if not isinstance(record, Record):
        return None, False  # it belongs to the record above
    clocks.from_wrapper(record, peeled.time, peeled.clock)
    if record.time is not None and record.clock == "yearless" and layouts.clocks.new_year:
        return clocks.in_next_year(record.time), False
    return record.time, record.clock == "day"


def _row(text: bytes) -> Record | None:
    """A record with no more than the time of a row of a screen; None if no row has one here."""
    columns = rich_rows.row(plain_text(text))
    if columns is None or not columns.time:
        return None
    time, clock = timestamps.parse(columns.time)
    return Record("", time=time, clock=clock)
