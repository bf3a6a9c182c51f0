"""The lines of an object that a shipper wrapped one by one in, the object on one wrapped line out.

A pattern finds them where they stand together and their wrappers differ in their times only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from tuner.exports import finding
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.undecodable import UNDECODABLE

MOST_LINES, LONGEST = 1_000, 1 << 16
"""An object of more lines, or with a longer one, is none that an app wrote for people to read."""
LONGEST_BEFORE = 300
"""What stands before a brace becomes a pattern: no shipper writes as much."""
_OPENING = lazy_pattern(
    rb'([^\n]{1,%d}?)\{((?:\\r)?\\n"[^\n]{0,%d}|[ \t]*)\r?\n' % (LONGEST_BEFORE, LONGEST_BEFORE)
)
_TIME = lazy_pattern(rb"\d[\d:.,/TZ+-]{0,40}:[\d:.,TZ+-]{0,40}\d|\d{10,19}(?:\.\d{1,9})?")
_NO_DIGITS = bytes.maketrans(b"0123456789", b"\0" * 10)
_ESCAPED = rb'(?:[^"\\\n]|\\[^n\n])*+'
"""Text of a JSON string, as Docker keeps it, up to its newline."""


class WrappedObject(NamedTuple):
    """An object on the wrapped line of its brace, how many lines it took, and where it ends."""

    text: bytes
    lines: int
    end: int


class _Lines(NamedTuple):
    """Patterns: of all lines of an object, and of one between its braces."""

    all: re.Pattern[bytes]
    inner: re.Pattern[bytes]
    is_escaped: bool


def find(data: bytes, at: int) -> WrappedObject | None:
    """The object whose first line begins at a place; None if there is none, or any doubt."""
    if (opening := _OPENING.match(data, at)) is None:
        return None
    before, behind = opening.groups()
    if not before.strip():
        return None
    lines = _lines(_timeless(before), _timeless(behind.strip()))
    found = lines.all.match(data, at, at + LONGEST)
    if found is None:
        return None
    inner = [text.strip() for text in lines.inner.findall(found[1])]
    record = b"".join((b"{", *inner, b"}", found[2].strip()))
    if not finding.is_record(_unescaped(record) if lines.is_escaped else record):
        return None
    return WrappedObject(before + record + behind.strip(), len(inner) + 2, found.end())


@lru_cache(32)
def _lines(before: bytes, behind: bytes) -> _Lines:
    """What matches an object in such a wrapper, in whose times NUL stands for each digit."""
    start, end = _like(before), _like(behind)
    text, blank = (_ESCAPED, rb"(?: |\\t)") if behind else (rb"[^\n]*+", rb"[ \t]")
    inner = start + b"(" + blank + text + b")" + end + rb"\r?\n"
    first = start + rb"\{[ \t]*" + end + rb"\r?\n"
    last = start + rb"\}(" + text + b")" + end + rb"\r?\n"
    between = b"((?:" + inner.replace(b"(" + blank, b"(?:" + blank, 1) + b"){1,%d}+)" % MOST_LINES
    return _Lines(re.compile(first + between + last), re.compile(inner), bool(behind))


def _timeless(text: bytes) -> bytes:
    """Not without other digits: those of a process or a container tell it from the next."""
    return _TIME.sub(lambda time: time[0].translate(_NO_DIGITS), text)


def _like(text: bytes) -> bytes:
    """A pattern for a text with other times."""
    return re.sub(b"\0+", rb"\\d++", re.escape(text))


def _unescaped(text: bytes) -> str | bytes:
    try:
        return msgspec.json.decode(b'"' + text + b'"', type=str)
    except UNDECODABLE:
        return b""
