"""The part of a stream of JSON that is held, and the place in it up to which it was read."""

from __future__ import annotations

from collections.abc import Iterable

from tuner.exports.gaps import Gaps
from tuner.exports.value_length import value_length
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

_BETWEEN = lazy_pattern(rb"[\s,:]*")
MOST = 2 * MAX_LINE
"""A value of more bytes is not held as a whole."""


class JsonWindow:
    """Holds as much of a stream as a value takes; `lines` is how many lines were passed so far."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._gaps = iter(blocks), Gaps()
        self._data, self._at, self._line = b"", 0, 1

    @property
    def lines(self) -> int:
        """How many lines have been passed, that of the last entry included."""
        return self._line - (self._at == 0 or self._data[self._at - 1 : self._at] == b"\n")

    def _more(self) -> bool:
        piece = next(self._blocks, None)
        if piece is None:
            return False
        self._gaps.drop(self._at)
        self._data, self._at = self._data[self._at :] + piece, 0
        return True

    def _move(self, to: int) -> None:
        self._line += self._data.count(b"\n", self._at, to)
        self._at = to

    def _to_value(self) -> bool:
        """Go to the next value or bracket; False at the end."""
        while True:
            match = _BETWEEN.match(self._data, self._at)
            self._move(match.end() if match else self._at)
            if self._at < len(self._data):
                return True
            if not self._more():
                return False

    def _end(self) -> int:
        """How long the value is that begins here; CUT or BAD if it has no end, or is none."""
        while True:
            size = value_length(memoryview(self._data)[self._at : self._at + MOST])
            # A number or a letter that is cut off in its middle looks broken, not cut off.
            if size >= 0 or len(self._data) - self._at >= MOST or not self._more():
                return size

    def _rest_of_line(self) -> bytes:
        """What stands from here on up to the end of the line."""
        while (end := self._data.find(b"\n", self._at)) < 0:
            if len(self._data) - self._at >= MOST or not self._more():
                break
        return self._data[self._at : end if end >= 0 else None].rstrip()
