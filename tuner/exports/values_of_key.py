"""JSON in, the values of one key out, a line each: the texts or the objects that a store, a runtime
or a logger keeps under it (`log`, `textPayload`, `MESSAGE`, `report`).

Records of a line each that have no such key are passed on as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from tuner.exports import one_text
from tuner.exports.value_length import BAD, CUT, value_length
from tuner.lazy_patterns import lazy_pattern

_KEY = lazy_pattern(rb'"([\w@.$/-]{1,80})"\s*:\s*(["{])')
_LARGEST = 64 << 20
"""Bytes of an object; a longer one is passed on as it stands."""
_HELD = 1 << 20
_LONGEST_KEY = 200
_SPLIT = range(16_000, 16_400)
"""Docker keeps a longer line in entries of so many bytes, and only the last ends in a newline."""
_ESCAPE_BYTES = 6
_MOST_KEYS, _MOST_VALUES = 40, 400


class _Key(NamedTuple):
    """A key, and how its values begin: with a quote or a brace."""

    name: bytes
    opening: bytes


Values = Callable[[Iterable[bytes]], Iterator[bytes]]


def way(head: bytes, holds: Callable[[bytes], bool]) -> Values | None:
    """What takes the values of a key out of an input that begins like this, if they hold what is
    asked for; None if those of no key do."""
    found = islice(_KEY.finditer(head), _MOST_VALUES)
    keys = list(dict.fromkeys(_Key(each[1], each[2]) for each in found))
    for key in keys[:_MOST_KEYS]:
        if holds(b"".join(_values(key, [head]))):
            return partial(_values, key)
    return None


def _values(key: _Key, blocks: Iterable[bytes]) -> Iterator[bytes]:
    return iter(_Values(key, blocks))


class _Values:
    """The values of a key in a stream, of which as much is held as a value takes."""

    def __init__(self, key: _Key, blocks: Iterable[bytes]) -> None:
        self._key, self._blocks = key, iter(blocks)
        self._begins = re.compile(rb'"%b"\s*:\s*(?=%b)' % (re.escape(key.name), key.opening))
        self._data, self._at = b"", 0

    def __iter__(self) -> Iterator[bytes]:
        self._data = b"\n"  # as before any other record of a line
        while True:
            if (found := self._begins.search(self._data, self._at)) is not None:
                yield from _others(self._data[self._at : found.start()])
                self._at = found.end()
                yield from self._text() if self._key.opening == b'"' else self._object()
                continue
            if len(self._data) - self._at > _HELD:
                yield from self._passed()
            if not self._more():
                break
        yield from _others(self._data[self._at :] + b"\n")

    def _passed(self) -> Iterator[bytes]:
        """The lines that are held, of which none has the key."""
        end = self._data.rfind(b"\n", self._at)
        yield from _others(self._data[self._at : end + 1])
        self._at = end if end > self._at else max(self._at, len(self._data) - _LONGEST_KEY)

    def _more(self) -> bool:
        piece = next(self._blocks, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)

    def _text(self) -> Iterator[bytes]:
        """What the text says that begins here, in pieces; a newline where it is whole."""
        self._at, size, last, is_closed, is_last = self._at + 1, 0, b"", False, False
        while not is_closed and not is_last:
            is_last = self._at > len(self._data) - 2 * _ESCAPE_BYTES and not self._more()
            text, self._at, is_closed = one_text.inside(self._data, self._at, is_last)
            size, last = size + len(text), text[-1:] or last
            yield text
        if last != b"\n" and size not in _SPLIT:
            yield b"\n"

    def _object(self) -> Iterator[bytes]:
        """The object that begins here, on one line; of a broken one its line."""
        size = self._size()
        if size == BAD:
            size = self._data.find(b"\n", self._at) - self._at
        text = self._data[self._at : self._at + size] if size >= 0 else self._data[self._at :]
        self._at += len(text)
        yield text.replace(b"\n", b" ") + b"\n"

    def _size(self) -> int:
        """How long the object is that begins here; CUT or BAD if it has no end, or is none."""
        held, is_doubted = 0, False
        while held < _LARGEST and self._reaches(2 * held + 1):
            held = len(self._data) - self._at
            size = value_length(memoryview(self._data)[self._at :])
            # A number or a letter that is cut off in its middle looks broken, not cut off.
            if size >= 0 or (size == BAD and is_doubted):
                return size
            is_doubted = size == BAD
        return BAD if is_doubted else CUT

    def _reaches(self, size: int) -> bool:
        """Whether so many bytes follow, which then are held; at the end whether any are new."""
        before = len(self._data) - self._at
        while len(self._data) - self._at < size:
            if not self._more():
                return len(self._data) - self._at > before or size == 1
        return True


def _others(between: bytes) -> Iterator[bytes]:
    """The lines that stand between two values and belong to the record of none of them."""
    for line in between.split(b"\n")[1:-1]:
        if line[:1] not in (b" ", b"\t") and line.strip(b"{}[], \t\r"):
            yield line + b"\n"
