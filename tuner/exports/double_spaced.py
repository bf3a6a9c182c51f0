"""Text with an empty line behind every line in, the entries of its lines out.

A mail or a page makes a paragraph of each line. Where each line is a record that does no harm; what
stands below a record (fields, a traceback, columns of a screen) was torn off it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuner.exports.text_frames import BrokenLines

_FEWEST = 4
_LOOKED_AT = 400


def is_spaced(head: bytes) -> bool:
    """Whether every other line is empty, and some of the others belong to the one above."""
    lines = [line.strip(b"\r") for line in head.split(b"\n")[:-1][:_LOOKED_AT]]
    texts, gaps = lines[::2], lines[1::2]
    if len(gaps) < _FEWEST or any(gap.strip() for gap in gaps) or not all(map(bytes.strip, texts)):
        return False
    return any(text[:1].isspace() for text in texts) or b"Traceback (most" in head


class DoubleSpaced(BrokenLines):
    """The entries of text that was double-spaced."""

    name = "double-spaced text"

    def _bare(self, line: bytes) -> bytes:
        return line.rstrip(b"\r")

    def _goes_on(self, pieces: Sequence[bytes], line: bytes) -> bool:
        return len(pieces) == 1 and not line.strip()

    def _joined(self, pieces: Sequence[bytes]) -> bytes:
        return pieces[0]
