"""A chunk in, where its lines begin and end out, and its bytes as numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Index = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]


class Lines(NamedTuple):
    """Where the lines of a chunk begin and end, and its bytes as numbers.

    `words[i]` are the eight bytes from i on: one comparison tests eight places of every line.
    """

    data: bytes
    starts: Index
    ends: Index
    words: Words

    def begin(self, offset: int) -> Words:
        """The eight bytes at this offset of every line; of the last lines, any eight bytes.

        Lines near the chunk's end are never framed, so what stands there does not matter.
        """
        places = np.minimum(self.starts, len(self.words) - 1 - offset)
        found: Words = self.words[places + offset]
        return found

    def of(self, which: Index, offset: int) -> Words:
        """The eight bytes at this offset of some framed lines."""
        found: Words = self.words[self.starts[which] + offset]
        return found

    def cut(self, which: Index) -> list[bytes]:
        """The bytes of some lines."""
        begins, ends = self.starts[which].tolist(), self.ends[which].tolist()
        return [self.data[begin:end] for begin, end in zip(begins, ends, strict=True)]

    def line(self, index: int) -> bytes:
        """The bytes of one line."""
        return self.data[self.starts[index] : self.ends[index]]


def lines_of(data: bytes) -> Lines:
    """Find the lines of a chunk; the last one may lack its newline."""
    ends = _newlines(np.frombuffer(data, dtype=np.uint8))
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    words = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    return Lines(data, starts, ends, words)


def _newlines(text: npt.NDArray[np.uint8]) -> Index:
    """Where the newlines are: eight bytes at once take half the time of one by one."""
    found = np.zeros(len(text) + 7 & ~7, dtype=np.bool_)
    np.equal(text, ord("\n"), out=found[: len(text)])
    groups = found.view("<u8")
    hits = (groups != 0).nonzero()[0]
    marks = groups[hits]
    if (marks & (marks - np.uint64(1))).any():  # two newlines in eight bytes: short or blank lines
        return np.flatnonzero(found)
    places: Index = hits * 8 + np.searchsorted(_PLACES, marks)
    return places


_PLACES = np.array([1 << 8 * place for place in range(8)], dtype=np.uint64)


def u64(text: bytes) -> np.uint64:
    """Up to eight bytes as the number that `Lines.words` has for them."""
    return np.uint64(int.from_bytes(text[:8].ljust(8, b"\0"), "little"))


_ODD = np.uint64(0x9E3779B97F4A7C15)


def mixed(first: Words, second: Words) -> Words:
    """Sixteen bytes as eight (Knuth's multiplicative hash)."""
    found: Words = first ^ second * _ODD
    return found
