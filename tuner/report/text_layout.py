"""Texts and rows in, lines of at most so many columns out. Knows nothing of reports."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tuner.lazy_patterns import lazy_pattern
from tuner.redaction.terminal import columns, cut, printable

BOLD, RED, YELLOW, GREEN, CYAN = "1", "1;31", "33", "1;32", "36"
_PAINT = (
    (lazy_pattern(r"^ SWITCH\b"), "1;33"),
    (lazy_pattern(r"^ KEEP\b"), GREEN),
    (lazy_pattern(r"^ UNDECIDED\b"), "1;36"),
    (lazy_pattern(r"^ [A-Z]{3,}(?: [A-Z]{3,})*\b"), BOLD),
    (lazy_pattern(r"^   high(?= )"), RED),
    (lazy_pattern(r"^   warning(?= )"), YELLOW),
    (lazy_pattern(r"^   info(?= )"), CYAN),
)


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Break a text between words; `first` stands before its first line, `rest` before others."""
    rest = " " * columns(first) if rest is None else rest
    lines, line, empty = [], first, True
    for word in _short_words(printable(text).split(), width - columns(rest)):
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = rest, True
        line, empty = line + ("" if empty else " ") + word, False
    return [*lines, line.rstrip()]


def flow(parts: Iterable[str], width: int, first: str = " ", between: str = " · ") -> list[str]:
    """Put parts behind each other, breaking only between them; a part too long is wrapped."""
    lines, line = [], ""
    for part in parts:
        if line and columns(first + line + between + part) > width:
            lines += wrap(line, width, first)
            line, first = part, " " * columns(first)
        else:
            line = line + between + part if line else part
    return lines + wrap(line, width, first) if line else lines


def table(
    rows: Sequence[Sequence[str]], width: int, left: Sequence[int] = (0,), drop: Sequence[int] = ()
) -> list[str]:
    """Align cells in columns two apart; the columns of `left` to the left, the others right.

    When the table is too wide, the columns of `drop` go, one after the other.
    """
    keep = list(range(len(rows[0])))
    for gone in drop:
        if _table_width(rows, keep) <= width:
            break
        keep.remove(gone)
    sizes = {i: max(columns(row[i]) for row in rows) for i in keep}
    lines = ("  ".join(_cell(row[i], sizes[i], i in left) for i in keep) for row in rows)
    return [cut(line.rstrip(), width) for line in lines]


def paint(lines: Iterable[str]) -> Iterator[str]:
    """Colour headings, verdicts and severities; no meaning is in the colour alone."""
    for line in lines:
        for pattern, colour in _PAINT:
            found = pattern.match(line)
            if found:
                line = f"\x1b[{colour}m{found.group()}\x1b[0m{line[found.end() :]}"
                break
        yield line


def number(value: Any) -> str:
    """A figure with three digits that matter, thousands apart; "-" when there is none."""
    if value is None:
        return "-"
    if not isinstance(value, int | float) or isinstance(value, bool):
        return printable(str(value))
    if not math.isfinite(value):
        return "-"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def seconds(value: float | None) -> str:
    """Seconds with two decimals, from ten on with one."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:.2f}" if abs(value) < 9.995 else f"{value:.1f}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 call", "2 calls"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def sentences(*texts: str) -> str:
    """Texts as sentences behind each other."""
    kept = [text.strip().rstrip(".") for text in texts if text.strip()]
    return ". ".join(kept) + "." if kept else ""


def _short_words(words: Iterable[str], width: int) -> Iterator[str]:
    """The words, those too long for a line in pieces."""
    for word in words:
        while columns(word) > width:
            end = len(word[:width])
            while columns(word[:end]) > width:
                end -= 1
            end = max(1, end)
            yield word[:end]
            word = word[end:]
        yield word


def _table_width(rows: Sequence[Sequence[str]], keep: Sequence[int]) -> int:
    return sum(max(columns(row[i]) for row in rows) for i in keep) + 2 * (len(keep) - 1)


def _cell(text: str, size: int, left: bool) -> str:
    gap = " " * (size - columns(text))
    return text + gap if left else gap + text
