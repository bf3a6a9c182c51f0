"""Lines on which several of LiveKit's records stand in, each record alone out.

A chat or a page took the newlines away; where it put one of its own inside a record, the record is
put together again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tuner.exports.entries import ExportEntry, own_time
from tuner.exports.plain_lines import split
from tuner.exports.text_frames import BrokenLines
from tuner.exports.value_length import CUT, value_length
from tuner.inputs.chunks import MAX_LINE
from tuner.lines import events, json_lines
from tuner.model import Record

_BEGINS = b'{"message"'
_LOOKED_AT = 1_000
_SEPARATORS = (b"", b" ")


def are_broken(head: bytes) -> bool:
    """Whether a line has several records, the last of which ends on the line below."""
    if head.count(_BEGINS) < 2:
        return False
    lines = head.split(b"\n")[:_LOOKED_AT]
    return any(one.count(_BEGINS) > 1 and _ends(one, other) for one, other in pairwise(lines))


class RecordsInARow(BrokenLines):
    """The entries of such lines."""

    name = "several records on a line"

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a record."""
        pieces: list[bytes] = []
        for line in split(self._blocks):
            if pieces and not self._goes_on(pieces, line):
                yield from self._each(pieces)
                pieces = []
            pieces.append(line)
            self.lines += 1
        yield from self._each(pieces) if pieces else ()

    def _each(self, pieces: Sequence[bytes]) -> Iterator[ExportEntry]:
        whole = self._entry(pieces)
        texts = json_lines.several(whole.text)
        for at, text in enumerate(texts):
            place = (whole.line, 0 if at else whole.lines)
            yield ExportEntry(text, own_time(text), *place)
        if not texts:
            yield whole

    def _bare(self, line: bytes) -> bytes:
        return line

    def _goes_on(self, pieces: Sequence[bytes], line: bytes) -> bool:
        return sum(map(len, pieces)) < MAX_LINE and _ends(self._joined(pieces), line)

    def _joined(self, pieces: Sequence[bytes]) -> bytes:
        text = pieces[0]
        for piece in pieces[1:]:
            text = _together(text, piece)
        return text


def _ends(line: bytes, below: bytes) -> bool:
    """Whether a record that begins on a line ends on the one below it, or goes on there."""
    begin = line.rfind(_BEGINS)
    if begin < 0 or not below.strip() or below.lstrip()[:2] == b'{"':
        return False
    if value_length(memoryview(line)[begin:]) != CUT:
        return False
    return any(_length(line[begin:] + between + below) for between in _SEPARATORS)


def _length(text: bytes) -> bool:
    size = value_length(memoryview(text))
    return size > 0 or size == CUT


def _together(line: bytes, below: bytes) -> bytes:
    """Two lines as they were: the break may have taken a blank, or stand inside of a word. What
    means something is right, and of others the blank."""
    below = below.rstrip(b"\r")
    begin = line.rfind(_BEGINS)
    texts = [line.rstrip(b"\r") + between + below for between in _SEPARATORS]
    known = (text for text in texts if _is_known(text[begin:]))
    return next(known, texts[0] if line[-1:].isspace() or below[:1].isspace() else texts[1])


def _is_known(text: bytes) -> bool:
    size = value_length(memoryview(text))
    record = json_lines.parse(text[:size]) if size > 0 else ""
    return isinstance(record, Record) and events.read(record) is not None
