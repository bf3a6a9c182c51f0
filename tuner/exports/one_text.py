"""A log that stands in a JSON document as one text in, the log out.

So do answers of APIs and artifacts of builds carry it: `"line\\nline"`, `{"id": 7, "log": "…"}`.
Whatever the text holds, lines, an export or a call record, is recognised as if it stood alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from tuner.exports import finding
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

_STRING = lazy_pattern(rb'"((?:[^"\\]|\\.)*+)("?)(\s*:)?', re.S)
_INSIDE = lazy_pattern(rb'(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*+', re.S)
_ESCAPE = lazy_pattern(
    rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)",
    re.S,
)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_NEWLINE = lazy_pattern(rb"(?<!\\)(?:\\\\)*\\n(?!$)")
_OF_LOG = lazy_pattern(rb"\d\d?:\d\d|^\s*[{\[\"]|\d{10}|\b(?:DEBUG|INFO|WARN|ERROR)")
_SIGNS = lazy_pattern(rb'[{}\[\]"\\,\s]+')
_HALF_SIGN = lazy_pattern(rb"\\u[dD][89abAB][0-9a-fA-F]{2}$")
_ESCAPE_BYTES = 6
_MOST_OF = 0.8
"""So much of the beginning of an input is the text."""
_LEAST_SHARE = 0.2
"""So many of its lines look like those of a log."""
_LOOKED_AT = 100
_UNNAMED = 100
"""What stands around a text (a name, a status) is no record if it is shorter than this."""
_KEPT = 2_000
_MOST_HELD = 1 << 18


def is_text(head: bytes) -> bool:
    """Whether nearly all of what an input begins with is one text of several lines of a log."""
    return _begin(head) is not None


def _begin(head: bytes) -> int | None:
    """Where the text begins."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] not in (b'"', b"{", b"["):
        return None
    for found in _STRING.finditer(head):
        if head[found.start() - 1 : found.start()] == b"\\":
            break  # quotes that are escaped themselves
        if len(found[1]) >= _MOST_OF * len(head.rstrip()):
            is_key = found[3] is not None
            return found.start(1) if not is_key and _is_log(found[1]) else None
        if found.start() > (1 - _MOST_OF) * len(head):
            break
    return None


def _is_log(text: bytes) -> bool:
    """Whether a text has lines, and enough of them look like those of a log; or is JSON."""
    inside = decoded(text)
    if inside[:1] == b"[" or is_text(inside):
        return True  # a document in a text: whoever reads it knows what it is
    if inside[:2] == b'{"' and b"\n" not in inside and not finding.is_record(inside):
        return True
    lines = [line for line in inside.split(b"\n")[:_LOOKED_AT] if line.strip()]
    alike = sum(_OF_LOG.search(line) is not None for line in lines)
    return len(lines) > 1 and alike >= _LEAST_SHARE * len(lines)


def decoded(text: bytes) -> bytes:
    """What the inside of a JSON text says; escapes that are none stay as they are."""
    text = text[: len(text) - 1] if (len(text) - len(text.rstrip(b"\\"))) % 2 else text
    try:
        return msgspec.json.decode(b'"' + text + b'"', type=str).encode(errors="replace")
    except (msgspec.DecodeError, UnicodeError):
        return _ESCAPE.sub(_sign, text)


def inside(data: bytes, at: int, is_last: bool) -> tuple[bytes, int, bool]:
    """What a JSON text says from a place in it on, where that ends, and whether the text does. Half
    an escape at the end of the data is left, unless they are the last of all."""
    found = _INSIDE.match(data, at)
    text = found[0] if found else b""
    end = data[at + len(text) : at + len(text) + _ESCAPE_BYTES]
    is_half = len(end) < _ESCAPE_BYTES and end[:1] != b'"' and not is_last
    if is_half and _HALF_SIGN.search(text):
        return decoded(text[:-_ESCAPE_BYTES]), at + len(text) - _ESCAPE_BYTES, False
    at += len(text)
    if end[:1] == b'"':
        return decoded(text), at + 1, True
    if len(end) == _ESCAPE_BYTES or is_last:  # an escape that is none
        return decoded(text) + end[:1], at + len(end[:1]), False
    return decoded(text), at, False


def lines_of(piece: Callable[[], tuple[bytes, bool]]) -> Iterator[bytes]:
    """The lines of a text that comes in pieces, each with whether it is the last."""
    rest, is_last = b"", False
    while not is_last:
        text, is_last = piece()
        *lines, rest = (rest[: MAX_LINE + 1] + text).split(b"\n")
        yield from [*lines, rest] if is_last else lines


def _sign(found: re.Match[bytes]) -> bytes:
    high, low, code, letter = found.groups()
    if high is not None:
        sign = 0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)
        return chr(sign).encode()
    if code is not None:
        return chr(int(code, 16)).encode(errors="replace")
    return _LETTERS.get(letter, letter if letter in b'"\\/' else found[0])


class OuterText:
    """The bytes of the texts of several lines in a stream of JSON. What stands around them is
    left out, but for long pieces: they become a line, for the reader to count."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._data, self._at = next(self._blocks, b""), 0
        self._around = b""

    def __iter__(self) -> Iterator[bytes]:
        begin = _begin(self._data) or 0
        self._around, self._at = self._data[: max(begin - 1, 0)], begin
        while True:
            yield from self._left_out()
            yield from self._text()
            if not self._next_text():
                break
        yield from self._left_out()

    def _more(self) -> bool:
        piece = next(self._blocks, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)

    def _text(self) -> Iterator[bytes]:
        """The text that begins here, piece by piece."""
        is_closed, is_last = False, False
        while not is_closed and not is_last:
            is_last = self._at > len(self._data) - 2 * _ESCAPE_BYTES and not self._more()
            text, self._at, is_closed = inside(self._data, self._at, is_last)
            yield text
        yield b"\n"

    def _next_text(self) -> bool:
        """Go to the next value that is a text of several lines; False if there is none."""
        while True:
            found = _STRING.search(self._data, self._at)
            is_cut = found is None or not found[2] or found.end() + 8 > len(self._data)
            if is_cut and len(self._data) - self._at < _MOST_HELD and self._more():
                continue
            if found is None:
                self._leave(self._data[self._at :])
                self._at = len(self._data)
                return False
            self._leave(self._data[self._at : found.start()])
            if found[3] is None and _NEWLINE.search(found[1]):
                self._at = found.start(1)
                return True
            self._leave(b"" if found[3] is not None else found[0])
            self._at = found.end()

    def _leave(self, piece: bytes) -> None:
        if len(self._around) < _KEPT:
            self._around += piece[:_KEPT]

    def _left_out(self) -> Iterator[bytes]:
        """What was left out, where it is long enough to be a record."""
        around = _SIGNS.sub(b" ", self._around).strip(b" :")
        self._around = b""
        if len(around) > _UNNAMED:
            yield around[:_KEPT] + b"\n"
