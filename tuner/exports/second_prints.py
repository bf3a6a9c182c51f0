"""Chunks of a log in, the same out; where each record was printed twice, the second is blank.

Two handlers on one logger (LiveKit's and one of the app's, `propagate`, a file and a console in one
stream) print each record twice, in one layout or in two. Whether they do is seen in the beginning
of the log: nearly all records of one layout have a twin. Then each that has one is left out,
wherever the two stand near each other, with its traceback; what one handler alone prints is kept.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from tuner.call_records.doubled_lines import bare_line
from tuner.exports import second_blocks
from tuner.exports.printed_lines import PrintedLines
from tuner.exports.prints import Kept, Print, Twins, read
from tuner.inputs.chunks import Chunk
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import look, records
from tuner.lines.layouts import NONE, Layouts

_LOOKED_AT, _LOOKED_AT_FIRST = 600, 120
_FEWEST = 4
_SURE = 0.9
_MOST_BELOW = 5
"""One line in so many begins a record at least, the others are tracebacks."""
_MOST_TIMES = 4
"""So often lines that stand twice are looked for among what is left: 16 copies of a log are."""
_FEWEST_MESSAGES = 6
"""A part of a log with fewer is of what comes again and again, such as a warning for each word."""
_NEAR = 3_000
"""So many records before and behind a chunk may hold the twin of one in it."""

_CLOCK = lazy_pattern(rb"\d\d:\d\d:\d\d ")
_MICROSECONDS = lazy_pattern(rb"\d:\d\d\.\d{6}")
_JOB = lazy_pattern(rb'"job_id": ?"\w')
_FRACTION = lazy_pattern(rb"\d:\d\d[.,]\d|\b\d{10}\.?\d\d")


class Doubled(NamedTuple):
    """How records stand twice: in two ways of printing, of which one is kept; "" for the same, in
    which a second line stands so many records behind the first at most, and a record on so many
    lines (`times`)."""

    kept: str
    other: str
    layouts: Layouts
    near: int = _NEAR
    times: int = 2


def doubled(head: bytes) -> Doubled | None:
    """How each record stands twice in a log that begins like this; None if it does not."""
    lines = head.split(b"\n")[:_LOOKED_AT]
    if len(lines) < 2 * _FEWEST or _is_of_once(lines):
        return None
    lines = [text for line in lines if (text := bare_line(line))]
    if near := _one_way(lines):
        layouts = look.look(head)
        if _are_exact(lines) or _are_many(lines, layouts):
            return Doubled("", "", layouts, near, _times(lines, near))
    first, layouts = lines[:_LOOKED_AT_FIRST], NONE
    if _is_mixed(first):
        layouts = look.look(head)
    if _two_ways(first, layouts) is None:
        return None
    return _two_ways(lines, layouts)


def _is_of_once(lines: Sequence[bytes]) -> bool:
    """Whether all lines are LiveKit's JSON, as most logs are, and few of them equal others."""
    is_own = all(line.startswith(b'{"message"') for line in lines[:-1])
    return is_own and len({*lines}) > _SURE * len(lines)


def _one_way(lines: Sequence[bytes]) -> int:
    """How near each other equal lines stand that nearly all have one; 0 if they do not."""
    exact = [line for line in lines if _FRACTION.search(line) is not None]
    if len(exact) * _MOST_BELOW >= len(lines):
        near, lines = _NEAR, exact  # the others stand below
    else:
        near, lines = _of_screen(lines)
    times = _in_a_row(lines) if near == 1 else 2
    seconds = Seconds(near, times if near == 1 else len(lines))
    second = sum([seconds.take(line) for line in lines])
    return near if times * second >= _SURE * (times - 1) * len(lines) else 0


