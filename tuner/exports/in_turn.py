"""Lines of several streams in, the same out, no object over many lines with those of another in it.

What containers print at once, their runtime puts in one log line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_MOST_HELD = 64 << 20


class InTurn:
    """Gives the lines of a stream at once unless an object of another one is open: they wait."""

    def __init__(self) -> None:
        self._open: str | None = None
        self._waiting: dict[str, list[bytes]] = {}
        self._held = 0

    def add(self, stream: str, line: bytes) -> Iterator[bytes]:
        """Take the next line; give what may go on."""
        if self._open is None or stream == self._open:
            yield line
            self._open = stream if _is_open([line], self._open is not None) else None
            if self._open is None and self._waiting:
                yield from self._released()
            return
        self._waiting.setdefault(stream, []).append(line)
        self._held += len(line)
        if self._held > _MOST_HELD:
            yield from self.rest()

    def _released(self) -> Iterator[bytes]:
        """The lines that waited, up to a stream of which an object is open."""
        while self._waiting and self._open is None:
            stream = next(iter(self._waiting))
            lines = self._waiting.pop(stream)
            self._held -= sum(map(len, lines))
            yield from lines
            self._open = stream if _is_open(lines) else None

    def rest(self) -> Iterator[bytes]:
        """The lines that still wait: an object has no end."""
        for lines in self._waiting.values():
            yield from lines
        self._waiting, self._open, self._held = {}, None, 0


def _is_open(lines: Sequence[bytes], was_open: bool = False) -> bool:
    """Whether an object is open behind these lines."""
    for line in reversed(lines):
        if line[:1] in (b"{", b"}"):
            return line.rstrip() == b"{"
    return was_open
