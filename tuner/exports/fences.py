"""A log as people paste it into a post, in a Markdown fence, in; the log alone out.

The fence and the words before it become blanks, so that each line keeps its number.
"""

from __future__ import annotations

import io
import re
from typing import Any

from tuner.lazy_patterns import lazy_pattern

_OPENS = lazy_pattern(
    rb"(?:\xef\xbb\xbf)?(?P<before>(?:[^\n]{0,2000}\n){0,40}?)"
    rb" {0,3}(?P<fence>`{3,}|~{3,})[ \t]*[\w+.\-]*(?:[ \t]+[\w\-]+=[^`\n]{0,200})?[ \t]*\r?\n"
)
_FENCE = lazy_pattern(
    rb"(?m)^ {0,3}(?:`{3,}|~{3,})[ \t]*[\w+.\-]*(?:[ \t]+[\w\-]+=[^`\n\r]{0,200})?[ \t]*(?=\r?$)"
)
_RECORD = lazy_pattern(rb"(?m)\d:\d\d:\d\d|^\s*[{\[\"]|^\s*\d{9}|[{}]\s*$")
"""No line before a fence may look like this: it would be one of the log."""
_SIGN = lazy_pattern(rb"[^\r\n]")
_PIECE = 1 << 18
_LONGEST = 1 << 20


def has_fence(head: bytes) -> bool:
    """Whether an input that begins like this stands in a fence, perhaps below a few words."""
    found = _OPENS.match(head)
    return found is not None and _RECORD.search(found["before"]) is None


def without_fences(head: bytes) -> bytes:
    """The beginning of an input with blanks for the fence and the words before it."""
    found = _OPENS.match(head)
    start = found.end() if found is not None else 0
    return _SIGN.sub(b" ", head[:start]) + _FENCE.sub(_blank, head[start:])


class Unfenced(io.RawIOBase):
    """A stream of a log in fences, without them."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._begun = stream, False
        self._ready = self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        while not self._ready and self._read():
            pass
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _read(self) -> bool:
        """Make more lines ready; False at the end."""
        piece = self._stream.read(_PIECE) or b""
        self._rest += piece
        end = self._rest.rfind(b"\n") + 1 if piece and len(self._rest) < _LONGEST else None
        lines, self._rest = self._rest[:end], b"" if end is None else self._rest[end:]
        if lines:
            self._ready = _FENCE.sub(_blank, lines) if self._begun else without_fences(lines)
            self._begun = True
        return bool(piece)


def _blank(found: re.Match[bytes]) -> bytes:
    return b" " * len(found[0])
