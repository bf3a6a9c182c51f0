"""Values as Python, Node and consoles print them in, the same as JSON out.

Lists, tuples and dictionaries of Python's `print`, objects of `console.log`, entries that were
copied from the tree of Google Cloud's console: texts in single quotes, keys without any, `None`,
commas that are missing or too many. Newlines between values stay, so that each keeps its line. What
is no value is passed on as it is, for whoever reads the JSON to count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tuner.lazy_patterns import lazy_pattern

_NAME = rb"[A-Za-z_$][\w$.\-/]{0,80}"
_BLANK = rb"(?:\s|\xe2\x96[\xb6\xb8\xbc\xbe]|\xc2\xa0)"
"""Blanks, those of a page, and the arrows by which it folds what stands inside."""
_START = lazy_pattern(
    rb"\s*(?:(?:const |let |var )?[A-Za-z_]\w{0,40}[ \t]*=[ \t]*)?"
    rb"(?=[\[({\s]{0,40}[bBuU]?['\"]|(?:[A-Z]\w{0,40} |\[\s{0,20}(?:0:\s)?)?\{"
    + _BLANK
    + rb"{0,20}"
    + _NAME
    + rb":\s)"
)
_VALUE_A_LINE = lazy_pattern(rb"(?:\{'[^\n]*\}|[bBuU]?'[^\n]*')\s*\n\s*(?:\{'|[bBuU]?')")
_JSON_KEY = lazy_pattern(rb'[\[({\s]{0,40}"(?:[^"\\]|\\.){0,200}"\s*:')
_TOKEN = lazy_pattern(
    rb"(?P<blank>" + _BLANK + rb"+)|(?P<quote>[bBuU]?['\"])"
    rb"|(?P<sign>[\[\](){}:,])|datetime\.datetime\((?P<moment>\d[\d, ]*)"
    rb"(?:, tzinfo=[^()]*(?:\([^()]*\))?)?\)|(?P<left_out>\[(?:Object|Array|Circular[^\]]*)\])"
    rb"|(?P<key>" + _NAME + rb"(?=\s*:)|\d{1,6}(?=:\s))|(?P<type>[A-Z]\w{0,40} (?=\{))"
    rb"|(?P<word>True|False|None|undefined|true|false|null)\b|(?P<number>-?\d[\d.eE+-]*)"
)
_INSIDE = {
    b"'": lazy_pattern(rb"(?:[^'\\]|\\.)*+", re.S),
    b'"': lazy_pattern(rb'(?:[^"\\]|\\.)*+', re.S),
}
_ESCAPE = lazy_pattern(
    rb"\\(?:x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))|([\"\x00-\x1f])", re.S
)
_SAME = b'\\"/bfnrtu'
_LETTERS = {b"'": b"'", b"a": b"\\u0007", b"v": b"\\u000b", b"\n": b""}
_WORDS = {b"True": b"true", b"False": b"false", b"None": b"null", b"undefined": b"null"}
_BRACKETS = {b"(": b"[", b")": b"]"}
_OPENING, _CLOSING = b"([{", b")]}"
_LONGEST_TOKEN = 200
_AS_JSON = frozenset((b"true", b"false", b"null"))


def is_loose(head: bytes) -> bool:
    """Whether an input that begins like this is a value that is no JSON only in how it is written;
    Python's values of a line each are not (`rewritten_lines` knows those)."""
    start = _START.match(head)
    if start is None or _JSON_KEY.match(head, start.end()) or _VALUE_A_LINE.match(head):
        return False
    values = LooseValues([head])
    for _ in values:
        if values.strange:
            return False
    return values.is_loose