def _of_screen(lines: Sequence[bytes]) -> tuple[int, Sequence[bytes]]:
    """How near each other equal lines may stand that tell no fraction of a second, and which begin
    a record. Calls at once may print the same: only behind each other, or where all of a second
    stands again behind it."""
    clocked = _with_rows(lines)
    if len(clocked) * _MOST_BELOW < len(lines):
        return 1, lines
    seconds = [list(some) for _, some in groupby(clocked, key=lambda line: line[:8])]
    again = [len(some) // 2 for some in seconds if some[: len(some) // 2] * 2 == some]
    return (max(again), clocked) if len(again) >= _SURE * len(seconds) else (1, lines)


def _with_rows(lines: Sequence[bytes]) -> list[bytes]:
    """The records of a screen, each with the rows below it."""
    found: list[bytes] = []
    for line in lines:
        if _CLOCK.match(line) is not None:
            found.append(line)
        elif found:
            found[-1] += b"\n" + line
    return found


def _in_a_row(lines: Sequence[bytes]) -> int:
    """On how many lines behind each other most records stand."""
    runs = Counter(sum(1 for _ in same) for _, same in groupby(lines))
    return max(runs.most_common(1)[0][0], 2) if runs else 2


def _times(lines: Sequence[bytes], near: int) -> int:
    """On how many lines most records stand: of calls at once some stand on twice as many."""
    if near == 1:
        return _in_a_row(lines)
    exact = Counter(line for line in lines if _FRACTION.search(line) is not None)
    return max(Counter(exact.values()).most_common(1)[0][0], 2) if exact else 2


def _are_exact(lines: Sequence[bytes]) -> bool:
    """Whether all lines tell microseconds and their call: of one handler no two are equal."""
    return all(_MICROSECONDS.search(line) and _JOB.search(line) for line in lines[:-1])


def _are_many(lines: Sequence[bytes], layouts: Layouts) -> bool:
    """Whether lines have more than a few messages."""
    found = (read(line, layouts) for line in lines)
    return len({each.message for each in found if isinstance(each, Print)}) >= _FEWEST_MESSAGES


def _is_mixed(lines: Sequence[bytes]) -> bool:
    """Whether there are records, and beside them lines that nobody of our list reads."""
    found = [records.parse(line) for line in lines]
    unknown = found.count(records.UNKNOWN)
    known = len(found) - unknown - found.count(records.CONTINUATION)
    return known >= _FEWEST and unknown >= _FEWEST


def _two_ways(lines: Sequence[bytes], layouts: Layouts) -> Doubled | None:
    """The two commonest ways of printing, where nearly all records of the rarer are in both."""
    found = [each for line in lines if isinstance(each := read(line, layouts), Print)]
    kinds = Counter(each.kind for each in found).most_common(2)
    if len(kinds) < 2 or kinds[1][1] < _FEWEST:
        return None
    worth = {kind: sum(e.worth for e in found if e.kind == kind) / n for kind, n in kinds}
    kept, other = sorted(worth, key=lambda kind: -worth[kind])
    twins = Twins(Kept(each) for each in found if each.kind == kept)
    both = sum(twins.take(each) for each in found if each.kind == other)
    return Doubled(kept, other, layouts) if both >= _SURE * kinds[1][1] else None


def single(chunks: Iterator[Chunk], size: int, times: int = _MOST_TIMES) -> Iterator[Chunk]:
    """The chunks with each record once; of the first so many bytes show whether any stands twice.

    None of the chunks is finished then: a later run has to read the input again. Equal lines that
    are no records, as rows of a screen, are left, and what stands there after so many `times`.
    """
    first = next(chunks, None)
    how = None if first is None or not times else doubled(bytes(first.data[:size]))
    every = chunks if first is None else chain([first], chunks)
    if how is None:
        yield from second_blocks.single(every)
    elif how.kept:
        yield from _of_two_ways(every, how)
    else:
        left = _of_one_way(every, how)
        once = next(left)
        if first is not None and once.data == first.data:
            yield from second_blocks.single(chain([first], chunks))
        else:
            yield from single(chain([once], left), size, times - 1)  # copies of a log of two ways


def _of_two_ways(chunks: Iterable[Chunk], how: Doubled) -> Iterator[Chunk]:
    """The chunks without what has a twin in the way of printing that is kept."""
    before: list[Kept] = []
    every = (PrintedLines(chunk, how.layouts, how.kept) for chunk in chunks)
    now = next(every, None)
    while now is not None:
        after = next(every, None)
        twins = Twins([*before[-_NEAR:], *now.kept, *(after.kept[:_NEAR] if after else ())])
        yield now.without(
            isinstance(each, Print) and each.kind == how.other and twins.take(each)
            for each in now.prints
        )
        before, now = now.kept, after


def _of_one_way(chunks: Iterable[Chunk], how: Doubled) -> Iterator[Chunk]:
    """The chunks without every second one of equal lines."""
    seconds = Seconds(how.near, how.times)
    for chunk in chunks:
        lines = PrintedLines(chunk, how.layouts, how.kept)
        yield lines.without(
            isinstance(found, Print) and seconds.take(text)
            for found, text in zip(lines.prints, lines.texts, strict=True)
        )


class Seconds:
    """Tells lines that stand near an equal one above. Calls at once may print the same: then of
    four lines that are printed twice two are left."""

    def __init__(self, near: int, times: int = 2) -> None:
        self._places: dict[bytes, deque[int]] = {}
        self._at, self._near, self._times, self._row = 0, near, times, 1

    def take(self, text: bytes) -> bool:
        """Whether the line is the second one."""
        self._at += 1
        places = self._places.setdefault(text, deque())
        while places and places[0] < self._at - self._near:
            places.popleft()
        if self._near == 1 and places:
            return self._take_in_a_row(places)
        places.append(self._at)
        if (len(places) - 1) % self._times:
            return True
        if len(self._places) > 4 * _NEAR:
            self._forget()
        return False

    def _take_in_a_row(self, places: deque[int]) -> bool:
        """Whether fewer than so many stand above; then the next one is compared with this one."""
        self._row = self._row + 1 if places[0] == self._at - 1 else 2
        places.clear()
        if self._row < self._times:
            places.append(self._at)
        else:
            self._row = 1
        return True

    def _forget(self) -> None:
        """Keep only texts that wait for their second line."""
        oldest = self._at - self._near
        self._places = {t: p for t, p in self._places.items() if p and p[-1] >= oldest}
