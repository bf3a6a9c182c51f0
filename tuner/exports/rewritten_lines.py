"""Lines whose signs were changed on their way in, the same lines as they were out.

A web page escapes quotes, a chat makes them curly, a program prints each line as a text or as
Python's dictionary, and event streams put a word before it.
"""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from tuner.exports import page_text, plain_beginnings, undone_at_once
from tuner.exports.plain_lines import whole_lines
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import key_values

_COLOUR = (
    rb"(?<!\x1b)(?<!\\x1b)(?<!\\u001b)(?<!\\033)(?<!#033)"
    rb"(?:\xe2\x86\x90|\xe2\x90\x9b|\xef\xbf\xbd|\\e|\^\[|ESC)?\[(\d{1,3}(?:;\d{1,3})*m)"
)
"""A colour whose escape sign was lost, or shown as an arrow, as a picture of it, or in letters."""
_CODE = rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][0-9A-B])"
"""What a terminal obeys and does not show."""
_ENDING = rb"(?:<br ?/?>|[ \t]\\|(?<=\})(?:`?[ \t]*(?:\||\xe2\x94\x82)|`)|\^M)"
"""What a page or a printer of signs put behind lines: a break, a backslash, the end of a cell."""
_NO_QUOTE = rb"&(?:amp;){0,2}(?:quot|#0?34|#0?39|#[xX]0?2[27]);"
"""A quote of any kind on a page where none stands as it is."""
_CURLY, _SINGLE = lazy_pattern("[“”„‟]"), lazy_pattern("[‘’‚‛]")
_ESCAPED = lazy_pattern(rb"(?<!\\)\\([_*\[\]<>~#|`])")
_ESCAPED_FIELDS = rb'"?[^"\\{\n]*\{\\"'
"""Fields behind a message whose quotes are escaped, as inside of a text that begins above."""
_ESCAPED_LINE, _TEXT_BEGINS = lazy_pattern(_ESCAPED_FIELDS), lazy_pattern(rb'"[^"]*$')
_CELL = rb'(?:"(?:[^"\\\n]|\\.)*+"|[^",;\t\n]*+)'
_JSON_CELL = rb'"\{\\"(?:[^"\\\n]|\\.)*+"[ \t]*(?:[,;\t\r\n]|$)'
_VALUES = lazy_pattern(rb'(?<==)("\{\\"(?:[^"\\]|\\.)*")')
_ESCAPE = lazy_pattern(rb"\\(.)", re.S)
_IN_QUOTES = lazy_pattern(rb"b?(['\"]).*\1", re.S)
_IN_CSV = lazy_pattern(rb'"(?:[^"]|"")*+"')
_RETURNS = lazy_pattern(rb"\r+\n")
_NOT_UNDONE = (ValueError, SyntaxError, MemoryError, RecursionError)
_LONGEST_DICT = 1 << 16
JSON_TEXTS, PAIRS = "JSON texts", "key=value"


