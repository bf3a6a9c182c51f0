"""Text that cannot move a terminal's cursor, and how many columns it takes."""

from __future__ import annotations

import unicodedata

from tuner.lazy_patterns import lazy_pattern

_ESCAPED = r"(?:\x1b|(?<!\\)\\++(?:u001b|x1b|033|e))"
ANSI = lazy_pattern(rf"{_ESCAPED}(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
"""Colour and cursor codes, also spelled out."""


def printable(text: str) -> str:
    """Return the text with nothing left in it that could move a terminal's cursor."""
    clean = ANSI.sub("", text).replace("\t", " ").replace("\xa0", " ")
    if clean.isprintable():
        return clean
    return "".join(c if c.isprintable() else _visible(c) for c in clean)


def cut(text: str, limit: int) -> str:
    """Return the text in at most `limit` columns; "..." at the end says that it was cut."""
    if columns(text) <= limit:
        return text
    kept = text[: max(0, limit - 3)]
    while kept and columns(kept) > limit - 3:
        kept = kept[:-1]
    return kept.rstrip() + "..."[: max(0, limit)]


def columns(text: str) -> int:
    """Return how many terminal columns a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(_column(c) for c in text)


def _column(char: str) -> int:
    """A combining mark takes no column, a wide East Asian character two."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _visible(char: str) -> str:
    """A control character as its escape, a line end as a space."""
    return " " if char in "\r\n\x0b\x0c\u2028\u2029" else ascii(char)[1:-1]
