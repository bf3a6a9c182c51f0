"""Chunks of a log in, the same out; where two exports meet that have a moment in common, its second
lines are blank.

The first export ends with the lines with which the second begins, so that a block of lines is
followed by itself and the time goes back. One process may write in another order within a moment,
but not the same lines again. It is sought in small logs, which cost nothing to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuner.call_records.doubled_lines import bare_line
from tuner.exports.ordering import SORTED
from tuner.exports.pasted_stretches import NAME
from tuner.exports.prints import Print, read
from tuner.inputs.chunks import Chunk
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import look
from tuner.lines.layouts import Layouts

MOST_BYTES = 1 << 20
_LONGEST = 10_000
_FEWEST_LINES = 2
_TIMED = lazy_pattern(rb"\d:\d\d[.,]\d{3}|\b\d{10}\.?\d{3}")


def single(chunk: Chunk) -> Chunk:
    """The chunk of a whole log without the lines that two exports have in common."""
    if len(chunk.data) > MOST_BYTES or (chunk.origin and SORTED in chunk.origin.names):
        return chunk
    lines = bytes(chunk.data).split(b"\n")
    twice = len(lines) - len({*lines})
    if twice < _FEWEST_LINES:
        return chunk
    layouts = look.look(bytes(chunk.data[: look.HEAD_BYTES]))
    second = [at for block in _blocks(lines, layouts) for at in block]
    for at in second:
        lines[at] = b""
    carried = (*chunk.carried, NAME)
    return (
        chunk._replace(data=b"\n".join(lines), waiting=True, carried=carried) if second else chunk
    )


def _blocks(lines: Sequence[bytes], layouts: Layouts) -> Iterator[range]:
    """The places of each block that follows itself."""
    last: dict[bytes, int] = {}
    end = 0
    for at, line in enumerate(lines):
        before = last.get(line, -_LONGEST)
        size = at - before
        if at >= end and size <= _LONGEST and _is_block(lines, before, at, layouts):
            end = at + size
            yield range(at, end)
        if _TIMED.search(line):
            last[line] = at


def _is_block(lines: Sequence[bytes], begin: int, at: int, layouts: Layouts) -> bool:
    """Whether the lines from one to another stand again behind them, at a time that went back."""
    if lines[begin + 1 : begin + 2] != lines[at + 1 : at + 2]:
        return False  # most are told apart by one more line
    block = lines[begin:at]
    if len(block) < _FEWEST_LINES or block != lines[at : at + len(block)]:
        return False
    bare = (bare_line(line, layouts.wrappers) for line in block)
    found = (read(text, layouts) for text in bare)
    times = [each.time for each in found if isinstance(each, Print)]
    first, latest = (times[0], times[-1]) if times else (None, None)
    return first is not None and latest is not None and first < latest
