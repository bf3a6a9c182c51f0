"""Chunks of a log in order of time in, the same out; of a stretch that stands in it twice, because
it was pasted or exported again, the second lines are blank.

Equal lines at one time are no proof: calls at once print the same. A stretch is one of many lines
with different messages of which nearly all have a twin, or which name their call and the
microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain, repeat, takewhile

from tuner.call_records.doubled_lines import as_written
from tuner.exports import copied_lines
from tuner.exports.ordering import SORTED
from tuner.exports.prints import Print, read_row
from tuner.inputs.chunks import Chunk
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import look
from tuner.lines.layouts import Layouts

NAME = "a stretch printed twice"
_FEWEST, _FEWEST_MESSAGES = 20, 6
_EVEN = 0.95
_NEAR = 400
_AT_ONCE = 64 << 20
_EXACT = lazy_pattern(rb"\d:\d\d[.,]\d{5}")
_TIMED = lazy_pattern(rb"\d:\d\d[.,]\d{3}|\b\d{10}\.?\d{3}")
_BEGINS = lazy_pattern(
    rb"(?!\s{8})[^\n]{0,40}?(?<!\d)\d\d:\d\d:\d\d(?!\d)"
    rb"|\s{0,40}(?:DEBUG|INFO|WARNI?|WARNING|ERROR|CRITI|CRITICAL)(?:\s|\xe2)"
)
"""How a record of whole seconds begins, or one of a screen that repeats no time."""
_CALL = lazy_pattern(rb'"(?:job_id|room)": ?"[^"]')


def single(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The chunks; those of a log that was put in order without second lines of stretches."""
    every = iter(chunks)
    for first in every:
        if first.origin is None or SORTED not in first.origin.names:
            yield first
            yield from every
        else:
            yield from _single(chain([first], every))


def _single(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    for some in _groups(chunks):
        lines = [bytes(chunk.data).split(b"\n") for chunk in some]
        every = [as_written(line) for part in lines for line in part]
        layouts = look.look(bytes(some[0].data[: look.HEAD_BYTES]))
        places = [n for chunk, part in zip(some, lines, strict=True) for n in _places(chunk, part)]
        blank = {*_second_lines(every, layouts), *copied_lines.places(every, places, layouts)}
        at = 0
        for chunk, part in zip(some, lines, strict=True):
            left = _blanked(part, {n - at for n in blank if at <= n < at + len(part)})
            at += len(part)
            yield chunk if left == part else _without(chunk, left)


def _places(chunk: Chunk, lines: Sequence[bytes]) -> Iterator[int]:
    """The line of the input on which each line of a chunk stood, and one for what is behind."""
    found = chunk.origin.line if chunk.origin else ()
    yield from found
    yield from repeat(0, len(lines) - len(found))


def _blanked(lines: Sequence[bytes], second: Set[int]) -> list[bytes]:
    """The lines without second ones and what goes on below those."""
    left = list(lines)
    for place in second:
        behind = range(place + 1, len(lines))
        below = takewhile(lambda at: at not in second and _goes_on(lines[at]), behind)
        for at in (place, *below):
            left[at] = b""
    return left


def _goes_on(line: bytes) -> bool:
    return _TIMED.search(line) is None and _BEGINS.match(line) is None


def _without(chunk: Chunk, lines: Sequence[bytes]) -> Chunk:
    end = b"\n" if bytes(chunk.data[-1:]) != b"\n" and not lines[-1] else b""
    carried = (*chunk.carried, NAME)
    return chunk._replace(data=b"\n".join(lines) + end, waiting=True, carried=carried)


def _groups(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """As many chunks as are looked at together."""
    some: list[Chunk] = []
    for chunk in chunks:
        some.append(chunk._replace(data=bytes(chunk.data)))
        if sum(len(each.data) for each in some) >= _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _second_lines(lines: Sequence[bytes], layouts: Layouts) -> Iterator[int]:
    """The places of the lines that stand a second time in a stretch that does."""
    if len(lines) - len({*lines}) < _FEWEST:
        return
    again = _again(lines)
    sure = [at for at in again if _EXACT.search(lines[at]) and _CALL.search(lines[at])]
    if _are_many([lines[at] for at in sure], layouts):
        yield from sure
    for some in _stretches(lines, {*again, *again.values()}):
        if _are_many([lines[at] for at in some], layouts):
            yield from _copies(lines, some)


def _again(lines: Sequence[bytes]) -> dict[int, int]:
    """The places of lines that equal one above, not far away, each with the place of that one."""
    last: dict[bytes, int] = {}
    found: dict[int, int] = {}
    for at, line in enumerate(lines):
        if at - last.get(line, at - _NEAR - 1) <= _NEAR and _TIMED.search(line) is not None:
            found[at] = last[line]
        last[line] = at
    return found


def _stretches(lines: Sequence[bytes], twins: Set[int]) -> Iterator[Sequence[int]]:
    """Runs of lines that all have a twin; what stands below a record goes with it."""
    some: list[int] = []
    for at, line in enumerate(lines):
        if at in twins:
            some.append(at)
        elif some and _TIMED.search(line) is not None:
            yield some
            some = []
    yield some


def _copies(lines: Sequence[bytes], places: Sequence[int]) -> Iterator[int]:
    """The second lines of a stretch, as many as there are first ones: calls at once may have
    printed the same there, too. None where few stand in even numbers, as they do by chance."""
    found: dict[bytes, list[int]] = {}
    for at in places:
        found.setdefault(lines[at], []).append(at)
    if sum(len(each) % 2 == 0 for each in found.values()) >= _EVEN * len(found):
        for each in found.values():
            yield from each[(len(each) + 1) // 2 :]


def _are_many(lines: Sequence[bytes], layouts: Layouts) -> bool:
    """Whether there are many lines, with more than a few messages."""
    if len(lines) < _FEWEST:
        return False
    found = (read_row(line, layouts) for line in lines)
    return len({each.message for each in found if isinstance(each, Print)}) >= _FEWEST_MESSAGES
