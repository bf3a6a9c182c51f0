"""Lines whose signs were changed on their way in, the same lines as they were out.

A web page escapes quotes, a chat makes them curly, a program prints each line as a text or as
Python's dictionary, and event streams put a word before it.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from tuner.exports.plain_lines import split

_COLOUR = (
    rb"(?<!\x1b)(?:\xe2\x86\x90|\xe2\x90\x9b|\xef\xbf\xbd|\\e|\\x1b|\\u001b|\\033|#033|\^\[)?"
    rb"\[(\d{1,3}(?:;\d{1,3})*m)"
)
"""A colour whose escape sign was lost, or shown as an arrow, a picture of it, `\\e` or `^[`."""
_CURLY = re.compile("[“”„‟]")
_LONGEST_DICT = 1 << 16


class Rewriting(NamedTuple):
    """A change: how lines with it begin or what stands in them, and how one line is undone."""

    name: str
    looks: re.Pattern[bytes]
    undo: Callable[[bytes], bytes]

    def lines(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The blocks of a stream with each line as it was."""
        for line in split(blocks):
            yield self._undone(line.rstrip(b"\r")) + b"\n"

    def _undone(self, line: bytes) -> bytes:
        try:
            return self.undo(line)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return line


def rewriting(head: bytes) -> Rewriting | None:
    """The change that lines of an input that begins like this have; None for none."""
    return next((form for form in _FORMS if form.looks.match(head)), None)


def _text(line: bytes) -> bytes:
    """A line that was printed as a JSON text."""
    found = msgspec.json.decode(line)
    return found.encode().replace(b"\n", b" ") if isinstance(found, str) else line


def _dictionary(line: bytes) -> bytes:
    if len(line) > _LONGEST_DICT:
        return line
    return msgspec.json.encode(ast.literal_eval(line.decode()))


def _straight(line: bytes) -> bytes:
    return _CURLY.sub('"', line.decode()).encode()


def _coloured(line: bytes) -> bytes:
    return re.sub(_COLOUR, b"\x1b[\\1", line)


_FORMS = (
    Rewriting(
        "colours without their escape sign",
        re.compile(rb"(?!\{|\[\s*[{\[\"]).{0,4000}?" + _COLOUR, re.S),
        _coloured,
    ),
    Rewriting("event stream", re.compile(rb"data: ?\{"), lambda line: line.removeprefix(b"data: ")),
    Rewriting("JSON text sequence", re.compile(rb"\x1e"), lambda line: line.lstrip(b"\x1e")),
    Rewriting(
        "text of a web page",
        re.compile(rb".{0,400}?\{&quot;", re.S),
        lambda line: html.unescape(line.decode()).encode(),
    ),
    Rewriting("curly quotes", re.compile(".{0,400}?{ ?[“”„]".encode(), re.S), _straight),
    Rewriting("escaped JSON", re.compile(rb'\{\\"'), lambda line: _text(b'"' + line + b'"')),
    Rewriting(
        "JSON texts",
        re.compile(rb'"(?=\{\\"|[\[(]?\d|[A-Z]{4,8}[ :\]])(?:[^"\\\n]|\\.)*"\r?\n'),
        _text,
    ),
    Rewriting("Python dictionaries", re.compile(rb"\{'"), _dictionary),
)
