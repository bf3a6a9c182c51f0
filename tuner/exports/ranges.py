"""The beginning of an export in, what reads a range of it out: several processes share a large one.

A range begins with the first record that begins in it. Where that is, every reader finds alike, so
that ranges share no record and lose none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tuner.exports import recognising, rewritten_text, translating
from tuner.exports.blocks import Blocks
from tuner.exports.csv_rows import Rows
from tuner.exports.json_documents import Documents
from tuner.exports.labelled_lines import LabelledLines
from tuner.exports.lines_at_once import LinesAtOnce
from tuner.exports.many_records import one_by_one
from tuner.exports.ordering import Order
from tuner.exports.plain_beginnings import BOM
from tuner.exports.record_blocks import RecordBlocks
from tuner.exports.rewritten_text import RewrittenLines, RewrittenRecords
from tuner.inputs.chunks import Chunk

REACH = 4 << 20
"""So far behind a place the next record is looked for."""
_FEWEST_LINES = 8
_CUT = (
    *(Rows, Documents, RecordBlocks, LabelledLines),
    *(LinesAtOnce, RewrittenLines, RewrittenRecords),
)
"""What knows where records begin, wherever it stands."""


class Ranges:
    """An export that can be read in ranges, as its first bytes show: those of one with the newest
    records first are put in order of time, and the last one comes first."""

    def __init__(self, head: bytes) -> None:
        make = recognising.translator(head)
        self._make = make
        self._learned = make([head]) if make is not None else None
        as_it_stands = getattr(make, "func", make) in _CUT
        order = Order()
        texts: list[bytes] = []
        for entry in one_by_one(self._learned.entries()) if self._learned is not None else ():
            texts.append(entry.text)
            if entry.time is not None:
                order.add(entry.time)
        several = head.count(b"\n") >= _FEWEST_LINES and (order.falls or not order.broken)
        self.possible = several and as_it_stands
        """Whether it stands on many lines, in order of time or the other way round, and in no words
        of a transport's."""
        self.falls = order.broken
        """Whether the newest records come first."""
        self.text = b"\n".join(reversed(texts) if self.falls else texts)
        """The lines that were taken out of its first bytes, in order of time."""

    def begins(self, data: bytes) -> int:
        """Where in the data, which begin with a line, the first record begins; their end if none
        does."""
        assert isinstance(self._learned, _CUT)
        at = 0
        while at < len(data):
            if self._learned.begins(data, at):
                return at
            end = data.find(b"\n", at)
            at = len(data) if end < 0 else end + 1
        return at

    def chunks(
        self, stream: Any, total: Callable[[], int], is_first: bool = False
    ) -> Iterator[Chunk]:
        """The chunks of a range, from a stream over it; before the first record of the first range
        may stand what is none."""
        assert isinstance(self._learned, _CUT)
        assert self._make is not None
        first = stream.read(len(BOM))
        bare = first.removeprefix(BOM)
        blocks = Blocks(stream, bare, len(first) - len(bare))
        if isinstance(self._learned, RewrittenLines) and not self.falls:
            yield from rewritten_text.in_chunks(self._learned.change, blocks, total)
        else:
            is_anew = is_first and isinstance(self._learned, RecordBlocks)
            reader = self._make(blocks) if is_anew else self._learned.of_range(blocks)
            change = translating.from_end if self.falls else translating.chunks
            yield from change(reader, blocks, total)
