"""The lines of a chunk in, the same without their wrappers out; pieces of a record are joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import key_values, wrappers
from tuner.lines.find_layouts import plain_text
from tuner.lines.layouts import Layout, read_prefix
from tuner.lines.parsed import Unwrapped
from tuner.lines.prefix_samples import is_object
from tuner.lines.wrappers import Peeled

PREFIX = "prefix"
"""What a wrapper is called that is in none of our lists, but was found in the log."""

_DOUBLED = b'"{""message"": ""'
_MARK, _ESCAPE = b"\xef\xbb\xbf", b"\x1b"
_FIRSTS, _LASTS = b"\r\xef\x1b", b"\rhlABCDEFGHJK"
_CODE = rb"\x1b\[(?:\?[\d;]*[hl]|\d*[A-HJK])"
"""A code by which a program moves the cursor or wipes a screen: it is no part of a line."""
_MARKS = lazy_pattern(rb"(?:\r|\xef\xbb\xbf|" + _CODE + rb")*")
_LAST_CODES = lazy_pattern(rb"(?:" + _CODE + rb"|\r)+$")
_LONGEST_CODE = 12
_METER = b"[Audio] "
"""How LiveKit's console of 1.0 to 1.2 drew the level of the microphone, over and over on one line.
"""
_NOTE = lazy_pattern(
    rb"(?:\*\*|__|~~)?\s*(?:(?:#|//|<[-=~]+|<<+|-+>|--+|!!+|\.\.\.|\xe2\x80\xa6|\xe2\x86\x90|\xe2\xac\x85"
    rb"|\xe2\x97\x80|\xf0\x9f\x91\x88)[^{}\"]*)?"
)
"""What who posts a log writes behind a line's fields: an arrow, a comment, the end of bold."""
_LONGEST_NOTE = 200


class _Piece(NamedTuple):
    """A part of a split record: its 1-based line, the line, and the part."""

    line: int
    raw: bytes
    text: bytes


def unmarked(raw: bytes) -> bytes:
    """The line without carriage returns, codes of a terminal and byte order marks around it.

    Whole marks only: letters of many scripts end in one of their bytes.
    """
    if raw[:1] not in _FIRSTS and raw[-1:] not in _LASTS:
        return raw  # as most lines are
    begin = _MARKS.match(raw)
    line = raw[begin.end() if begin else 0 :].rstrip(b"\r")
    line = line[line.rfind(b"\r") + 1 :] if line.lstrip().startswith(_METER) else line
    line = _LAST_CODES.sub(b"", line) if _ESCAPE in line[-_LONGEST_CODE:] else line
    return line.removesuffix(_MARK)


class Unwrapper:
    """Takes the wrappers off line by line: those of our list, and those found in the file."""

    def __init__(self, outer: Sequence[Layout] = ()) -> None:
        self._outer, self._waiting = outer, dict[str, list[_Piece]]()

    def add(self, number: int, raw: bytes) -> Unwrapped | None:
        """The line without its wrappers; None for a piece of a record that comes later."""
        line = unmarked(raw)
        line = line.strip(b"`") if line[:1] == b"`" and line[-1:] == b"`" else line
        line = _from_csv(line) if _DOUBLED in line else line
        line = line if line[-1:] == b"}" else without_note(line)
        peeled = without_wrappers(line, self._outer)
        if peeled.partial:
            self._waiting.setdefault(peeled.stream, []).append(_Piece(number, raw, peeled.text))
            return None
        pieces = self._waiting.pop(peeled.stream, [])
        if pieces:
            peeled = _joined(pieces, peeled)
            number = pieces[0].line
        return Unwrapped(number, line, 1 + len(pieces), peeled)

    def rest(self) -> Iterator[Unwrapped]:
        """Pieces of records whose end never came."""
        for pieces in self._waiting.values():
            text = b"".join(piece.text for piece in pieces)
            yield Unwrapped(pieces[0].line, pieces[0].raw, len(pieces), Peeled(text))


def unwrap(lines: Sequence[bytes], outer: Sequence[Layout] = ()) -> Iterator[Unwrapped]:
    """The lines without their wrappers."""
    unwrapper = Unwrapper(outer)
    for number, raw in enumerate(lines, 1):
        if (line := unwrapper.add(number, raw)) is not None:
            yield line
    yield from unwrapper.rest()


def without_wrappers(line: bytes, outer: Sequence[Layout]) -> Peeled:
    """A line without the wrappers of our list, and without the first of those found that it has."""
    peeled = wrappers.peel(line)
    if peeled.names and (text := unmarked(peeled.text)) is not peeled.text:
        peeled = peeled._replace(text=text)
    return without_prefix(peeled, outer) if outer else peeled


def without_prefix(peeled: Peeled, outer: Sequence[Layout]) -> Peeled:
    """The same without a prefix that was found in the file, if it stands there."""
    if peeled.text[:2] == b'{"':
        return peeled
    text = plain_text(peeled.text)
    if is_object(text):
        return peeled
    for layout in outer:
        prefix = read_prefix(layout, text)
        if prefix is None:
            continue
        rest = _behind(text[prefix.end :])
        found = (prefix.time, prefix.clock, prefix.pid, prefix.program)
        inner = Peeled(rest.encode(), (PREFIX,), *found)
        return wrappers.nest(peeled, wrappers.nest(inner, wrappers.peel(inner.text)))
    return peeled


def _behind(rest: str) -> str:
    """What stands behind a prefix without the gap: all blanks, few as they are, before a record."""
    if rest[:4].lstrip()[:2] == '{"':
        return rest.lstrip()
    bare = rest.lstrip(" ") if rest[:1] == " " != rest[3:4] else rest
    return bare if key_values.LOOKS.match(bare.encode()) else _without_gap(rest)


def without_note(line: bytes) -> bytes:
    """The line without what a person noted behind its fields."""
    end = line.rfind(b"}", -_LONGEST_NOTE) + 1
    return line[:end] if end and _NOTE.fullmatch(line, end) else line


def _from_csv(line: bytes) -> bytes:
    """LiveKit's JSON out of a row of CSV that stands in another log."""
    _, _, rest = line.partition(_DOUBLED[:1])
    return rest[: rest.rfind(b"}") + 1].replace(b'""', b'"')


def _without_gap(rest: str) -> str:
    return rest[1:] if rest[:1] in (" ", "\t") else rest


def _joined(pieces: Sequence[_Piece], last: Peeled) -> Peeled:
    """The record whose pieces stood in several entries."""
    inner = wrappers.peel(b"".join(piece.text for piece in pieces) + last.text)
    return wrappers.nest(last, inner)
