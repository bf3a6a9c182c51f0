"""A Rich screen in, a line for each of its records out, up to the first that is in any doubt."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any, NamedTuple

from tuner.inputs.chunks import MAX_LINE, room
from tuner.scan.layout import HEAD_BYTES, MOST_HEADS, MOST_LINES, RowHeadStruct, ScreenStruct
from tuner.scan.library import library

_SPARE = 1 << 12
"""A little more than three times the chunk: what is left may become longer by three bytes, and a
row of forty, whose message is completed, by sixty."""
_TIME = len("16:19:59.500 ")


class RowHead(NamedTuple):
    """The rows with this `text` between a time of `time` bytes and the message, which begins in
    `column`. A line gets `line` instead, and b"" says that Python has to read such rows.
    `wraps`: a message may go on in the lines below; `folds`: and so may its fields, which have a
    column beside it."""

    time: int
    text: bytes
    line: bytes
    column: int
    wraps: bool
    folds: bool


class Regions(NamedTuple):
    """What was made of a chunk, until the next one is cut. `text` has a line for each region, of
    which `starts` has the place in the chunk, `lines` the number of its first line (from 0 on) and
    `times`, of a screen, the place of the time that rows without one take (-1: none), all with one
    more for what stands behind. `left` of them are left to Python from the start."""

    text: memoryview
    starts: memoryview
    lines: memoryview
    left: int
    times: memoryview = memoryview(b"")


class Wording(NamedTuple):
    """What is known of messages. `whole_words` are never folded: the message goes on behind a
    blank. The `messages` that a column may have cut, each with whether it is all of one, in the
    order in which they are preferred; and the ends of `addresses`, in that order, too."""

    whole_words: Iterable[str]
    messages: Iterable[tuple[str, bool]]
    addresses: Iterable[str]


class ScreenLines:
    """The lines of one chunk after the other, of records of `most_lines`."""

    def __init__(self, wording: Wording, most_lines: int) -> None:
        self._screen = ScreenStruct.from_buffer(room(ctypes.sizeof(ScreenStruct)))
        self._screen.longest, self._screen.most_lines = MAX_LINE, most_lines
        self._text = room(1)
        self._give("words", "\n".join(("", *wording.whole_words, "")))
        self._give("messages", "".join(f"{'=~'[not whole]}{m}\n" for m, whole in wording.messages))
        self._give("addresses", "".join(f"{end}\n" for end in wording.addresses))
        self._data = b""
        self._left = 0

    def _give(self, name: str, text: str) -> None:
        """Give the scan a text. One that is too long is an error at once."""
        setattr(self._screen, name, text.encode())
        setattr(self._screen, f"{name}_size", len(text.encode()))

    def begin(self, data: bytes, coloured: bool, damaged: bool) -> None:
        """Begin a chunk: there may be colours or damaged bytes in it."""
        self._data, self._left, screen = data, 0, self._screen
        screen.coloured, screen.damaged, screen.time, screen.last_ms = coloured, damaged, -1, -1
        for name in ("at", "size", "n", "line", "later", "earlier", "back"):
            setattr(screen, name, 0)
        if len(self._text) < 3 * len(data) + _SPARE:
            self._text = room(3 * len(data) + _SPARE)

    def know(self, head: RowHead) -> bool:
        """From now on, take the records whose rows begin like this. False: there is no room."""
        place = self._screen.heads_n
        if place == MOST_HEADS or max(len(head.text), len(head.line)) > HEAD_BYTES:
            return False
        sizes = len(head.text), len(head.line)
        self._screen.heads[place] = RowHeadStruct(
            head.time, *sizes, *head[3:], head.text, head.line
        )
        self._screen.heads_n += 1
        return True

    def take(self) -> int:
        """Take records, and return the place of the first that is in doubt."""
        text = (ctypes.c_char * len(self._text)).from_buffer(self._text)
        chunk = (ctypes.byref(self._screen), self._data, len(self._data))
        library().scan_screen(*chunk, text)
        return int(self._screen.at)

    def leave(self, end: int, lines: int, text: bytes, time: int) -> bool:
        """Leave so many lines up to this place to Python, and show this text to the scan; rows
        below without a time take that at the place `time` (-1: as before). False: too many records.
        """
        screen, place = self._screen, self._screen.n
        if place == MOST_LINES:
            return False
        screen.starts[place], screen.lines[place] = screen.at, screen.line
        screen.times[place] = screen.time
        self._text[screen.size : screen.size + len(text)] = text
        screen.at, screen.size, screen.n = end, screen.size + len(text), place + 1
        screen.line += lines
        if time >= 0:
            screen.time = time
            library().scan_follow_row(ctypes.byref(screen), self._data[time : time + _TIME])
        self._left += 1
        return True

    @property
    def may_go_back(self) -> bool:
        """Whether rows go back in time, all calls taken together."""
        return bool(self._screen.back > 0 or self._screen.earlier > self._screen.later)

    def regions(self) -> Regions:
        """What was made of the chunk."""
        screen, n = self._screen, self._screen.n
        screen.starts[n], screen.lines[n] = len(self._data), screen.line
        screen.times[n] = screen.time
        starts, of_lines, times = (
            column(each, n + 1) for each in (screen.starts, screen.lines, screen.times)
        )
        text = memoryview(self._text)[: screen.size]
        return Regions(text, starts, of_lines, self._left, times)


def column(values: Any, n: int) -> memoryview:
    """The first `n` of a struct's whole numbers."""
    return memoryview(values).cast("B").cast("i")[:n]
