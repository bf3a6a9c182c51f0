"""Lines that a console broke at its width in, the entries of the lines as they were out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tuner.exports.entries import ExportEntry, own_time
from tuner.exports.plain_lines import split, time_of
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import key_values, wrappers

_NARROWEST = 40
_WRAPPED_SHARE = 0.2
_FEWEST = 3
_SURE = 0.9
_BEHIND = 8
"""Behind the end of an object may stand a comma, and what a page put there."""
_DIGITS = lazy_pattern(r"\d")
_LEVEL = lazy_pattern(
    rb"[\[(<|]?(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL)(?:[\])>|\s]|:[A-Za-z_ ])"
)
"""How records begin whose time stands elsewhere or nowhere (`logging.basicConfig`)."""
_KEY = lazy_pattern(rb"[A-Za-z_][\w.]*=(?=\S)")
_FIRST_KEY = lazy_pattern(rb'\{"[^"]*":')


class BrokenLines(ABC):
    """The entries of text whose lines something broke; `lines` is how many were passed so far."""

    name: str

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self.lines = blocks, 0

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a line as it was before it was broken."""
        pieces: list[bytes] = []
        for line in map(self._bare, split(self._blocks)):
            if pieces and not self._goes_on(pieces, line):
                yield self._entry(pieces)
                pieces = []
            pieces.append(line)
            self.lines += 1
        if pieces:
            yield self._entry(pieces)

    def _entry(self, pieces: Sequence[bytes]) -> ExportEntry:
        text = self._joined(pieces)
        return ExportEntry(text, time_of(text), self.lines - len(pieces) + 1, len(pieces))

    @abstractmethod
    def _bare(self, line: bytes) -> bytes:
        """A line without what is not its own."""

    @abstractmethod
    def _goes_on(self, pieces: Sequence[bytes], line: bytes) -> bool:
        """Whether a line belongs to the pieces above it."""

    @abstractmethod
    def _joined(self, pieces: Sequence[bytes]) -> bytes:
        """The line that was broken into these."""


class WrappedLines(BrokenLines):
    """The entries of text that a console broke at its width, wherever that was in a line."""

    name = "lines broken at the console's width"

    def __init__(self, blocks: Iterable[bytes], width: int, ends: bytes = b"\r") -> None:
        """`ends` are the signs at the end of lines that are none of theirs."""
        super().__init__(blocks)
        self._width, self._ends = width, ends

    def _bare(self, line: bytes) -> bytes:
        return line.rstrip(self._ends)

    def _goes_on(self, pieces: Sequence[bytes], line: bytes) -> bool:
        return not (self._is_whole(pieces) or _begins_behind(line, pieces))

    def _is_whole(self, pieces: Sequence[bytes]) -> bool:
        """Whether the last piece ends before the width, or nobody would take a longer line."""
        return (
            self._width - length(pieces[-1]) not in (0, 1) or len(pieces) * self._width > MAX_LINE
        )

    def _joined(self, pieces: Sequence[bytes]) -> bytes:
        # A blank at the end of a broken line is lost where the text was copied from a screen.
        padded = [p + b" " * (self._width - length(p)) for p in pieces[:-1]]
        return b"".join([*padded, pieces[-1]])


def length(line: bytes) -> int:
    """How many characters a line has."""
    return len(line.decode(errors="replace"))


def width(head: bytes) -> int:
    """The width at which the lines of a text were broken; 0 if they were not.

    The longest lines are many and equally long, and what stands below them is no line by itself. Of
    few such lines it has to be nearly always so, and elsewhere hardly ever.
    """
    lines = [line.rstrip() for line in head.decode(errors="replace").split("\n")[:-1]]
    counts = Counter(map(len, lines))
    longest = max(counts, default=0)
    if longest < _NARROWEST or counts[longest] < _FEWEST:
        return 0
    full = [(line, after) for line, after in pairwise(lines) if len(line) == longest]
    loose = sum(_is_loose(*both) for both in full)
    if not any(_begins(line.encode()) for line, _ in full) or loose * 2 <= len(full):
        return 0
    are_many = counts[longest] >= _WRAPPED_SHARE * len(lines)
    kinds = 1 if is_padded(head) else _FEWEST
    return longest if are_many or _are_only_there(lines, longest, kinds) else 0


def _is_loose(line: str, after: str) -> bool:
    """Whether the line below another one is no line by itself."""
    return not after[:2].isspace() and not _begins(after.encode(), line.encode())


def _are_only_there(lines: Sequence[str], longest: int, kinds: int) -> bool:
    """Whether lines that are none by themselves stand below lines that end at the width, of so many
    messages, nearly all of them. Where a line ended in a blank there it is shorter by one."""
    below = [both for both in pairwise(lines) if both[1]]
    loose = [len(line) + 1 >= longest for line, after in below if _is_loose(line, after)]
    full = [line for line, _ in below if len(line) == longest]
    if len({_DIGITS.sub("0", line) for line in full}) < kinds:
        return False
    return sum(loose) >= _SURE * max(len(loose), len(full))


def is_padded(head: bytes) -> bool:
    """Whether blanks fill the lines of a text up to the width of a screen."""
    lines = head.split(b"\n")[:-1]
    _, n = Counter(map(len, lines)).most_common(1)[0] if lines else (0, 0)
    return n * 2 > len(lines) and sum(line.endswith(b"  ") for line in lines) * 2 > n


def is_cut(head: bytes) -> bool:
    """Whether lines begin with an object that nothing closes, not even on the next line."""
    lines = head.split(b"\n")[:-1]
    cut = sum(_begin_alike(*both) and b"}" not in both[1][-_BEHIND:] for both in pairwise(lines))
    return cut >= _FEWEST and cut > len(lines) // 2


def _begins(line: bytes, before: bytes = b"}") -> bool:
    """Whether a line is one by itself: of a record, or of what a shipper wrapped. JSON begins
    behind JSON, be that cut off, and not inside a text whose fields a console moved to the next
    line."""
    if line[:2] == b'{"':
        return before[-1:] == b"}" or _begin_alike(line, before)
    if _LEVEL.match(line) or key_values.LOOKS.match(line) or wrappers.peel(line).names:
        return True
    return own_time(line) is None and time_of(line) is not None


def _begins_behind(line: bytes, pieces: Sequence[bytes]) -> bool:
    """The same below the pieces of a record. All of key=value begin with the same key: what stands
    behind a break there may have a message and a level, too."""
    key = _KEY.match(pieces[0])
    return line.startswith(key[0]) if key else _begins(line, pieces[-1])


def _begin_alike(line: bytes, before: bytes) -> bool:
    """Whether two lines begin with an object that has the same first key."""
    one, other = _FIRST_KEY.match(line), _FIRST_KEY.match(before)
    return one is not None and other is not None and one[0] == other[0]
