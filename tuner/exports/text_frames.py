"""Lines that a console broke at its width in, the entries of the lines as they were out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tuner.exports.entries import ExportEntry, own_time
from tuner.exports.plain_lines import split, time_of
from tuner.inputs.chunks import MAX_LINE
from tuner.lines import wrappers

_NARROWEST = 40
_WRAPPED_SHARE = 0.2
_FEWEST = 3
_FIRST_KEY = re.compile(rb'\{"[^"]*":')


class WrappedLines:
    """The entries of text that a console broke at its width, wherever that was in a line."""

    name = "lines broken at the console's width"

    def __init__(self, blocks: Iterable[bytes], width: int) -> None:
        self._blocks, self._width = blocks, width
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a line as it was before it was broken."""
        pieces: list[bytes] = []
        for line in (line.rstrip(b"\r") for line in split(self._blocks)):
            if pieces and (self._is_whole(pieces) or _begins(line, pieces[-1])):
                yield self._entry(pieces)
                pieces = []
            pieces.append(line)
            self.lines += 1
        if pieces:
            yield self._entry(pieces)

    def _is_whole(self, pieces: Sequence[bytes]) -> bool:
        """Whether the last piece ends before the width, or nobody would take a longer line."""
        return (
            self._width - self._length(pieces[-1]) not in (0, 1)
            or len(pieces) * self._width > MAX_LINE
        )

    @staticmethod
    def _length(line: bytes) -> int:
        return len(line.decode(errors="replace"))

    def _entry(self, pieces: list[bytes]) -> ExportEntry:
        # A blank at the end of a broken line is lost where the text was copied from a screen.
        padded = [p + b" " * (self._width - self._length(p)) for p in pieces[:-1]]
        text = b"".join([*padded, pieces[-1]])
        return ExportEntry(text, time_of(text), self.lines - len(pieces) + 1, len(pieces))


def width(head: bytes) -> int:
    """The width at which the lines of a text were broken; 0 if they were not.

    The longest lines are many and equally long, and what stands below them is no line by itself.
    """
    lines = [line.rstrip("\r") for line in head.decode(errors="replace").split("\n")[:-1]]
    counts = Counter(map(len, lines))
    longest = max(counts, default=0)
    if longest < _NARROWEST or counts[longest] < max(_FEWEST, _WRAPPED_SHARE * len(lines)):
        return 0
    full = [(line, after) for line, after in pairwise(lines) if len(line) == longest]
    loose = [
        after
        for line, after in full
        if not after[:2].isspace() and not _begins(after.encode(), line.encode())
    ]
    whole = any(_begins(line.encode()) for line, _ in full)
    return longest if whole and len(loose) * 2 > len(full) else 0


def is_cut(head: bytes) -> bool:
    """Whether lines begin with an object that nothing closes, not even on the next line."""
    lines = head.split(b"\n")[:-1]
    cut = sum(_begin_alike(*both) and both[1][-1:] != b"}" for both in pairwise(lines))
    return cut >= _FEWEST and cut > len(lines) // 2


def _begins(line: bytes, before: bytes = b"}") -> bool:
    """Whether a line is one by itself: of a record, or of what a shipper wrapped. JSON begins
    behind JSON, be that cut off, and not inside a text whose fields a console moved to the next
    line."""
    if line[:2] == b'{"':
        return before[-1:] == b"}" or _begin_alike(line, before)
    return bool(wrappers.peel(line).names) or (own_time(line) is None and time_of(line) is not None)


def _begin_alike(line: bytes, before: bytes) -> bool:
    """Whether two lines begin with an object that has the same first key."""
    one, other = _FIRST_KEY.match(line), _FIRST_KEY.match(before)
    return one is not None and other is not None and one[0] == other[0]
