"""A chunk in which text and LiveKit's JSON take turns in, the lines of each kind out."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from tuner.inputs.chunks import room
from tuner.scan.layout import KINDS_OF_LINES, MixedLinesStruct
from tuner.scan.library import library

_NUMBERS, _NUMBER = MixedLinesStruct.numbers.offset, ctypes.sizeof(ctypes.c_int32)
_ALL_NUMBERS = MixedLinesStruct.numbers.size // KINDS_OF_LINES


class Lines(NamedTuple):
    """Lines of one kind, and of each its number in the chunk, from 1 on."""

    data: bytes
    numbers: Sequence[int]


class Mixed(NamedTuple):
    """The lines of text, and those of JSON by whether their times have a zone."""

    text: Lines
    zoned: Lines
    unzoned: Lines


class LineSorter:
    """Sorts the lines of chunks, one after the other."""

    def __init__(self) -> None:
        self._room, self._text = room(ctypes.sizeof(MixedLinesStruct)), room(1)
        self._found = MixedLinesStruct.from_buffer(self._room)

    def split(self, data: bytes) -> Mixed | None:
        """The lines of each kind, each with its newline; None if there are too many, or if one may
        belong to one of another kind."""
        space = len(data) + 1
        if len(self._text) < KINDS_OF_LINES * space:
            self._text = room(KINDS_OF_LINES * space)
        text = ctypes.byref(ctypes.c_char.from_buffer(self._text))
        if not library().scan_mixed(ctypes.byref(self._found), data, len(data), text):
            return None
        return Mixed(*(self._lines(kind, kind * space) for kind in range(KINDS_OF_LINES)))

    def _lines(self, kind: int, at: int) -> Lines:
        begin = _NUMBERS + kind * _ALL_NUMBERS
        numbers = self._room[begin : begin + self._found.lines[kind] * _NUMBER]
        return Lines(self._text[at : at + self._found.size[kind]], array("i", numbers))
