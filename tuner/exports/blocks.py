"""A byte stream in, its blocks out; a stream that breaks ends, and says why."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from tuner.inputs.chunks import stopped_early
from tuner.inputs.unpack import some

BLOCK = 1 << 20


class Blocks:
    """Iterates over the bytes of a stream, those of `head` first; `size` counts them, and
    those that were `passed` over.

    `problem` says why the stream ended early, "" if it did not.
    """

    def __init__(self, stream: Any, head: bytes = b"", passed: int = 0) -> None:
        self._stream, self._head = stream, head
        self.size, self.problem = passed, ""

    def __iter__(self) -> Iterator[bytes]:
        if self._head:
            self.size += len(self._head)
            yield self._head
        while block := self._next():
            self.size += len(block)
            yield block

    def _next(self) -> bytes:
        try:
            return some(self._stream, BLOCK)
        except Exception as error:  # decompressors and stores have no common error
            self.problem = stopped_early(error)
            return b""


class Rewound(io.RawIOBase):
    """A stream whose first bytes were read already: they come first."""

    def __init__(self, head: bytes, stream: Any) -> None:
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        if self._head:
            n = min(len(buffer), len(self._head))
            buffer[:n], self._head = self._head[:n], self._head[n:]
            return n
        return int(getattr(self._stream, "readinto1", self._stream.readinto)(buffer) or 0)


class Joined(io.RawIOBase):
    """A stream of pieces, as many at once as there is room for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._ready = iter(pieces), b""
        self._error: Exception | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end. What came before an error is given
        before it."""
        ready = [self._ready, *self._next(len(buffer) - len(self._ready))]
        data = b"".join(ready)
        if self._error is not None and not data:
            raise self._error
        n = min(len(buffer), len(data))
        buffer[:n], self._ready = data[:n], data[n:]
        return n

    def _next(self, size: int) -> Iterator[bytes]:
        """Pieces of so many bytes together, or a few more."""
        try:
            while size > 0 and self._error is None:
                piece = next(self._pieces, None)
                if piece is None:
                    return
                size -= len(piece)
                yield piece
        except Exception as error:  # decompressors and stores have no common error
            self._error = error


def every(head: bytes, stream: Any) -> Iterator[bytes]:
    """The bytes of a stream of which `head` was read already; errors of the stream are raised."""
    yield head
    while piece := some(stream, BLOCK):
        yield piece


def first(stream: Any, size: int) -> bytes:
    """Up to so many bytes of a stream's beginning."""
    head = b""
    try:
        while len(head) < size and (piece := some(stream, size - len(head))):
            head += piece
    except Exception:  # whoever reads on gets the same error, and says so
        return head
    return head
