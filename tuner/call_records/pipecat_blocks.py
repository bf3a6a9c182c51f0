"""A stream of a Pipecat log in, blocks of its whole lines out, each with the lines to look at.

All other lines are in Pipecat's own layout and report nothing of a turn. The compiled scan finds
them; where it is not there, the same is done here, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from tuner import scan
from tuner.call_records import pipecat_moments
from tuner.call_records.doubled_lines import single_lines
from tuner.call_records.pipecat_moments import MARKS
from tuner.scan.pipecat_lines import PipecatLine, PipecatLookout, PipecatStop

LONGEST = 1 << 20
"""Bytes of a line; what is longer is cut."""
_BLOCK = 1 << 18


class PipecatBlock(NamedTuple):
    """Whole lines, the number of the first and of the last, and those to look at, to be gone
    through once."""

    text: bytes
    first: int
    last: int
    stops: Iterator[PipecatStop]


def blocks(stream: BinaryIO) -> Iterator[PipecatBlock]:
    """All of the stream."""
    look, first = _look(), 1
    for text in single_lines(_whole_lines(stream)):
        behind = first + text.count(b"\n")
        last = behind - text.endswith(b"\n")
        yield PipecatBlock(text, first, last, look(text, first))
        first = behind


def _look() -> Callable[[bytes, int], Iterator[PipecatStop]]:
    return PipecatLookout().look if scan.ready() else by_line


def _whole_lines(stream: BinaryIO) -> Iterator[bytes]:
    held = b""
    while piece := stream.read(_BLOCK):
        held += piece
        end = held.rfind(b"\n") + 1
        if not end and len(held) >= LONGEST:
            held, end = held[:LONGEST] + b"\n" + held[LONGEST:], LONGEST + 1
        if end:
            yield held[:end]
            held = held[end:]
    if held:
        yield held


def by_line(text: bytes, first: int) -> Iterator[PipecatStop]:
    """The lines of a block to look at, without the compiled scan, which leaves none unread."""
    start = 0
    for number, line in enumerate(text.removesuffix(b"\n").split(b"\n"), first):
        end = start + len(line)
        if not pipecat_moments.is_plain(line):
            stop = end - line.endswith(b"\r")
            message, time = pipecat_moments.own_message(line)
            marks = sum((mark in line) << place for place, mark in enumerate(MARKS))
            found = (start + message, marks, 0, time) if message else (-1, 0, 0, 0.0)
            yield PipecatStop(b"", PipecatLine(number, start, end, stop, *found))
        start = end + 1
