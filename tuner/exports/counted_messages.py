"""Syslog with the length before each message (RFC 6587) in, the entries of the messages out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tuner.exports.entries import ExportEntry
from tuner.exports.many_records import ManyRecords
from tuner.exports.plain_lines import time_of
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

_COUNT = lazy_pattern(rb"(\d{1,7}) (?=<\d{1,3}>)")
_ENDS = lazy_pattern(rb"[\r\n]*")


class CountedMessages:
    """The entries of octet-counted syslog: `LENGTH <PRIORITY>… message`, with or without newlines.

    A count that does not fit is passed over, and its message read up to the end of its line.
    """

    name = "octet-counted syslog"

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._many = iter(blocks), ManyRecords()
        self._data, self._at = b"", 0
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """One entry a message, or many at once."""
        while self._at < len(self._data) or self._more():
            if (found := self._at_once()) is not None:
                yield found
                continue
            match = _COUNT.match(self._data, self._at)
            start = match.end() - self._at if match else 0
            size = int(match[1]) + start if match else 0
            while 0 < size <= MAX_LINE and self._held() < size + 8 and self._more():
                pass
            end = size if match and self._fits(size) else self._line_end()
            text = self._data[self._at + start : self._at + end]
            yield self._entry(text)
            self._pass(end, b"\n" in text)

    def _at_once(self) -> TakenLines | None:
        """The messages from here on that are in no doubt."""
        from tuner.scan.export_lines import Counted  # what small exports do not need

        found = self._many.take(Counted(), self._data, self._at, self.lines + 1)
        if found is not None:
            self._at, self.lines = self._at + found.size, found.next_line - 1
        return found

    def _entry(self, text: bytes) -> ExportEntry:
        line = self.lines + 1
        self.lines += text.count(b"\n")
        text = text.strip(b"\r\n").replace(b"\n", b" ")
        return ExportEntry(text, time_of(text), line, self.lines - line + 1)

    def _pass(self, size: int, is_counted: bool) -> None:
        """Go behind a message, and the newlines after it."""
        self._at += size
        if not is_counted:
            self.lines += self._data.startswith((b"\n", b"\r\n"), self._at)
        ends = _ENDS.match(self._data, self._at)
        self._at = ends.end() if ends else self._at

    def _held(self) -> int:
        return len(self._data) - self._at

    def _fits(self, size: int) -> bool:
        if size > self._held():
            return False
        end = self._at + size
        rest = self._data[end : end + 16].lstrip(b"\r\n")
        return not rest or rest[:1].isdigit()

    def _line_end(self) -> int:
        while (end := self._data.find(b"\n", self._at)) < 0 and self._held() < MAX_LINE:
            if not self._more():
                break
        return self._held() if end < 0 else end - self._at

    def _more(self) -> bool:
        piece = next(self._blocks, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)


def is_counted(head: bytes) -> bool:
    """Whether text begins as octet-counted syslog does."""
    return _COUNT.match(head) is not None
