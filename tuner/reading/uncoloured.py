"""A chunk of text in colours in, the same without them out, where the file is one of such text."""

from __future__ import annotations

from functools import cache

from tuner import scan
from tuner.inputs.chunks import Chunk, Data
from tuner.lines import colours
from tuner.scan.uncolourer import Uncolourer


def taken_off(chunk: Chunk) -> Chunk:
    """The chunk without its colours; its lines stand in their places. Its data are good until the
    next chunk."""
    data = _without(chunk.data)
    return chunk._replace(data=data, at=chunk.at - len(chunk.data) + len(data))


def _without(data: Data) -> Data:
    return _uncolourer().take(data) if scan.ready() else colours.without(bytes(data))


@cache
def _uncolourer() -> Uncolourer:
    """One for the process: it holds megabytes."""
    return Uncolourer()
