"""Chunks of a log that grows in, the same out; of records that handlers print twice the second
print is blank.

Unlike in `second_prints` the next chunk is not there yet: of a record whose prints stand in two
chunks the later one is left out, whichever it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuner.exports.doubling import Doubled, Repetition, doubled
from tuner.exports.printed_lines import PrintedLines
from tuner.exports.prints import Kept, Print, Twins
from tuner.exports.second_prints import again, name_of
from tuner.exports.seconds import Seconds
from tuner.inputs.chunks import Chunk

_NEAR = 200
"""So many prints before a chunk may have their twin in it."""


class FollowedPrints:
    """Leaves out second prints, once the beginning of the log shows that there are any."""

    def __init__(self, head_bytes: int) -> None:
        """The first so many bytes are looked at."""
        self._size, self._head = head_bytes, b""
        self._how: Doubled | None = None
        self._kept: list[Kept] = []
        self._others: list[Kept] = []
        self._seconds = Seconds(1)

    @property
    def is_doubled(self) -> bool:
        """Whether records stand twice, as far as is known."""
        return self._how is not None

    def begin(self, data: bytes) -> None:
        """Look at what follows in the beginning of the log."""
        if self._how is not None or len(self._head) >= self._size:
            return
        self._head += data[: self._size - len(self._head)]
        self._how = doubled(self._head)
        if self._how is not None:
            self._seconds = Seconds(self._how.near, self._how.times)

    def single(self, chunk: Chunk) -> Chunk:
        """The chunk without second prints."""
        if self._how is None:
            return chunk
        lines = PrintedLines(chunk, self._how.layouts, self._how.kept)
        is_two = self._how.way is Repetition.TWO
        second = self._of_two(lines) if is_two else again(lines, self._how, self._seconds)
        return lines.without(second, name_of(self._how))._replace(waiting=chunk.waiting)

    def _of_two(self, lines: PrintedLines) -> Iterator[bool]:
        assert self._how is not None
        earlier, twins = Twins(self._others), Twins([*self._kept, *lines.kept])
        own, others = iter(lines.kept), list[Kept]()
        for found in lines.prints:
            is_second = False
            if isinstance(found, Print) and found.kind == self._how.kept:
                entry = next(own)
                is_second = not entry.used and earlier.take(found)
                entry.used = entry.used or is_second
            elif isinstance(found, Print) and found.kind == self._how.other:
                is_second = twins.take(found)
                others += [] if is_second else [Kept(found)]
            yield is_second
        self._kept, self._others = [*self._kept, *lines.kept][-_NEAR:], others[-_NEAR:]
