"""An input that is no log of lines in, chunks of the lines that a log would hold out.

What an input is shows in its first bytes. A translator of `call_records` makes the lines and says
of each which line of the input it was made of, so that evidence names that one. Such an input is
read as a whole, from the start, in every run.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, cast

from tuner.call_records import detection
from tuner.call_records.detection import Source
from tuner.errors import InputError
from tuner.inputs import streams
from tuner.inputs.chunks import CHUNK, Chunk
from tuner.inputs.streams import Opened
from tuner.summary.summary import Summary

SAMPLE = 1 << 16
_PIECE = 1 << 18


class Origin(NamedTuple):
    """What lines were made of: the name of the source, the line of the input behind each of them,
    less how many lines were made before, and how many bytes of the input it took."""

    source: str
    numbers: tuple[int, ...]
    bytes: int


def is_call_record(path: str) -> bool:
    """Whether a file has to be translated, and so cannot be read in ranges."""
    try:
        with streams.opened(path, little=True) as log:
            return sampled(log)[1] is not None
    except InputError:
        return False  # whoever reads it will say why


def sampled(log: Opened) -> tuple[Opened, Source | None]:
    """Look at the first bytes of an open log; return the log, again from its start, and what it
    is: None for a log of lines."""
    sample, error = b"", None
    try:
        while len(sample) < SAMPLE and (piece := _read(log.stream, SAMPLE - len(sample))):
            sample += piece
    except Exception as broken:  # an archive; whoever reads the stream meets the error
        error = broken
    stream = cast(BinaryIO, _Rejoined(sample, log.stream, error))
    return log._replace(stream=stream), detection.detect(sample)


def chunks(log: Opened, source: Source) -> Iterator[tuple[Chunk, Origin]]:
    """Chunks of the lines that the translator makes; the last says what went wrong, if anything."""
    counted = cast(_Rejoined, log.stream)
    lines: list[tuple[int, bytes]] = []
    size = at = before = read = 0
    for number, line in (made := _Made(source, counted)):
        lines.append((number - before, line))
        size += len(line) + 1
        if size >= CHUNK:
            at += size
            yield _chunk(lines, log, at), _origin(lines, source, counted.total - read)
            before, read = before + len(lines), counted.total
            lines, size = [], 0
    last = _chunk(lines, log, at + size)._replace(problem=made.problem)
    yield last, _origin(lines, source, counted.total - read)


class _Made:
    """The lines of a translator up to its end, or to what went wrong."""

    def __init__(self, source: Source, stream: _Rejoined) -> None:
        self.problem = ""
        self._source, self._stream = source, io.BufferedReader(stream, _PIECE)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        try:
            yield from self._source.translate(cast(BinaryIO, self._stream))
        except InputError as error:
            self.problem = "; ".join(filter(None, (str(error), error.next_step)))
        except Exception as error:  # archives have no common error, and no input may end a run
            self.problem = f"reading stopped early: {str(error)[:200] or type(error).__name__}"


def _chunk(lines: list[tuple[int, bytes]], log: Opened, at: int) -> Chunk:
    data = b"".join(line + b"\n" for _, line in lines)
    return Chunk(data, raw=log.total(), at=at, waiting=True)


def _origin(lines: list[tuple[int, bytes]], source: Source, size: int) -> Origin:
    return Origin(source.name, tuple(number for number, _ in lines), size)


def describe(summary: Summary, origin: Origin | None) -> None:
    """Let the summary of a chunk tell of the input: its kind, its size, its lines in evidence."""
    if origin is None:
        return
    summary.wrappers[origin.source] += 1
    summary.bytes = origin.bytes
    for places in summary.evidence.values():
        places[:] = [(origin.numbers[line - 1], raw) for line, raw in places]


def _read(stream: Any, size: int) -> bytes:
    if isinstance(stream, io.RawIOBase):
        return stream.read(size) or b""
    return bytes(stream.read1(min(size, _PIECE)))


class _Rejoined(io.RawIOBase):
    """A stream of which the first bytes were read already, with the error that ended that."""

    def __init__(self, first: bytes, rest: BinaryIO, error: Exception | None) -> None:
        self._first, self._rest, self._error = first, rest, error
        self.total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next, in pieces; 0 at the end."""
        if not self._first and self._error is not None:
            raise self._error
        piece = self._first[: len(buffer)] or _read(self._rest, len(buffer))
        self._first = self._first[len(piece) :]
        buffer[: len(piece)] = piece
        self.total += len(piece)
        return len(piece)
