"""Blocks of whole lines in, the same out; where each line stands twice, the second one is blank.

An app that gives loguru a handler beside the one it has prints each line twice, and each turn
would be two. So is a log in which a container runtime's copy of each line stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import rich_rows
from tuner.lines.layouts import Layout
from tuner.lines.unwrap import without_prefix
from tuner.lines.wrappers import peel

_LOOKED_AT = 400
_FEWEST = 4
_COLOUR = lazy_pattern(rb"\x1b\[[\d;]*m")
_FILE, _NUMBER = rb"[^\s:|{\"\[]{1,200}", rb"\d{1,7}(?:[\t:\-]| {1,2})"
_COPIED = lazy_pattern(
    rb"[\s>]{0,40}(?:(?:" + _FILE + rb"[:\-])?" + _NUMBER + rb"|" + _FILE + rb":)?"
    rb"(?=\{\"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d)"
)
"""What may stand before a record in JSON or a date: signs of a quote, a number, a file's name."""
_TIME = lazy_pattern(rb"\d\d:\d\d:\d\d(?:\.\d{3})? (?=[A-Z]{3})")
_UNTIMED = lazy_pattern(rb" {9}(?:\x1b\[[\d;]*m)*(?:TRACE|DEV|DEBUG|INFO|WARN|ERROR|CRITI)")
_MOST_BLANKS = len("    16:19:59.500 ")
_QUOTED = lazy_pattern(rb"(?:> ?)+")


def single_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, each with as many lines as before; the first one shows whether lines are
    doubled."""
    pairs: _Pairs | None = None
    for number, block in enumerate(blocks):
        if not number and _are_doubled(block):
            pairs = _Pairs()
        yield block if pairs is None else b"\n".join(map(pairs.take, block.split(b"\n")))


def _are_doubled(block: bytes) -> bool:
    """Whether nearly all of the first lines have a twin below or above them."""
    lines = [line for raw in block.split(b"\n")[:_LOOKED_AT] if (line := bare_line(raw))]
    single = _Pairs()
    left = sum(bool(single.take(line)) for line in lines)
    twins = len(lines) - left
    return twins >= _FEWEST and twins * 20 >= 9 * len(lines)


class _Pairs:
    """Tells the second of two equal lines; of four, two are left."""

    def __init__(self) -> None:
        self._before = b""

    def take(self, line: bytes) -> bytes:
        """The line, or nothing if it repeats the one before."""
        bare = bare_line(line)
        if bare and bare == self._before:
            self._before = b""
            return b""
        self._before = bare
        return line


def bare_line(line: bytes, outer: Sequence[Layout] = ()) -> bytes:
    """What the app wrote: neither colours nor what a shipper put around it, or a mail before it;
    nor a prefix of these."""
    peeled = peel(unquoted(_COLOUR.sub(b"", line).strip()))
    return _COLOUR.sub(b"", (without_prefix(peeled, outer) if outer else peeled).text).strip()


def as_written(line: bytes) -> bytes:
    """A line without what whoever copies it changes: colours, blanks at its ends, the signs of a
    quote, a number or the name of a file before a record. Of anything else the ends only."""
    bare = _COLOUR.sub(b"", line).rstrip()
    return _COPIED.sub(b"", bare, count=1)


def bare_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The same of each line. A row of a screen that leaves out its time, since it is that of the
    row above, gets it: without one it looks like a print of the row above in another way."""
    time = b""
    for line in lines:
        text = bare_line(line)
        if (found := _TIME.match(text)) is not None:
            time = found[0]
        elif time and _UNTIMED.search(line) is not None and _is_row(line, text):
            text = time + text
        yield text


def _is_row(line: bytes, text: bytes) -> bool:
    """Whether a text stands where the row of a screen has its level, behind a blank time."""
    plain = _COLOUR.sub(b"", line)
    before = plain[: plain.find(text)]
    blanks = len(before) - len(before.rstrip(b" "))
    return (
        rich_rows.row(" " * min(blanks, _MOST_BLANKS) + text.decode(errors="replace")) is not None
    )


def unquoted(line: bytes) -> bytes:
    """A line without the signs by which a mail quotes it."""
    return _QUOTED.sub(b"", line, count=1) if line[:1] == b">" else line
