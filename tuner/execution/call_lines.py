"""Paths in, the lines that concern single calls out, in the order of the files.

Bare lines of LiveKit's JSON that cannot matter are skipped as bytes: most of a debug log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tuner.execution import units
from tuner.execution.event_rows import records_of
from tuner.inputs.addresses import without_secrets
from tuner.lines.bare_turn_log import BARE
from tuner.lines.catalogue.table import LINES
from tuner.model import Kind
from tuner.reading import careful
from tuner.reading.careful import ParsedLine
from tuner.reading.record_filter import Filter
from tuner.summary.summary import call_key

_KEY = slice(len(BARE), len(BARE) + 4)
_OBJECT = b"etrics"
"""In every line that holds a metrics object, wherever in it that stands."""
Keep = Callable[[bytes], bool]
"""Whether a bare line of LiveKit's JSON may matter."""


class CallLine(NamedTuple):
    """A line of a call (`key` as `call_key` has it), and where it stands in which input."""

    key: str
    parsed: ParsedLine
    path: str
    line: int


def reports(kinds: frozenset[Kind]) -> Keep:
    """Keeps the lines that may report events of these kinds."""
    spellings = [each for row in LINES if row.kind in kinds for each in row.spellings]
    starts = frozenset(each.starts[:4].encode() for each in spellings)
    return lambda line: line[_KEY] in starts or _OBJECT in line


class _Mentions:
    """Keeps the lines that hold one of some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._one_of = re.compile(b"|".join(re.escape(text.encode()) for text in texts))

    def __call__(self, line: bytes) -> bool:
        return self._one_of.search(line) is not None

    def lines(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Those of whole lines, each with its number (from 0 on)."""
        number = begin = 0
        while found := self._one_of.search(data, begin):
            start = max(data.rfind(b"\n", begin, found.start()) + 1, begin)
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            number += data.count(b"\n", begin, start)
            yield number, data[start:end]
            number, begin = number + 1, end + 1


def mentions(names: Sequence[str]) -> Keep:
    """Keeps the lines that may be of one of these calls, given by job id, room or process."""
    if not all(name.isascii() and name.isprintable() for name in names):
        return lambda _line: True  # JSON may write other letters in more than one way
    return _Mentions(names)


def call_lines(paths: Sequence[str], only: Filter, keep: Keep) -> Iterator[CallLine]:
    """Every line that the filter keeps and that belongs to a call."""
    for path in paths:
        yield from lines_in(units.Unit(path), only, keep)


def lines_in(unit: units.Unit, only: Filter, keep: Keep) -> Iterator[CallLine]:
    """The same of one unit; the numbers of lines count from its beginning."""
    before, path = 0, without_secrets(unit.path)
    for piece in units.pieces(unit):
        found, lines = lines_of(piece, only, keep)
        for parsed in found:
            place = piece.chunk.place(parsed.line, before)
            yield CallLine(call_key(parsed.record), parsed, path, place)
        before += lines


def lines_of(piece: units.Piece, only: Filter, keep: Keep) -> tuple[list[ParsedLine], int]:
    """The records of a chunk that may matter, and how many lines it has."""
    kept, lines = _kept(bytes(piece.chunk.data), keep)
    some = b"\n".join([line for _, line in kept]) if len(kept) < lines else piece.chunk.data
    # The numbers of `found` count from the first of these lines, whatever was dropped before.
    chunk = piece.chunk._replace(data=some, dropped=0)
    found, _ = records_of(piece._replace(chunk=chunk), only)
    before = piece.chunk.dropped + 1
    placed = [
        ParsedLine(record, event, kept[line - 1][0] + before, raw, n)
        for record, event, line, raw, n in found
    ]
    return placed, piece.chunk.dropped + lines


def _kept(data: bytes, keep: Keep) -> tuple[list[tuple[int, bytes]], int]:
    """The lines that may matter with their numbers (from 0 on), and how many there are in all."""
    number = data.count(b"\n") + (not data.endswith(b"\n"))
    bare = data.startswith(BARE) + data.count(b"\n" + BARE)
    if isinstance(keep, _Mentions) and bare == number:
        return list(keep.lines(data)), number  # all are bare: to cut them apart takes as long
    lines = careful.split(data)
    kept = [(at, x) for at, x in enumerate(lines) if not x.startswith(BARE) or keep(x)]
    return kept, len(lines)
