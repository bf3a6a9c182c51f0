"""A chunk and what reads it in, the result out, whatever the lines hold.

This is the one place that keeps a fault of this program from costing more than the line that
brings it out: that line is counted as not understood, with the fault as the reason.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import TypeVar

from tuner.errors import fault
from tuner.inputs.chunks import Chunk

T = TypeVar("T")
Faults = Mapping[bytes, str]
"""Lines that cannot be read, each with the reason."""
Reader = Callable[[Chunk, Faults], T]

_MOST = 20
"""Faults that need more than one line: each costs some twenty readings of the chunk."""


def read(reader: Reader[T], chunk: Chunk) -> T:
    """What `reader` makes of the chunk; lines that it fails on are given to it as faults."""
    try:
        return reader(chunk, {})
    except Exception:
        return _around(reader, chunk)


def tried(reader: Callable[[], T]) -> T | None:
    """What a reader makes that another one stands in for; None if it fails."""
    try:
        return reader()
    except Exception:
        return None


def _around(reader: Reader[T], chunk: Chunk) -> T:
    lines = bytes(chunk.data).split(b"\n")
    faults = {line: why for line in dict.fromkeys(lines) if (why := _fault(reader, [line], {}))}
    for _ in range(_MOST):
        try:
            return reader(chunk, faults)
        except Exception as error:
            faults[lines[_last(reader, lines, faults) - 1]] = fault(error)
    return reader(chunk, dict.fromkeys(lines, "among lines that could not be read"))


def _last(reader: Reader[T], lines: list[bytes], faults: Faults) -> int:
    """How many lines it takes at least to make the reader fail."""
    numbers = range(1, len(lines) + 1)
    found = bisect_left(numbers, True, key=lambda n: bool(_fault(reader, lines[:n], faults)))
    return min(found + 1, len(lines))


def _fault(reader: Reader[T], lines: list[bytes], faults: Faults) -> str:
    try:
        reader(Chunk(b"\n".join(lines) + b"\n"), faults)
    except Exception as error:
        return fault(error)
    return ""
