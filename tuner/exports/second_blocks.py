"""Chunks of a log in, the same out; where its records stand in it once more in another layout, one
behind the other, those that say less are blank.

That is what a log looks like that was put together of what a file and a console got. It is sought
in logs of one chunk, where the last record is printed in another way than the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tuner.call_records.doubled_lines import bare_line
from tuner.exports import overlaps
from tuner.exports.printed_lines import PrintedLines
from tuner.exports.prints import Print, is_same_of_two, read
from tuner.inputs.chunks import MAX_LINE, Chunk
from tuner.lines import look
from tuner.lines.layouts import NONE

_FEWEST, _SURE = 20, 0.95
_END, _SAMPLES = 1 << 14, 32


def single(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The chunks; where they are of a small log they may have lost what stands in it twice."""
    first = next(chunks, None)
    if first is not None and _is_of_two_kinds(first):
        first = first._replace(data=bytes(first.data))  # the next chunk is read into its memory
        second = next(chunks, None)
        if second is None or len(second.data) <= MAX_LINE:  # a line without its end
            yield from _single([first] if second is None else [first, second])
        else:
            yield from (first, second)
    elif first is not None and len(first.data) <= overlaps.MOST_BYTES:
        first = first._replace(data=bytes(first.data))
        second = next(chunks, None)
        both = [first] if second is None else [first, second]
        yield from overlaps.single(both) if len(both[-1].data) <= MAX_LINE else both
    elif first is not None:
        yield first
    yield from chunks


def _is_of_two_kinds(chunk: Chunk) -> bool:
    """Whether records printed in one way stand before those of another one."""
    data = chunk.data
    first = _kind(bytes(data[:_END]).split(b"\n"))
    last = _kind(reversed(bytes(data[-_END:]).split(b"\n")[1:]))
    if first == last or not first or not last:
        return False
    places = range(0, len(data), max(len(data) // _SAMPLES, 1))
    kinds = [_kind(bytes(data[at : at + _END]).split(b"\n")[1:]) for at in places]
    change = kinds.count(first)
    is_split = {*kinds[:change]} == {first} and first not in kinds[change:]
    return is_split and 1 < change < len(kinds) - 1


def _kind(lines: Iterable[bytes]) -> str:
    """In which way the first of some lines that is a record is printed; "" if none is."""
    found = (read(text, NONE) for line in lines if (text := bare_line(line)))
    return next((each.kind for each in found if isinstance(each, Print)), "")


def _single(chunks: Sequence[Chunk]) -> Iterator[Chunk]:
    """The chunks without a block that has the records of the other one."""
    layouts = look.look(bytes(chunks[0].data[: look.HEAD_BYTES]))
    every = [PrintedLines(chunk, layouts) for chunk in chunks]
    less = _less_of_two([e for lines in every for e in lines.prints if isinstance(e, Print)])
    for lines, chunk in zip(every, chunks, strict=True):
        second = (isinstance(each, Print) and each.kind == less for each in lines.prints)
        yield lines.without(second) if less else chunk


def _less_of_two(found: list[Print]) -> str:
    """Which of two ways of printing says less, if the same records are printed in both; else ""."""
    kinds = Counter(each.kind for each in found)
    if len(kinds) != 2 or min(kinds.values()) < _FEWEST or len({*kinds.values()}) != 1:
        return ""
    one, other = ([e for e in found if e.kind == kind] for kind in kinds)
    if found[: len(one)] != one:
        return ""
    same = sum(map(is_same_of_two, one, other))
    if same < _SURE * len(one):
        return ""
    worth = [sum(each.worth for each in block) for block in (one, other)]
    return (one if worth[0] < worth[1] else other)[0].kind
