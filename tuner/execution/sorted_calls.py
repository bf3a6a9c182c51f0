"""A Pipecat log whose lines do not stand in order of time in, its chunks out.

What happens in a call is followed moment by moment. A store that gives its lines in any order, or
the newest first, has them put in order before, and evidence names the lines of the input.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, BinaryIO, cast

from tuner.call_records.detection import Many, Source
from tuner.execution import call_chunks
from tuner.exports.blocks import Blocks, Joined
from tuner.exports.ordering import BACK_S, SORTED
from tuner.exports.plain_lines import PlainLines, time_of
from tuner.inputs.chunks import Chunk
from tuner.inputs.streams import Opened

_LOOKED_AT = 400
_FEWEST, _SHARE = 2, 0.1


def are_shuffled(head: bytes) -> bool:
    """Whether times go back again and again, and not once, where a second log begins."""
    found = (time_of(line) for line in head.split(b"\n")[:-1][:_LOOKED_AT])
    times = [time for time in found if time is not None]
    steps = [later - time for time, later in pairwise(times)]
    back = sum(step < -BACK_S for step in steps)
    down, up = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
    return back >= max(_FEWEST, _SHARE * len(times)) or down > max(up, 1)


def chunks(source: Source, head: bytes, log: Opened, many: Many) -> Iterator[Chunk]:
    """As `call_chunks.chunks`, of the lines in order of time."""
    lines = _Sorted(head, log)
    ordered = log._replace(stream=cast(BinaryIO, Joined(iter(lines))))
    for chunk in call_chunks.chunks(source, b"", ordered, many):
        origin = chunk.origin
        if origin is not None:
            places = array("q", map(lines.of_input, origin.line))
            origin = origin._replace(line=places, names=(*origin.names, SORTED))
        yield chunk._replace(origin=origin, problem=lines.problem or chunk.problem)


class _Sorted:
    """The pieces of a log in order of time, and where their lines stood."""

    def __init__(self, head: bytes, log: Opened) -> None:
        self._blocks, self._total = Blocks(log.stream, head), log.total
        self._places = array("q")
        self.problem = ""

    def __iter__(self) -> Iterator[bytes]:
        from tuner.exports import translating  # what logs in order do not need

        translator: Any = PlainLines(self._blocks)
        for chunk in translating.chunks(translator, self._blocks, self._total, sort=True):
            self._places.extend(chunk.origin.line if chunk.origin else ())
            yield bytes(chunk.data)
            self.problem = chunk.problem

    def of_input(self, line: int) -> int:
        """The line of the input that stands here (from 1 on)."""
        return self._places[min(line, len(self._places)) - 1] if self._places else line
