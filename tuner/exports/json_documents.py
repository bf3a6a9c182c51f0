"""JSON of any size and shape in, the entries of the records in it out, in bounded memory.

One document, or several one behind another: an array of records, records in an object, a record a
line, printed over many lines or over none. A value that holds a line is a record; of any other the
inside is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tuner.exports import finding, lone_texts, one_text, open_telemetry, pairs
from tuner.exports.entries import ExportEntry, guarded, own_time
from tuner.exports.json_window import MOST, JsonWindow
from tuner.exports.many_records import ManyRecords
from tuner.exports.plain_lines import time_of
from tuner.exports.taking import Records, lists_others
from tuner.exports.telemetry_lines import TelemetryLines
from tuner.exports.value_length import BAD, value_length
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.json_lines import BROKEN

if TYPE_CHECKING:
    from tuner.scan.export_lines import Form, TakenLines

HALF = "half a record: the export is cut off here"
NO_MESSAGE = "a record of the export without a message"
_AGAIN = lazy_pattern(rb'\n[^\S\n]*(?=[{\["])|(?<=[}\],])\s*(?={")')
_INDENT = lazy_pattern(rb"[ \t]*")
_LONGEST_ESCAPE = 12
_KEPT = 2_000


class Documents(JsonWindow):
    """The entries of a stream of JSON; `lines` is how many lines were passed so far."""

    name = "JSON export"

    def __init__(
        self, blocks: Iterable[bytes], records: Records | None = None, at_once: bool = True
    ) -> None:
        """`at_once`: records may be taken many at once."""
        super().__init__(blocks)
        self._records, self._many_records = records or Records(), ManyRecords()
        self._lists, self._texts = ManyRecords(), ManyRecords()
        self._telemetry = TelemetryLines(self._only_entry) if at_once else None
        self._last = self._halves = 0
        self._learnt: Records | None = None
        """What was known before a record was cut off: its parts look like other records."""
        self._is_range, self._holds_records = False, True
        """Whether a range is read, and whether what it begins inside may still hold records."""
        self._opening = 0
        """How the first record begins, with a brace or a bracket; 0 before there was one."""
        self._open: list[list[int]] = [[0, 0]]
        """Of each open container: its first byte, and how many records stood in it."""

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """Every record of the stream."""
        while self._to_value():
            first = self._data[self._at]
            if first == _BRACE and (known := self._many() or self._known_line()) is not None:
                yield known
            elif first == _BRACKET and (lists := self._many_lists()) is not None:
                yield lists
            elif first == _QUOTE and (texts := self._many_texts()) is not None:
                yield texts
            elif first in b"]}":
                self._close()
            elif (end := self._end()) >= 0:
                yield from self._value(first, self._at + end)
            elif end == BAD:
                yield self._line_of_log() or self._broken()
            elif first == _QUOTE and len(self._data) - self._at >= MOST:
                yield from self._long_text()
            else:
                self._keep_learnt()
                if self._is_half(first):
                    yield self._half()
                self._descend(first)
        if len(self._open) > 1 and not self._halves:
            yield ExportEntry(b"", None, max(self.lines, 1), 0, reason=HALF)

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a record, of a kind that was read already, begins on the line at this place."""
        match = _INDENT.match(data, at)
        start = match.end() if match else at
        if start >= len(data) or data[start] != (self._opening or _BRACE):
            return False  # what stands in a list of fields may look like a record
        size = value_length(memoryview(data)[start : start + MOST])
        if size > 0 and data.startswith(open_telemetry.START, at):
            return True  # records stand deep in it, and none on a line of its own
        records = self._learnt or self._records
        return size > 0 and records.knows(data[start : start + size].rstrip())

    def of_range(self, blocks: Iterable[bytes]) -> Documents:
        """A reader of a range of the same export."""
        again = Documents(blocks, self._learnt or self._records)
        again.is_part()
        return again

    def _keep_learnt(self) -> None:
        """Keep what was learnt so far, if a record is cut off here, which shall teach nothing."""
        if self._opening and self._learnt is None and len(self._data) - self._at < MOST:
            self._learnt = self._records.copy()

    def is_part(self) -> None:
        """A range is read, whose end is not the end of the array."""
        self._halves, self._is_range = 1, True

    def _many(self) -> TakenLines | None:
        """The lines of all records from here on that are in no doubt."""
        if self._telemetry is None:
            return None
        if len(self._open) == 1 and self._data.startswith(open_telemetry.START, self._at):
            where = (self._data, self._at, self._line, self._last)
            return self._moved(self._telemetry.take(self._records.ways, *where))
        return self._take(self._many_records, self._records.form)

    def _only_entry(self, raw: bytes, _line: int, _lines: int) -> ExportEntry | None:
        """The entry of a document that has one."""
        found = list(Documents([raw], self._records.settled(), at_once=False).entries())
        return found[0] if len(found) == 1 and isinstance(found[0], ExportEntry) else None

    def _many_lists(self) -> TakenLines | None:
        """The same of records that are lists."""
        return self._take(self._lists, self._records.lists) if self._telemetry else None

    def _many_texts(self) -> TakenLines | None:
        """The same of texts, which are no keys."""
        if self._open[-1][0] == _BRACE:
            return None
        from tuner.scan.export_lines import Texts  # what small exports do not need

        return self._take(self._texts, Texts())

    def _take(self, records: ManyRecords, form: Form | None) -> TakenLines | None:
        where = (self._data, self._at, self._line, self._last)
        found = None if form is None else records.take(form, *where, self._gaps.known)
        if found:
            self._gaps.begin(self._data, self._at, self._open)
            self._open[-1][1] += len(found.time)
            self._gaps.end(self._at + found.size, self._open)
        return self._moved(found)

    def _moved(self, found: TakenLines | None) -> TakenLines | None:
        """The same, with the window behind them."""
        if found:
            self._at += found.size
            self._line, self._last = found.next_line, found.last_line
        return found

    def _known_line(self) -> ExportEntry | None:
        """The entry of a record that begins here and fills its line, of a kind that was taken
        before: where it ends need not be looked for."""
        newline = self._data.find(b"\n", self._at, self._at + MAX_LINE)
        if newline < 0 or self._data[self._at : self._at + 2] == b"{\n":
            return None
        raw = self._data[self._at : newline].rstrip(b"\r, ")
        taken = self._records.take_known(raw, self._line, 1) if raw[-1:] == b"}" else None
        if taken is None:
            return None
        self._learn(raw)
        self._open[-1][1] += 1
        return self._placed(taken, self._at + len(raw))

    def _learn(self, raw: bytes) -> None:
        """Learn of a record that was taken alone how to take many like it."""
        if self._telemetry is not None and self._records.learn(raw):
            self._many_records.try_again()

    # --- values -----------------------------------------------------------------------------

    def _value(self, first: int, end: int) -> Iterator[ExportEntry]:
        raw = self._data[self._at : end].rstrip()
        inside = self._open[-1]
        is_key = self._data[end : end + 16].lstrip()[:1] == b":"
        if first == _QUOTE and inside[0] == _BRACE and is_key:
            return self._move(end)
        lines = raw.count(b"\n") + 1
        taken = self._taken(raw, lines) if first in _RECORDS else None
        if taken is None and first == _QUOTE and inside[0] == _BRACKET and inside[1]:
            taken = lone_texts.line_below(raw, self._line, lines)
        if taken is not None:
            self._learn(raw)
            self._opening = self._opening or first
            inside[1] += 1
            yield self._placed(taken, end)
        elif first == _BRACE and (found := self._of_stream(raw, lines)):
            yield self._placed(found[0], end)
            yield from found[1:]
        elif first == _BRACE and inside[1] and self._holds_records and not lists_others(raw):
            yield self._entry(end, NO_MESSAGE)
        elif first in b"{[":
            self._descend(first)
        else:
            self._move(end)

    def _of_stream(self, raw: bytes, lines: int) -> list[ExportEntry]:
        """The entries of a stream of Loki's, the first with all of its lines."""
        taken = (self._taken(each, lines) for each in pairs.of_stream(raw))
        found = [entry for entry in taken if entry is not None]
        return [*found[:1], *(entry._replace(lines=0) for entry in found[1:])]

    def _taken(self, raw: bytes, lines: int) -> ExportEntry | None:
        """The entry of a value, None if it is none. A fault costs a record, never what holds it."""
        line = self._line
        found = guarded(lambda: self._records.take(raw, line, lines), lambda: raw, line, lines)
        holds_records = found is not None and found.reason and not self._open[-1][1]
        return None if holds_records else found

    def _placed(self, entry: ExportEntry, end: int) -> ExportEntry:
        """The entry with the lines that no entry before it took."""
        lines = entry.lines - (entry.line == self._last)
        self._last = entry.line + entry.lines - 1
        self._gaps.begin(self._data, self._at, self._open)
        self._move(end)
        self._gaps.end(end, self._open)
        return entry if lines == entry.lines else entry._replace(lines=lines)

    def _entry(self, end: int, reason: str) -> ExportEntry:
        raw = self._data[self._at : end].rstrip()
        entry = ExportEntry(raw[:_KEPT], None, self._line, raw.count(b"\n") + 1, reason=reason)
        return self._placed(entry, end)

    def _descend(self, first: int) -> None:
        if first in b"{[":
            self._open.append([first, 0])
            self._move(self._at + 1)
        else:  # a text that has no end
            end = self._data.find(b"\n", self._at)
            self._move(end if end >= 0 else len(self._data))

    def _long_text(self) -> Iterator[ExportEntry]:
        """The lines of a text that is too long to be held."""
        line, lines = self._line, 1
        self._move(self._at + 1)
        for text in one_text.lines_of(self._piece):
            yield ExportEntry(text, own_time(text), line, lines)
            self._last, lines = line, 0

    def _piece(self) -> tuple[bytes, bool]:
        """What is held of a text, and whether it ends there."""
        is_last = len(self._data) - self._at < _LONGEST_ESCAPE and not self._more()
        text, to, is_closed = one_text.inside(self._data, self._at, is_last)
        self._move(to)
        return text, is_closed or is_last

    def _close(self) -> None:
        if len(self._open) > 1:
            self._open.pop()
        else:
            self._holds_records = not self._is_range
        self._move(self._at + 1)

    def _half(self) -> ExportEntry:
        """What is left of a record; whole records may stand in it, or behind it."""
        self._halves += 1
        end = self._data.find(b"\n", self._at)
        raw = self._data[self._at : end if end >= 0 else None][:_KEPT]
        return self._placed(ExportEntry(raw, None, self._line, 1, reason=HALF), self._at)

    def _is_half(self, first: int) -> bool:
        """Whether a record, not the array that holds it, is cut off by the end of the stream."""
        ends = len(self._data) - self._at < MOST
        return ends and (first not in b"{[" or (first == _BRACE and self._open[-1][1] > 0))

    def _line_of_log(self) -> ExportEntry | None:
        """A line of a log behind the records."""
        text = self._rest_of_line() if len(self._open) == 1 else b""
        if not text or not finding.line_strength(text.decode(errors="replace")):
            return None
        entry = ExportEntry(text, time_of(text), self._line, 1)
        return self._placed(entry, self._at + len(text))

    def _broken(self) -> ExportEntry:
        """Pass over what does not parse, up to the next value that does."""
        start, at = self._at, self._at
        while (match := _AGAIN.search(self._data, at + 1)) is not None:
            at = match.end()
            if at > start and value_length(memoryview(self._data)[at : at + MOST]) != BAD:
                return self._entry(at, BROKEN)
            if at - start > MOST:
                break
        if not self._more():
            return self._entry(len(self._data), BROKEN)
        return self._broken() if len(self._data) < 2 * MOST else self._entry(at - start, BROKEN)


_QUOTE, _BRACE, _BRACKET = b'"{['
_RECORDS = b'{["'
