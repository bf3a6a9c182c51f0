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
from tuner.exports.value_length import CUT, value_length
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
        while (found := self._next()) is not None:
            yield from _records(self._data[self._at : found.start()])
            self._at = found.end()
            yield from self._text() if self._key.opening == b'"' else self._object()
        yield from _records(self._data[self._at :] + b"\n")

    def _more(self) -> bool:
        piece = next(self._blocks, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)

    def _next(self) -> re.Match[bytes] | None:
        """Where the next value begins; None at the end."""
        searched = self._at
        while (found := self._begins.search(self._data, searched)) is None:
            held = len(self._data) - self._at
            if held > _HELD:
                self._at += held - _LONGEST_KEY
            searched = max(len(self._data) - _LONGEST_KEY, self._at) - self._at
            if not self._more():
                return None
        return found

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
        """The object that begins here, on one line."""
        tried = 0
        while True:
            view = memoryview(self._data)[self._at :]
            size = value_length(view) if len(view) >= 2 * tried else CUT
            tried = len(view) if len(view) >= 2 * tried else tried
            if size != CUT or len(view) > _LARGEST or not self._more():
                break
        size = value_length(memoryview(self._data)[self._at :]) if size == CUT else size
        text = self._data[self._at : self._at + size] if size >= 0 else self._data[self._at :]
        self._at += len(text)
        yield text.replace(b"\n", b" ") + b"\n"


def _records(between: bytes) -> Iterator[bytes]:
    """The records of a line each that stand between two values, on lines of their own."""
    for line in between.split(b"\n")[1:-1]:
        if line[:2] == b'{"':
            yield line + b"\n"
