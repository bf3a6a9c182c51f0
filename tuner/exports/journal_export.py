"""What `journalctl -o export` wrote in, its entries out (systemd's Journal Export Format).

A field is `NAME=value` on a line; one whose value is no plain text, as a message with colours, is
its name alone on a line, then the length of the value in eight bytes, the value, and a newline. An
empty line ends the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from tuner.exports.entries import ExportEntry, guarded
from tuner.exports.joined_records import JoinedEntries
from tuner.exports.record_blocks import NO_RECORD
from tuner.exports.taking import Records
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines
    from tuner.scan.spread_records import JoinedRecords

START = lazy_pattern(rb"(?:[A-Z_][A-Z0-9_]*=[^\n]*\n){0,8}?__(?:CURSOR|REALTIME_TIMESTAMP)=")
_NAME = lazy_pattern(rb"[A-Z_][A-Z0-9_]{0,63}")
_LENGTH = 8
_KEPT = 2_000
_MOST_FIELDS = 1_000
"""So many fields of an entry are kept; journald writes some 30."""
_MOST_BYTES = 2 * MAX_LINE
"""A field that makes an entry longer than this is left out."""


class JournalExport:
    """The entries of a stream in that format; `lines` is how many newlines were passed so far."""

    name = "journalctl -o export"

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._data, self._at = iter(blocks), b"", 0
        self._records, self._found = Records(), False
        self._joined = JoinedEntries("JOURNAL_RECORDS", self._records, self._joined_entry)
        self._held = 0
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """One entry a record of the journal that holds a line of a log, or many at once."""
        first, fields = 1, dict[str, str]()
        while True:
            if not fields and (found := self._many(first)) is not None:
                yield from self._joined.entries(found)
                first = self.lines + 1
            if (line := self._line()) is None:
                break
            if line:
                self._add(fields, line)
                continue
            if fields and (entry := self._fields_entry(fields, first)) is not None:
                yield entry
            first, fields = self.lines + 1, {}
        if fields and (entry := self._fields_entry(fields, first)) is not None:
            yield entry

    def _many(self, first: int) -> JoinedRecords | None:
        """The records from here on that are written in no doubt, if one begins here."""
        if self.lines + 1 != first:
            return None
        found = self._joined.join(self._data, self._at, first)
        if found is not None:
            self._at += found.size
            self.lines += sum(found.lines_of)
        return found

    def _add(self, fields: dict[str, str], line: bytes) -> None:
        name, is_text, value = line.partition(b"=")
        if not is_text and _NAME.fullmatch(line):
            value = self._binary()
        if not _NAME.fullmatch(name) or len(fields) >= _MOST_FIELDS:
            return
        if self._held + len(value) <= _MOST_BYTES:
            self._held += len(value)
            fields[name.decode()] = value.decode(errors="replace")

    def _binary(self) -> bytes:
        """The value behind its length; of one that is too long, the beginning."""
        size = int.from_bytes(self._exactly(_LENGTH), "little")
        value = self._exactly(min(size, MAX_LINE))
        left = size - len(value)
        while left > 0 and (piece := self._exactly(min(left, MAX_LINE))):
            left -= len(piece)
        self._line()
        return value

    def _fields_entry(self, fields: dict[str, str], first: int) -> ExportEntry | None:
        raw, self._held = msgspec.json.encode(fields), 0
        return self._entry(raw, first, self.lines - first + 1)

    def _joined_entry(self, raw: bytes, _: bytes, first: int, n: int) -> ExportEntry | None:
        return self._entry(raw, first, n)

    def _entry(self, raw: bytes, first: int, lines: int) -> ExportEntry | None:
        entry = guarded(lambda: self._records.take(raw, first, lines), lambda: raw, first, lines)
        if entry is not None:
            self._found = True
            return entry
        return (
            ExportEntry(raw[:_KEPT], None, first, lines, reason=NO_RECORD) if self._found else None
        )

    # --- bytes ---

    def _line(self) -> bytes | None:
        """The next line, without its newline, of a longer one than MAX_LINE a piece; None at the
        end."""
        while (end := self._data.find(b"\n", self._at, self._at + MAX_LINE)) < 0:
            if len(self._data) - self._at >= MAX_LINE or not self._more():
                break
        if self._at >= len(self._data):
            return None
        cut = end if end >= 0 else min(len(self._data), self._at + MAX_LINE)
        line = self._data[self._at : cut]
        self.lines += end >= 0 or cut - self._at < MAX_LINE
        self._at = cut + (end >= 0)
        return line

    def _exactly(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        while len(self._data) - self._at < size and self._more():
            pass
        value = self._data[self._at : self._at + size]
        self._at += len(value)
        self.lines += value.count(b"\n")
        return value

    def _more(self) -> bool:
        piece = next(self._blocks, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)
