"""Bytes in, their JSON objects and other lines out, with the number of their first line.

What prints JSON for people spreads an object over many lines, from "{" to "}" in the first
column; a program that prints such objects among its other output leaves both in one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LARGEST = 64 << 20
"""Bytes of one object; a longer one is given line by line, as what it then is."""
_BLOCK = 1 << 20
Numbered = list[tuple[int, bytes]]
"""Lines, or several as one, each with the number of the first."""
_ENDS = (b"}", b"},", b"}]")


class WholeLines(NamedTuple):
    """Whole lines, and the number of the first."""

    first: int
    text: bytes


def pieces(stream: BinaryIO) -> Iterator[WholeLines]:
    """All of a stream, cut where no object is open."""
    held, first = b"", 1
    while block := stream.read(_BLOCK):
        held += block
        if end := _cut(held):
            text, held = held[:end], held[end:]
            yield WholeLines(first, text)
            first += text.count(b"\n") + (not text.endswith(b"\n"))
    if held:
        yield WholeLines(first, held)


def _cut(held: bytes) -> int:
    """The last place that surely ends a document: where the next one begins, or any line if none
    has begun or if it is too long. 0 if there is none."""
    lines, begins = held.rfind(b"\n") + 1, held.rfind(b"\n{") + 1
    if not lines:
        return LARGEST if len(held) > LARGEST else 0
    may_go_on = held.startswith(b"{") and lines <= LARGEST and len(held) <= 2 * LARGEST
    return begins or (0 if may_go_on else lines)


def documents(piece: WholeLines) -> Iterator[tuple[int, bytes]]:
    """Whole objects and other lines, in their order; a broken object comes line by line."""
    (number, text), at = piece, 0
    while at < len(text):
        end = text.find(b"\n", at) + 1 or len(text)
        if text.startswith(b"{", at) and not text[at:end].rstrip().endswith(b"}"):
            end = _closed(text, at, end) or end
            yield number, text[at:end]
            number += text.count(b"\n", at, end)
        else:
            yield number, text[at:end]
            number += 1
        at = end


def _closed(text: bytes, begin: int, at: int) -> int:
    """Where an object ends that begins on a line with the end `at`; 0 if it is broken."""
    limit = text.find(b"\n{", at - 1) + 1 or len(text)
    while at := text.find(b"\n}", at - 1, limit) + 1:
        end = text.find(b"\n", at) + 1 or len(text)
        if text[at:end].rstrip() in _ENDS:
            return end if at - begin <= LARGEST else 0
        at = end
    return 0
