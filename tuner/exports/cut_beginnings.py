"""Inputs that begin inside a record, copied from the middle of a screen or of a document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from tuner.exports.entries import ExportEntry
from tuner.exports.json_documents import HALF, Documents
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import rich_rows, text_lines
from tuner.lines.find_layouts import plain_text

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

_INSIDE = lazy_pattern(
    rb'(?:[^\n]*[\w"}\]],?[ \t]*\r?\n)?[ \t]*(?:"(?:[^"\\\n]|\\.){1,80}+": |[}\]],?[ \t]*\r?\n)'
)
"""How a line of a document begins that is not its first one; before it the rest of another."""
_WHOLE = lazy_pattern(rb"(?m)^[ \t]*[}\]],?[ \t]*\r?\n(?=[ \t]*[{\[])")
"""Where a record of a document ends and the next begins."""
_LOOKED_AT, _SOME, _KEPT = 200, 2, 2_000


def of_document(head: bytes) -> int:
    """Where the first whole record of a document begins whose beginning is missing; 0 if it is
    none."""
    if not _INSIDE.match(head) or _is_line(head.partition(b"\n")[0]):
        return 0
    found = _WHOLE.search(head)
    return found.end() if found else 0


def are_lines(head: bytes) -> bool:
    """Whether lines of a log stand below what looks like the beginning of a document."""
    lines = islice(head.split(b"\n"), _LOOKED_AT)
    return sum(map(_is_line, lines)) >= _SOME


def _is_line(line: bytes) -> bool:
    is_row = line[:1] in b" 0123456789" and rich_rows.row(plain_text(line)) is not None
    return is_row or (line[:2] == b"20" and text_lines.parse_own(line) is not None)


class CutDocuments(Documents):
    """As `Documents`, of what begins inside a record: that one is named as unread."""

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """The rest of a record, and every record behind it."""
        self._more()
        begins = of_document(self._data)
        rest, self._is_range = self._data[:begins], True
        self._move(begins)
        yield ExportEntry(rest[:_KEPT], None, 1, rest.count(b"\n"), reason=HALF)
        yield from super().entries()
