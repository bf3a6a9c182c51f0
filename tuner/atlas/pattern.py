"""Templates compared with text: every literal part in its order, anything in the holes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tuner.atlas.row import HOLE, Row

KEY = 8
"""Characters of a literal beginning under which a pattern is indexed."""


class Pattern(NamedTuple):
    """One template with all rows that have it."""

    parts: tuple[str, ...]
    rows: tuple[Row, ...]
    weight: int
    """Characters of literal text: of two templates that fit, the heavier says more."""
    longest: str
    """The longest literal part: what to look for first when a template begins with a hole."""

    @property
    def key(self) -> str:
        """The beginning that a text must have, KEY characters at most; "" before a hole."""
        return self.parts[0][:KEY]

    def fits(self, message: str) -> bool:
        """Whether the whole message can be this template, in time linear in its length."""
        first, *between = self.parts
        if not between:
            return message == first
        last = between.pop()
        at = self._after(between, message, len(first)) if message.startswith(first) else -1
        return at >= 0 and message.endswith(last) and len(message) - len(last) >= at

    def begins_at(self, line: str, offset: int) -> bool:
        """Whether this template begins at `offset`; anything but more of a word may follow it."""
        first, *others = self.parts
        if not line.startswith(first, offset):
            return False
        end = self._after(others, line, offset + len(first))
        if end < 0 or not self.parts[-1]:
            return end >= 0
        return not (line[end - 1].isalnum() and line[end : end + 1].isalnum())

    def can_begin(self, text: str) -> bool:
        """Whether a message of this template, cut off somewhere, can be `text`."""
        first, *others = self.parts
        if not text.startswith(first):
            return first.startswith(text)
        at = len(first)
        for part in others:
            found = text.find(part, at) if part else len(text)
            if found < 0:
                return True  # cut off inside the hole or inside the part behind it
            at = found + len(part)
        return at == len(text)

    @staticmethod
    def _after(parts: list[str], text: str, at: int) -> int:
        """Where `text` goes on after all parts, or -1 if one is missing."""
        for part in parts:
            found = text.find(part, at)
            if found < 0:
                return -1
            at = found + len(part)
        return at


def by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows under the keys of their patterns."""
    index: dict[str, list[Row]] = {}
    for row in rows:
        template = row.template.strip()
        hole = template.find(HOLE, 0, KEY + len(HOLE) - 1)
        index.setdefault(template[: hole if hole >= 0 else KEY], []).append(row)
    return index


def patterns(rows: Iterable[Row]) -> list[Pattern]:
    """A pattern for each template, the heaviest first."""
    by_template: dict[str, list[Row]] = {}
    for row in rows:
        by_template.setdefault(row.template.strip(), []).append(row)
    made = (_pattern(text.split(HOLE), tuple(same)) for text, same in by_template.items())
    return sorted(made, key=lambda pattern: -pattern.weight)


def _pattern(parts: list[str], rows: tuple[Row, ...]) -> Pattern:
    return Pattern(tuple(parts), rows, sum(map(len, parts)), max(parts, key=len))
