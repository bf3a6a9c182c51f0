"""Chunks of a log in, the same out; where each record was printed twice, the second is blank.

Two handlers on one logger (LiveKit's and one of the app's, `propagate`, a file and a console in one
stream) print each record twice, in one layout or in two. Whether they do is seen in the beginning
of the log: nearly all records of one layout have a twin. Then each that has one is left out,
wherever the two stand near each other, with its traceback; what one handler alone prints is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from tuner.exports import bare_copies, pasted_stretches, printed_lines, second_blocks
from tuner.exports.doubling import Doubled, Repetition, doubled, has_fraction
from tuner.exports.printed_lines import PrintedLines
from tuner.exports.prints import Kept, Print, Twins
from tuner.exports.seconds import NEAR, Seconds
from tuner.exports.shown_again import ShownAgain
from tuner.inputs.chunks import Chunk

_OF_SOME = (Repetition.SOME, Repetition.SHOWN)
_MOST_TIMES = 4
"""So often lines that stand twice are looked for among what is left: 16 copies of a log are."""


def single(chunks: Iterator[Chunk], size: int, times: int = _MOST_TIMES) -> Iterator[Chunk]:
    """The chunks with each record once; of the first so many bytes show whether any stands twice.

    None of the chunks is finished then: a later run has to read the input again. Equal lines that
    are no records, as rows of a screen, are left, and what stands there after so many `times`.
    """
    first = next(chunks, None)
    how = None if first is None or not times else doubled(bytes(first.data[:size]))
    if first is None or how is None:
        yield from second_blocks.single(chunks if first is None else chain([first], chunks))
        return
    first = first._replace(data=bytes(first.data))  # the next chunk is read into its memory
    behind = _Behind(chunks)
    every = chain([first], behind)
    left = _of_two_ways(every, how) if how.way is Repetition.TWO else _of_one_way(every, how)
    once = next(left)
    if once.data == first.data:
        yield from second_blocks.single(chain([first], behind.again()))
    else:
        behind.forget()
        yield from single(chain([once], left), size, times - 1)  # copies of copies


class _Behind:
    """The chunks behind the first, of which one is kept that somebody has looked at already: no
    other is read into its memory before it is asked for again."""

    def __init__(self, chunks: Iterator[Chunk]) -> None:
        self._chunks, self._seen, self._keeps = chunks, list[Chunk](), True

    def __iter__(self) -> Iterator[Chunk]:
        for chunk in self._chunks:
            if self._keeps:
                self._seen = [chunk]
            yield chunk

    def again(self) -> Iterator[Chunk]:
        """All of them, the one that was looked at, too."""
        return chain(self._seen, self._chunks)

    def forget(self) -> None:
        """Keep none any more: nobody will ask for them."""
        self._keeps, self._seen = False, []


def _of_two_ways(chunks: Iterable[Chunk], how: Doubled) -> Iterator[Chunk]:
    """The chunks without what has a twin in the way of printing that is kept."""
    before: list[Kept] = []
    every = (PrintedLines(chunk, how.layouts, how.kept) for chunk in chunks)
    now = next(every, None)
    while now is not None:
        after = next(every, None)
        twins = Twins([*before[-NEAR:], *now.kept, *(after.kept[:NEAR] if after else ())])
        yield now.without(
            isinstance(each, Print) and each.kind == how.other and twins.take(each)
            for each in now.prints
        )
        before, now = now.kept, after


def _of_one_way(chunks: Iterable[Chunk], how: Doubled) -> Iterator[Chunk]:
    """The chunks without lines that say again what another one says."""
    seconds = Seconds(how.near, how.times)
    for chunk in chunks:
        lines = PrintedLines(chunk, how.layouts)
        yield lines.without(again(lines, how, seconds), name_of(how))


def name_of(how: Doubled) -> str:
    """What a report calls it."""
    return pasted_stretches.NAME if how.way in _OF_SOME else printed_lines.NAME


def again(lines: PrintedLines, how: Doubled, seconds: Seconds) -> Iterator[bool]:
    """Whether each line says again what another one of one way of printing says."""
    if how.way is Repetition.BARE:
        yield from bare_copies.marks(lines.texts)
        return
    if how.way is Repetition.SHOWN:
        yield from map(ShownAgain().take, lines.lines)
        return
    for found, text in zip(lines.prints, lines.texts, strict=True):
        yield isinstance(found, Print) and _may_be(found, text, how) and seconds.take(text)


def _may_be(found: Print, text: bytes, how: Doubled) -> bool:
    """Whether a line that equals another one is a second print, and not by chance."""
    if how.way is Repetition.EQUAL:
        return True
    return has_fraction(text) and (not how.loggers or found.logger in how.loggers)
