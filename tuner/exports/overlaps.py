"""Chunks of a log in, the same out; where a block of lines stands again behind itself, its second
lines are blank.

So it is where two exports have a moment in common, of which the first ends with the lines with
which the second begins, and where a few lines were pasted again, perhaps below some words. The time
goes back there. One process may write in another order within a moment, but not the same lines
again. It is sought in small logs, which cost nothing to look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tuner.exports.ordering import SORTED
from tuner.exports.pasted_stretches import NAME
from tuner.exports.prints import Print, read_row
from tuner.inputs.chunks import Chunk
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import look
from tuner.lines.layouts import Layouts

MOST_BYTES = 1 << 20
_LONGEST = 10_000
_FEWEST_LINES, _FEWEST_ROWS = 2, 3
_MOST_PASTES = 15
"""Nobody pastes the same more often: a log that repeats itself so was made that way."""
_MOST_WORDS = 6
"""Lines of words between a paste and the next one."""
_TIMED = lazy_pattern(rb"\d:\d\d[.,]\d{3}|\b\d{10}\.?\d{3}")
_ROW = lazy_pattern(
    rb"\s{0,8}(?:\d\d:\d\d:\d\d )?\s{0,20}(?:DEBUG|INFO|WARN|ERROR|CRITI)[\w ]*\xe2?"
)
"""How a record of whole seconds begins."""


def single(chunks: Sequence[Chunk]) -> Iterator[Chunk]:
    """The chunks of a whole log without the lines that stand again; there is one, or a second one
    with its last record."""
    if any(chunk.origin and SORTED in chunk.origin.names for chunk in chunks):
        yield from chunks
        return
    lines = b"".join(bytes(chunk.data) for chunk in chunks).split(b"\n")
    second = _second_lines(lines, bytes(chunks[0].data[: look.HEAD_BYTES]))
    for at in second:
        lines[at] = b""
    begin = 0
    for chunk in chunks:
        end = begin + bytes(chunk.data).count(b"\n")
        is_last = chunk is chunks[-1]
        data = b"\n".join(lines[begin:] if is_last else [*lines[begin:end], b""])
        carried = (*chunk.carried, NAME)
        yield chunk._replace(data=data, waiting=True, carried=carried) if second else chunk
        begin = end


def _second_lines(lines: Sequence[bytes], head: bytes) -> list[int]:
    """The places of lines of a block that stands again."""
    if len(lines) - len({*lines}) < _FEWEST_LINES:
        return []
    blocks = [*_blocks(lines, look.look(head))]
    times = Counter(lines[block.start] for block in blocks)
    return [at for block in blocks if times[lines[block.start]] <= _MOST_PASTES for at in block]


def _blocks(lines: Sequence[bytes], layouts: Layouts) -> Iterator[range]:
    """The places of each block that stands behind itself."""
    last: dict[bytes, int] = {}
    end = 0
    for at, line in enumerate(lines):
        before = last.get(line, -_LONGEST)
        if at >= end and at - before <= _LONGEST:
            size = _size(lines, before, at)
            if size and _goes_back(lines[before : before + size], layouts):
                end = at + size
                yield range(at, end)
        if _begins(line):
            last[line] = at


def _begins(line: bytes) -> bool:
    """Whether a record may begin on a line."""
    return _TIMED.search(line) is not None or _ROW.match(line) is not None


def _size(lines: Sequence[bytes], begin: int, at: int) -> int:
    """How many lines from one on stand again from another on, up to there or to a few words before;
    0 if they do not."""
    size = 0
    while (
        begin + size < at
        and lines[begin + size : begin + size + 1] == lines[at + size : at + size + 1]
    ):
        size += 1
    between = lines[begin + size : at]
    is_block = size >= _FEWEST_LINES and len(between) <= _MOST_WORDS
    return size if is_block and not any(map(_begins, between)) else 0


def _goes_back(block: Sequence[bytes], layouts: Layouts) -> bool:
    """Whether the block ends later than it begins: then the time goes back where it begins again.
    Of whole seconds a few rows are needed."""
    rows = [each for line in block if isinstance(each := read_row(line, layouts), Print)]
    times = [each.time for each in rows if each.time is not None]
    if not times or times[0] >= times[-1]:
        return False
    return len(rows) >= _FEWEST_ROWS or not all(time.is_integer() for time in times)
