"""Lines whose signs were changed in, chunks of the lines as they were out.

Each line stands for itself, so that chunks of them are read as those of any log of text are.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from tuner.exports.blocks import Blocks, Joined
from tuner.exports.json_documents import Documents
from tuner.exports.plain_lines import LearnLines, PlainLines, time_of
from tuner.exports.rewritten_lines import Rewriting
from tuner.exports.taking import Records
from tuner.inputs import chunks
from tuner.inputs.chunks import Chunk, ChunkOrigin
from tuner.lines import records

_LONGEST = 1 << 16


class RewrittenLines(PlainLines):
    """The entries of lines whose change is undone: of a log that is put in order of time."""

    def __init__(
        self, blocks: Iterable[bytes], change: Rewriting, learn: LearnLines | None = None
    ) -> None:
        super().__init__(change.lines(blocks), learn)
        self.change = change

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a record begins on the line at this place, and nothing goes on from above."""
        return begins(self.change, data, at)

    def of_range(self, blocks: Iterable[bytes]) -> RewrittenLines:
        """A reader of a range of the same log."""
        return RewrittenLines(blocks, self.change)


class RewrittenRecords(Documents):
    """The entries of records of JSON on lines whose change is undone."""

    def __init__(
        self, blocks: Iterable[bytes], change: Rewriting, records: Records | None = None
    ) -> None:
        super().__init__(change.lines(blocks), records)
        self._change = change

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a record, of a kind that was read already, is on the line at this place."""
        return super().begins(_undone(self._change, data, at) + b"\n", 0)

    def of_range(self, blocks: Iterable[bytes]) -> RewrittenRecords:
        """A reader of a range of the same export."""
        again = RewrittenRecords(blocks, self._change, self._learnt or self._records)
        again.is_part()
        return again


def begins(change: Rewriting, data: bytes, at: int) -> bool:
    """Whether a record begins on the line at this place, once its change is undone."""
    line = _undone(change, data, at)
    return time_of(line) is not None or (bool(line.strip()) and not records.goes_on(line))


def _undone(change: Rewriting, data: bytes, at: int) -> bytes:
    end = data.find(b"\n", at, at + _LONGEST)
    return change.undone(data[at : len(data) if end < 0 else end].rstrip(b"\r"))


def in_chunks(change: Rewriting, blocks: Blocks, total: Callable[[], int]) -> Iterator[Chunk]:
    """The lines of a stream in chunks, none of which is finished: a later run has to read the input
    again, whose places are others."""
    before, passed = 0, 0
    lines: Iterable[Chunk] = chunks.chunks(Joined(change.lines(blocks)), total)  # type: ignore[arg-type]
    for chunk in lines:
        n = _lines_in(chunk)
        yield chunk._replace(origin=_origin(before, n, blocks.size - passed), waiting=True)
        before, passed = before + n, blocks.size
    if blocks.problem:
        yield Chunk(b"", raw=total(), problem=blocks.problem, waiting=True)


def _lines_in(chunk: Chunk) -> int:
    """How many lines a chunk has, those included that are too long to be held."""
    data = bytes(chunk.data)
    return data.count(b"\n") + chunk.dropped + (data[-1:] not in (b"", b"\n"))


def _origin(before: int, lines: int, size: int) -> ChunkOrigin:
    """Each line stands where it stood; nobody has looked at its time."""
    places = array("q", range(before + 1, before + lines + 1))
    taken = array("q", [1]) * lines
    return ChunkOrigin((), places, taken, lines, size, before, Counter(), unordered=None)


def change_of(make: object) -> Rewriting | None:
    """What changed all lines of a log of text, if this makes entries of such; else None."""
    if not isinstance(make, partial) or make.func is not RewrittenLines:
        return None
    change: Rewriting = make.keywords["change"]
    return change
