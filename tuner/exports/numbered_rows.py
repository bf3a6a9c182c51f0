"""A log as `less -N` shows it in, the log alone out.

A number stands before each line in a column of eight; a line that is longer than the screen goes on
in rows with blanks in that column, and each row but its last fills the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tuner.exports.plain_lines import whole_lines
from tuner.lazy_patterns import lazy_pattern

_COLUMN = 8
_NUMBER, _NONE = lazy_pattern(rb"(?= {0,6}\d)[ \d]{6}\d "), b" " * _COLUMN
_FEWEST, _SURE = 4, 0.95
_NARROWEST = 40


def width(lines: Sequence[bytes]) -> int:
    """How wide the screen is of which these are the first rows; 0 if they are of none."""
    numbers = [int(line[:_COLUMN]) for line in lines if _NUMBER.match(line)]
    if len(numbers) < _FEWEST or not _NUMBER.match(lines[0]):
        return 0
    by_one = sum(later - number == 1 for number, later in pairwise(numbers))
    full = [_columns(row) for row, below in pairwise(lines) if below.startswith(_NONE)]
    if by_one < _SURE * (len(numbers) - 1) or not full:
        return 0
    widest = max(map(_columns, lines))
    is_screen = full.count(widest) >= _SURE * len(full) and widest >= _NARROWEST
    are_rows = all(line.startswith(_NONE) or _NUMBER.match(line) for line in lines if line)
    return widest if is_screen and are_rows else 0


def _columns(row: bytes) -> int:
    return len(row.decode(errors="replace"))


def joined(blocks: Iterable[bytes], screen: int) -> Iterator[bytes]:
    """The lines of a screen so wide; below each stands an empty one for each further row, so that
    a line keeps its place."""
    open_line, rows, is_full = b"", 0, False
    for lines in whole_lines(blocks):
        out: list[bytes] = []
        for row in lines.removesuffix(b"\n").split(b"\n"):
            bare = row.removesuffix(b"\r")
            if is_full and bare.startswith(_NONE):
                open_line, rows = open_line + bare[_COLUMN:], rows + 1
            else:
                out += [open_line] * (rows > 0) + [b""] * (rows - 1)
                open_line, rows = bare[_COLUMN:] if _NUMBER.match(bare) else row, 1
            is_full = _columns(bare) == screen
        if out:
            yield b"\n".join([*out, b""])
    if rows:
        yield b"\n".join([open_line, *[b""] * (rows - 1), b""])
