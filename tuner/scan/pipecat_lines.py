"""A block of a Pipecat log in, the lines of it that report something of a turn, or may, out.

All others are in Pipecat's own layout and report nothing.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from tuner.inputs.chunks import room
from tuner.scan.layout import MOMENTS, PipecatLinesStruct, PipecatLineStruct
from tuner.scan.library import library

ROW = struct.Struct("q6id6id")
_FOUND = PipecatLinesStruct.found.offset
_KINDS = tuple(name.lower() for name in MOMENTS)


class PipecatLine(NamedTuple):
    """A line of a block, from `start` to the newline at its `end`, or to `stop`, before a carriage
    return.

    Of one in Pipecat's own layout where its `message` begins (-1 for any other layout), which marks
    stand in it, as bits, and its `time` in seconds, read as UTC. If the scan could read it, `kind`
    is not 0, the time is that of what it reports, and the rest as in `Reported`.
    """

    line: int
    start: int
    end: int
    stop: int
    message: int
    marks: int
    kind: int = 0
    time: float = 0.0
    observed: int = 0
    voice: int = 0
    prompt: int = 0
    cached: int = -1
    completion: int = 0
    unused: int = 0
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """What it reports, as `pipecat_moments` calls it; "no_moment" if Python has to read it."""
        return _KINDS[self.kind]


class PipecatStop(NamedTuple):
    """The next line that Python has to look at (None behind the last), and before it the `rows` of
    moments within a call, packed; with them its own, if it was read."""

    rows: bytes
    line: PipecatLine | None


def unpacked(rows: bytes | bytearray) -> Iterator[PipecatLine]:
    """The lines of packed rows."""
    return map(_named, ROW.iter_unpack(rows))


def _named(values: tuple[Any, ...]) -> PipecatLine:
    return tuple.__new__(PipecatLine, values)  # its own __new__ takes longer


class PipecatLookout:
    """Looks through blocks of whole lines, one after the other."""

    def __init__(self) -> None:
        self._room = room(ctypes.sizeof(PipecatLinesStruct))
        self._found = PipecatLinesStruct.from_buffer(self._room)

    def look(self, block: bytes, first: int) -> Iterator[PipecatStop]:
        """The lines of a block that may report something; its first has this number. Go through
        all of them."""
        at, found = 0, self._found
        begin = ctypes.c_void_p.from_buffer(ctypes.c_char_p(block)).value or 0
        found.first = first
        while at < len(block):
            library().scan_pipecat(ctypes.byref(found), begin + at, len(block) - at)
            yield from map(partial(_moved, at), self._stops()) if at else self._stops()
            at += found.at
            found.first += found.lines

    def _stops(self) -> Iterator[PipecatStop]:
        """What was found at once."""
        found, done = self._found, 0
        rows = bytes(memoryview(self._room)[_FOUND : _FOUND + ROW.size * found.n])
        for stop in found.stops[: found.stops_n]:
            at, line = stop * ROW.size, _named(ROW.unpack_from(rows, stop * ROW.size))
            behind = at + ROW.size
            yield PipecatStop(rows[done : behind if line.kind else at], line)
            done = behind
        yield PipecatStop(rows[done:], None)


def _moved(at: int, found: PipecatStop) -> PipecatStop:
    """What was found behind so many bytes."""
    line = found.line
    if line is None:
        return found
    places = {name: getattr(line, name) + at for name in ("start", "end", "stop")}
    message = line.message + at if line.message >= 0 else -1
    return found._replace(line=line._replace(**places, message=message))


assert ctypes.sizeof(PipecatLineStruct) == ROW.size
