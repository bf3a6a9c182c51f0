"""The moments of a call of Pipecat in, the lines that its turns make out, as `call_records` writes
them line by line."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import NamedTuple

from tuner.inputs.chunks import room
from tuner.scan.layout import PipecatCallStruct, PipecatLineStruct
from tuner.scan.library import library

_TEXT, _ROW = PipecatCallStruct.text.offset, ctypes.sizeof(PipecatLineStruct)


class CallRules(NamedTuple):
    """What the turns of a call are put together by: seconds, then numbers of sounds. The names are
    those that `turns` gives them."""

    late_sound_s: float
    heard_s: float
    sure_s: float
    most_sounds: int
    waiting: int


class PipecatWriter:
    """Writes the lines of calls, one after the other."""

    def __init__(self, rules: CallRules) -> None:
        self._room = room(ctypes.sizeof(PipecatCallStruct))
        self._call = PipecatCallStruct.from_buffer(self._room)
        for name, value in rules._asdict().items():
            setattr(self._call, name, value)

    def lines(self, rows: bytearray, line: int) -> Iterator[tuple[int, bytes]] | None:
        """Where each line comes from, and the line itself; the call ends on `line`. None if it has
        to be read moment by moment."""
        memory = ctypes.byref(ctypes.c_char.from_buffer(rows))
        size = len(rows) // _ROW
        if not library().scan_pipecat_call(ctypes.byref(self._call), memory, size, line):
            return None
        text = bytes(memoryview(self._room)[_TEXT : _TEXT + self._call.size])
        return zip(self._call.lines[: self._call.n], text.split(b"\n"), strict=False)
