"""A block of a Pipecat log in, the lines of it that may report something of a turn out.

All others are in Pipecat's own layout and report nothing.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple, cast

from tuner.inputs.chunks import room
from tuner.scan.layout import PipecatLinesStruct, PipecatLineStruct
from tuner.scan.library import library

_LINE = struct.Struct("6id")
_FOUND = PipecatLinesStruct.found.offset


class PipecatLine(NamedTuple):
    """A line of a block, counted from 0, from `start` to the newline at its `end`, or to `stop`,
    before a carriage return.

    Of one in Pipecat's own layout where its `message` begins (-1 for any other layout), which marks
    stand in it, as bits, and its `time` in seconds, read as UTC.
    """

    line: int
    start: int
    end: int
    stop: int
    message: int
    marks: int
    time: float


def _named(values: tuple[Any, ...]) -> PipecatLine:
    return cast(PipecatLine, tuple.__new__(PipecatLine, values))  # its own __new__ takes longer


def _moved(lines: int, at: int, one: PipecatLine) -> PipecatLine:
    """The line of a block of which so many lines and bytes were looked through before."""
    line, start, end, stop, message, marks, time = one
    message = message + at if message >= 0 else -1
    return PipecatLine(line + lines, start + at, end + at, stop + at, message, marks, time)


class PipecatLookout:
    """Looks through blocks of whole lines, one after the other."""

    def __init__(self) -> None:
        self._room = room(ctypes.sizeof(PipecatLinesStruct))
        self._found = PipecatLinesStruct.from_buffer(self._room)
        self.lines = 0
        """How many lines the last block had."""

    def look(self, block: bytes) -> Iterator[PipecatLine]:
        """The lines of a block that may report something; go through all of them."""
        self.lines = at = 0
        begin = ctypes.c_void_p.from_buffer(ctypes.c_char_p(block)).value or 0
        while at < len(block):
            library().scan_pipecat(ctypes.byref(self._found), begin + at, len(block) - at)
            found = memoryview(self._room)[_FOUND : _FOUND + _LINE.size * self._found.n]
            lines = map(_named, _LINE.iter_unpack(found))
            yield from map(partial(_moved, self.lines, at), lines) if at else lines
            at += self._found.at
            self.lines += self._found.lines


assert ctypes.sizeof(PipecatLineStruct) == _LINE.size