class LooseValues:
    """A stream of such values as JSON. `is_loose`: some of it is no JSON. `strange` counts what is
    no value either."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._data, self._at = next(self._blocks, b""), 0
        self._quote, self._is_bytes = b"", False
        self._held = b""
        """What waits for the next sign: the end of a text, which may go on, or a comma."""
        self._newlines = b""
        """Those between the pieces of a text, for behind it."""
        self._open: list[bytes] = []
        self._is_behind = False
        """Whether the last sign ended a value: the next one begins behind a comma."""
        self.is_loose, self.strange = False, 0
        start = _START.match(self._data)
        self._at = start.end() if start else 0

    def __iter__(self) -> Iterator[bytes]:
        while self._at < len(self._data) or self._more():
            yield self._inside() if self._quote else self._outside()
        if not self._quote:
            yield self._held

    def _more(self) -> bool:
        piece = next(self._blocks, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)

    def _inside(self) -> bytes:
        """The text from here on, as far as there is any of it."""
        found = _INSIDE[self._quote].match(self._data, self._at)
        assert found is not None
        self._at, text = found.end(), found[0]
        if self._data[self._at : self._at + 1] == self._quote:
            self._at, self._quote, self._held = self._at + 1, b"", b'"' + self._newlines
            self._newlines, self._is_behind = b"", True
        elif not self._more():
            self._at = len(self._data)  # half an escape at the end of all
        return _ESCAPE.sub(self._escaped, text)

    def _escaped(self, found: re.Match[bytes]) -> bytes:
        """An escape, or a sign that JSON escapes, as JSON has it."""
        two, eight, octal, letter, bare = found.groups()
        if letter is not None:
            return b"\\" + letter if letter in _SAME else _LETTERS.get(letter, b"\\\\" + letter)
        code = ord(bare) if bare else int(two or eight or octal, 8 if octal else 16)
        if self._is_bytes and code > 0x7F:
            return bytes([code & 0xFF])
        return _json_sign(code)

    def _outside(self) -> bytes:
        """The next token between texts."""
        while len(self._data) - self._at < _LONGEST_TOKEN and self._more():
            pass
        found = _TOKEN.match(self._data, self._at)
        if found is None:
            self.strange += len(self._data) - self._at >= _LONGEST_TOKEN  # else it is cut off
            self._at += 1
            return self._taken() + self._data[self._at - 1 : self._at]
        self._at = found.end()
        if found["blank"] is not None:
            return self._blank(found["blank"])
        if found["quote"] is not None:
            return self._opened(found["quote"])
        return self._signs(found["sign"]) if found["sign"] is not None else self._plain(found)

    def _blank(self, text: bytes) -> bytes:
        """Blanks; behind a text or a comma only newlines, which wait."""
        newlines = b"\n" * text.count(b"\n")
        if not self._held:
            return newlines or b" "
        self._held += newlines
        return b""

    def _opened(self, quote: bytes) -> bytes:
        """The beginning of a text; Python's goes on with it where it stands behind another."""
        goes_on = self._held[:1] == b'"' and self._open
        self._quote, self._is_bytes = quote[-1:], len(quote) > 1 and quote[:1] in b"bB"
        self.is_loose = self.is_loose or quote != b'"'
        if goes_on:
            self._newlines, self._held = self._newlines + self._held[1:], b""
            return b""
        return self._next() + b'"'

    def _signs(self, sign: bytes) -> bytes:
        if sign == b",":
            before, self._held, self._is_behind = self._taken(), sign, False
            return before
        if sign == b":":
            self._is_behind = False
            return self._taken() + sign
        self.is_loose = self.is_loose or sign in b"()"
        if sign in _OPENING:
            before, self._is_behind = self._next(), False
            self._open.append(sign)
            return before + _BRACKETS.get(sign, sign)
        self._held, self._is_behind = self._held.removeprefix(b","), True
        self._open[-1:] = []
        return self._taken() + _BRACKETS.get(sign, sign)

    def _plain(self, found: re.Match[bytes]) -> bytes:
        """A key without quotes, a word, a number or a moment."""
        is_json = found["number"] is not None or found["word"] in _AS_JSON
        self.is_loose = self.is_loose or not is_json
        if (key := found["key"]) is not None:
            return self._key(key)
        if found["type"] is not None:
            return b""
        before, self._is_behind = self._next(), True
        if found["moment"] is not None:
            return before + _iso(found["moment"])
        text = found["word"] or found["number"] or b"null"
        return before + _WORDS.get(text, text)

    def _key(self, key: bytes) -> bytes:
        """A key with quotes; the places in a list have none."""
        before = self._next()
        if self._open[-1:] == [b"["]:
            colon = self._data.find(b":", self._at)
            self._at, self._is_behind = colon + 1, False
            return before
        self._is_behind = False
        return before + b'"' + key + b'"'

    def _next(self) -> bytes:
        """What waits, and the comma that is missing before another value."""
        comma = b"," if self._is_behind and self._open else b""
        held = self._taken()
        return held[:1] + comma + held[1:] if held[:1] == b'"' else comma + held

    def _taken(self) -> bytes:
        held, self._held = self._held, b""
        return held


def _json_sign(code: int) -> bytes:
    """A sign as JSON escapes it; one outside of the basic plane as itself."""
    if code == ord('"'):
        return b'\\"'
    return b"\\u%04x" % code if code < 0x10000 else chr(min(code, 0x10FFFF)).encode()


def _iso(moment: bytes) -> bytes:
    """`2026, 1, 2, 3, 4, 5, 678` as a text of ISO 8601."""
    parts = [int(part) for part in moment.split(b",") if part.strip()]
    day, clock = (parts + [0] * 7)[:3], (parts + [0] * 7)[3:7]
    return b'"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ"' % (*day, *clock)