class Rewriting(NamedTuple):
    """A change: how lines with it begin or what stands in them, and how one line is undone.

    No input without the `sign` has it: to look for that takes no time. `undo_all` undoes many whole
    lines at once, each as `undo` does; None where that may not be the same.
    """

    name: str
    looks: re.Pattern[bytes]
    undo: Callable[[bytes], bytes]
    sign: bytes = b""
    undo_all: Callable[[bytes], bytes | None] | None = None

    def is_in(self, head: bytes) -> bool:
        """Whether an input that begins with these bytes has the change."""
        return self.sign in head and bool(self.looks.match(head)) and self.acts(head)

    def acts(self, head: bytes) -> bool:
        """Whether any line is another one without it: else there is nothing to undo."""
        return b"".join(self.lines([head])).rstrip() != head.replace(b"\r\n", b"\n").rstrip()

    def lines(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The blocks of a stream with each line as it was."""
        for data in whole_lines(blocks):
            whole = data if data[-1:] == b"\n" else data + b"\n"
            whole = _RETURNS.sub(b"\n", whole) if b"\r\n" in whole else whole
            found = self.undo_all(whole) if self.undo_all else None
            yield found if found is not None else self._each_undone(whole)

    def _each_undone(self, lines: bytes) -> bytes:
        return b"\n".join([*map(self.undone, lines[:-1].split(b"\n")), b""])

    def undone(self, line: bytes) -> bytes:
        """A line as it was; one that cannot be undone stays as it is."""
        try:
            return self.undo(line)
        except _NOT_UNDONE:
            return line


def rewriting(head: bytes) -> Rewriting | None:
    """The change that lines of an input that begins like this have; None for none."""
    return next((form for form in _FORMS if form.is_in(head)), None)


def _text(line: bytes) -> bytes:
    """A line that was printed as a JSON text."""
    found = msgspec.json.decode(line)
    return found.encode().rstrip(b"\r\n") if isinstance(found, str) else line


def _quoted(line: bytes) -> bytes:
    """A line that was put in quotes, of JSON or of Python. Those inside of it may not be marked; a
    comma may stand behind it, as in a list."""
    bare = line.rstrip().removesuffix(b",")
    if not _IN_QUOTES.fullmatch(bare):
        return line
    try:
        return _text(bare) if bare[:1] == b'"' else _printed(bare)
    except _NOT_UNDONE:
        return bare[1:-1] if bare[:1] != b"b" else line


def _dictionary(line: bytes) -> bytes:
    if len(line) > _LONGEST_DICT:
        return line
    return msgspec.json.encode(ast.literal_eval(line.decode()))


def _straight(line: bytes) -> bytes:
    return _SINGLE.sub("'", _CURLY.sub('"', line.decode())).encode()


def _coloured(line: bytes) -> bytes:
    return re.sub(_COLOUR, b"\x1b[\\1", line)


def _printed(line: bytes) -> bytes:
    """A line that was printed as Python's bytes, or as its text in single quotes."""
    found = ast.literal_eval(line.decode()) if len(line) <= _LONGEST_DICT else line
    bare = found.encode() if isinstance(found, str) else found
    return bare.rstrip(b"\r\n") if isinstance(bare, bytes) else line


def _named(line: bytes) -> bytes:
    """The record in JSON that is the value of one of several names, if it has its own time."""
    for found in _VALUES.finditer(line):
        text = _text(found[1])
        if plain_beginnings.is_plain(text + b"\n"):
            return text
    return line


def _cells(line: bytes) -> bytes:
    """A row in which a backslash stands before each quote of a cell, as CSV has two quotes."""
    return _ESCAPE.sub(lambda found: b'""' if found[1] == b'"' else found[1], line)


def _quotes(line: bytes) -> bytes:
    """A line of a text whose quotes were escaped, and its newlines were not."""
    if not _ESCAPED_LINE.match(line):
        return line[1:] if _TEXT_BEGINS.match(line) else line
    bare = line.removeprefix(b'"')
    bare = bare.removesuffix(b'"') if bare[-2:] == b'}"' else bare
    return re.sub(rb'\\(["\\/])', rb"\1", bare)


def _from_base64(line: bytes) -> bytes:
    """The object that a line encodes; a piece of one that was broken into lines is none."""
    found = base64.b64decode(line, validate=True).strip()
    return found if isinstance(msgspec.json.decode(found), dict) and b"\n" not in found else line


def _fluent_bit(line: bytes) -> bytes:
    found = _FLUENT_BIT.match(line)
    return line if found is None else found[1].replace(b'"=>', b'":')


_FLUENT_BIT = lazy_pattern(rb'\[\d+\] \S+: \[.{1,80}?, (\{"\w+"=>.*\})\]$', re.S)
QUOTED = Rewriting("quoted lines", lazy_pattern(rb"> "), lambda line: line.removeprefix(b"> "))
"""How mail and chats quote; only lines that were broken as well have to be rewritten."""
TABBED = Rewriting(
    "tabs before lines",
    lazy_pattern(rb"(?:\t[^\n]*(?:\n|\Z)|\r?\n){2,}+\Z"),
    lambda line: line.removeprefix(b"\t"),
    sign=b"\n\t",
)
"""Lines that were moved to the right as a whole."""
_FORMS = (
    Rewriting(
        "event stream",
        lazy_pattern(rb"data: ?\{"),
        lambda line: line.removeprefix(b"data: "),
        undo_all=undone_at_once.event_stream,
    ),
    Rewriting(
        "JSON text sequence",
        lazy_pattern(rb"\x1e"),
        lambda line: line.lstrip(b"\x1e"),
        undo_all=undone_at_once.sequence,
    ),
    Rewriting(
        "text of a web page",
        lazy_pattern(
            rb".{0,4000}?"
            + page_text.ESCAPED_QUOTE.pattern.encode()
            + rb"|[^'\"]{0,60000}?"
            + _NO_QUOTE,
            re.S,
        ),
        page_text.shown,
        sign=b"&",
        undo_all=page_text.all_shown,
    ),
    Rewriting(
        "blanks that do not break",
        lazy_pattern(
            rb"\s?\xc2\xa0|[^ ]{0,60000}?\xc2\xa0|.{0,400}?[,:\-]\xc2\xa0"
            rb'|.{0,20000}?\n[^\n]{0,100}(?:": ?|", ?| - ?)\xc2\xa0',
            re.S,
        ),
        undone_at_once.blanks,
        sign=b"\xc2\xa0",
        undo_all=undone_at_once.blanks,
    ),
    Rewriting(
        "curly quotes",
        lazy_pattern(
            '.{0,400}?{ ?[“”„]|[^"]{0,60000}?[“„]|.{0,20000}?[(\\[]b(?:‘|’)'.encode(), re.S
        ),
        _straight,
        sign=b"\xe2\x80",
        undo_all=undone_at_once.straight,
    ),
    Rewriting(
        "ends of lines on a page",
        lazy_pattern(rb".{0,4000}?" + _ENDING + rb"\r?\n", re.S),
        lambda line: re.sub(_ENDING + rb"\s*$", b"", line),
    ),
    Rewriting(
        "signs escaped for Markdown",
        lazy_pattern(rb'.{0,4000}?(?<=[{ ])"(?:\w|\\_){1,40}(?<=\w)\\_(?:\w|\\_){1,40}":', re.S),
        lambda line: _ESCAPED.sub(rb"\1", line),
        sign=rb"\_",
    ),
    Rewriting(
        "colours inside of lines",
        lazy_pattern(
            rb".{0,4000}?(?:\x1b\[[\d;]*m\x1b\[K|\x1b[()])"
            rb"|\s*(?:" + _CODE + rb")*\{" + _CODE + rb"|(?:" + _CODE + rb")+[\[{]\s",
            re.S,
        ),
        lambda line: re.sub(_CODE, b"", line),
    ),
    Rewriting(
        "texts of CSV",
        lazy_pattern(
            rb'(?!"[\w@. -]{1,40}"\r?\n|[^\0]{0,60000}?[^"\n]"[^"\r\n])'
            rb'(?:"(?:[^"\n]|"")*+"\r?\n){2,}'
        ),
        lambda line: line[1:-1].replace(b'""', b'"') if _IN_CSV.fullmatch(line) else line,
        sign=b'""',
    ),
    Rewriting(
        "Python's texts",
        lazy_pattern(rb"(?:b\"[^\n]*\"|b?'(?=[{\[(]|\d|[A-Z]{4}|\\x1b)[^\n]*'),?\r?\n"),
        _quoted,
    ),
    Rewriting("JSON texts under a name", lazy_pattern(rb'(?=\w+=)[^\n]*?\b\w+="\{\\"'), _named),
    Rewriting(
        "quotes behind backslashes",
        lazy_pattern(rb"(?:[^\n]*\n){0,3}?(?:" + _CELL + rb"[,;\t]){1,40}?" + _JSON_CELL),
        _cells,
    ),
    Rewriting(
        "lines in base64",
        lazy_pattern(rb"(?:eyJ|ey[A-P])[A-Za-z0-9+/]{40,}={0,2}\r?\n"),
        _from_base64,
    ),
    Rewriting("escaped JSON", lazy_pattern(rb'\{\\"'), lambda line: _text(b'"' + line + b'"')),
    Rewriting(
        JSON_TEXTS,
        lazy_pattern(
            rb'"(?=\{\\"|[\[(<]?(?:\d|[A-Z]{4,8}[ :\])>])|\w+=)(?:[^"\\\n]|\\.)*",?\r?(?:\n|$)'
        ),
        _quoted,
    ),
    Rewriting(
        "escaped quotes",
        lazy_pattern(rb"(?![\[{])(?:[^\n]*\n){0,60}?" + _ESCAPED_FIELDS),
        _quotes,
    ),
    Rewriting("Python dictionaries", lazy_pattern(rb"\{'"), _dictionary),
    Rewriting("fluent-bit", lazy_pattern(rb'\[\d+\] \S+: \[.{1,80}?, \{"\w+"=>'), _fluent_bit),
    Rewriting(PAIRS, key_values.LOOKS, key_values.as_json),
    Rewriting(
        "colours without their escape sign",
        lazy_pattern(rb"(?!\{|\[\s*[{\[\"]).{0,4000}?" + _COLOUR, re.S),
        _coloured,
        undo_all=undone_at_once.coloured,
    ),
)
