"""A text in, the place where a message that we know begins: what stands before is the layout."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from tuner.lines.catalogue.row import Spelling
from tuner.lines.catalogue.table import LINES

_SHORTEST = 10
"""A shorter message ("turn", "session") is an ordinary word: it marks nothing."""


@cache
def message_starts() -> tuple[Spelling, ...]:
    """The messages that can be recognised wherever they stand in a line."""
    spellings = (spelling for line in LINES for spelling in line.spellings)
    return tuple(spelling for spelling in spellings if len(spelling.starts) >= _SHORTEST)


def find_message(text: str) -> tuple[int, Spelling] | None:
    """Return where the first known message begins, and how it is spelled."""
    match = _pattern().search(text)
    return (match.start(), _spellings()[match[0]]) if match else None


@cache
def _spellings() -> dict[str, Spelling]:
    return {spelling.starts: spelling for spelling in message_starts()}


@cache
def _pattern() -> re.Pattern[str]:
    firsts = re.escape("".join(sorted({starts[0] for starts in _spellings()})))
    return re.compile(rf"(?<![\w.])(?=[{firsts}]){_any_of(_spellings())}")


def _any_of(texts: Iterable[str]) -> str:
    """A pattern of the longest of some texts that stands there, which goes through them by their
    letters: an alternative for each text takes four times as long."""
    rests: dict[str, list[str]] = {}
    for text in texts:
        rests.setdefault(text[:1], []).append(text[1:])
    ends = "?" if rests.pop("", None) else ""
    ways = [re.escape(letter) + _any_of(rest) for letter, rest in rests.items()]
    return f"(?:{'|'.join(ways)}){ends}" if ways and (ends or len(ways) > 1) else "".join(ways)
