"""A JSON text that stands alone, as in an array of lines, in; its entry out."""

from __future__ import annotations

from tuner.exports import finding
from tuner.exports.entries import ExportEntry
from tuner.exports.typed_records import decoded, entry_start


def whole_line(raw: bytes, line: int, lines: int) -> ExportEntry | None:
    """A text that stands alone: a whole line, or nothing."""
    text = decoded(raw)
    if not isinstance(text, str) or not finding.line_strength(text):
        return None
    return ExportEntry(*entry_start(text.encode(errors="replace"), None, "", line, lines))


def line_below(raw: bytes, line: int, lines: int) -> ExportEntry | None:
    """A text that stands among lines: it belongs to the one above, as what stands on several lines
    does where each is a text of its own."""
    text = decoded(raw)
    if not isinstance(text, str):
        return None
    return ExportEntry(text.encode(errors="replace"), None, line, lines)
