"""A byte stream in, its JSON objects and other lines out, with the number of their first line.

What prints JSON for people spreads an object over many lines, from "{" to "}" in the first
column; a program that prints such objects among its other output leaves both in one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

LARGEST = 64 << 20
"""Bytes of one object; a longer one is given line by line, as what it then is."""
_ENDS = (b"}", b"},", b"}]")


def documents(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Whole objects and other lines, in their order; a broken object comes line by line."""
    held: list[bytes] = []
    size = first = 0
    for number, line in enumerate(_lines(stream), 1):
        if held and (line.startswith(b"{") or size > LARGEST):
            yield from enumerate(held, first)
            held, size = [], 0
        if not held and not _is_open(line):
            yield number, line
            continue
        first = first if held else number
        held.append(line)
        size += len(line)
        if line.rstrip() in _ENDS:
            yield first, b"".join(held)
            held, size = [], 0
    yield from enumerate(held, first)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(LARGEST):
        yield line


def _is_open(line: bytes) -> bool:
    """Whether an object begins here and ends on a later line."""
    return line.startswith(b"{") and not line.rstrip().endswith(b"}")
