"""A call record in, chunks of the lines that a log of the same call would hold out.

A translator of `call_records` makes the lines and says of each which line of the input it was made
of, so that evidence names that one. A call record is read as a whole, from its start, in every run.
"""

from __future__ import annotations

import io
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from tuner.call_records.detection import Many, Source
from tuner.errors import InputError, fault
from tuner.exports.blocks import Rewound
from tuner.inputs.chunks import Chunk, ChunkOrigin, stopped_early
from tuner.inputs.streams import Opened

CHUNK = 4 << 20
"""Bytes of lines that are handed on at a time: some are held while others are made."""
_PIECE = 1 << 18


def chunks(source: Source, head: bytes, log: Opened, many: Many = map) -> Iterator[Chunk]:
    """Chunks of the lines that the translator makes of an open log, of which `head` was read
    already; the last says what went wrong, if anything. `many` does what several processes can."""
    stream = _Counted(head, log.stream)
    building = _Building(source.name, stream)
    translated = _Translated(source, stream, many)
    for number, line in translated:
        building.add(number, line)
        if building.size >= CHUNK:
            yield building.chunk(log.total(), stream.lines)
    last = building.chunk(log.total(), stream.all_lines)
    yield last._replace(problem=translated.problem)


class _Translated:
    """The lines of a translator up to its end, or to what went wrong."""

    def __init__(self, source: Source, stream: _Counted, many: Many) -> None:
        self.problem = ""
        self._source, self._counted, self._many = source, stream, many
        self._stream = io.BufferedReader(stream, _PIECE)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        try:
            yield from self._source.translate(cast(BinaryIO, self._stream), self._many)
        except InputError as error:
            self.problem = "; ".join(filter(None, (str(error), error.next_step)))
        except Exception as error:  # no input may end a run
            self.problem = fault(error)
        self.problem = self._counted.broken or self.problem


class _Building:
    """A chunk in the making; `size` is how many bytes it has so far."""

    def __init__(self, name: str, stream: _Counted) -> None:
        self._name, self._stream = name, stream
        self._before = self._taken = self._at = 0
        self._begin()

    def _begin(self) -> None:
        self._lines: list[bytes] = []
        self._numbers = array("Q")
        self.size = 0

    def add(self, number: int, line: bytes) -> None:
        """Add a line, which was made of a line of the input, or several of neighbouring ones."""
        more = line.count(b"\n")
        if more:
            self._numbers.extend(range(number, number + more + 1))
        else:
            self._numbers.append(number)
        self._lines.append(line)
        self.size += len(line) + 1

    def chunk(self, raw: int, lines: int) -> Chunk:
        """The chunk of all that was added since the last; `lines` of the input are read by now."""
        data = b"\n".join([*self._lines, b""])
        ones = array("L", [1]) * len(self._numbers)
        size = self._stream.size - self._taken
        before, self._before = self._before, lines
        names = (self._name,)
        origin = ChunkOrigin(names, self._numbers, ones, lines - before, size, before, Counter())
        self._taken, self._at = self._stream.size, self._at + len(data)
        self._begin()
        return Chunk(data, raw=raw, at=self._at, waiting=True, origin=origin)


class _Counted(Rewound):
    """A stream that counts the bytes and the lines that were read of it; `broken` says why it
    ended early."""

    def __init__(self, head: bytes, stream: Any) -> None:
        super().__init__(head, stream)
        self.size = self.lines = 0
        self._last, self.broken = b"\n", ""

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        try:
            size = super().readinto(buffer)
        except Exception as error:  # decompressors have no common error
            self.broken, size = stopped_early(error), 0
        piece = bytes(buffer[:size])
        self.size += size
        self.lines += piece.count(b"\n")
        self._last = piece[-1:] or self._last
        return size

    @property
    def all_lines(self) -> int:
        """The lines that were read, with the last one that may lack its newline."""
        return self.lines + (self._last != b"\n")
