"""Records with their fields below them, a line each, in; a line for each record out."""

from __future__ import annotations

import ctypes

from tuner.inputs.chunks import room
from tuner.scan.layout import GatheredStruct
from tuner.scan.library import library
from tuner.scan.screen_lines import Regions, column

LEFT = b"\x02"
"""How the line of a record begins that is left to Python; no template does."""
_SPARE = 1 << 12


class Gatherer:
    """Gathers one chunk after the other; what it made is good until the next one."""

    def __init__(self) -> None:
        self._found = GatheredStruct.from_buffer(room(ctypes.sizeof(GatheredStruct)))
        self._text = room(1)

    def gather(self, data: bytes) -> Regions | None:
        """A line for each record of the chunk; None if there are too many."""
        if len(self._text) < 2 * len(data) + _SPARE:
            self._text = room(2 * len(data) + _SPARE)
        text = (ctypes.c_char * len(self._text)).from_buffer(self._text)
        size = library().scan_gather(ctypes.byref(self._found), data, len(data), text)
        if size < 0:
            return None
        n = self._found.n + 1
        starts, lines = (column(each, n) for each in (self._found.starts, self._found.lines))
        return Regions(memoryview(self._text)[:size], starts, lines, self._found.left)
