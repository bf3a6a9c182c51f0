"""A log behind line numbers in, the log alone out.

`cat -n`, `nl`, `less -N`, an editor and `grep -n` put a number before each line. What stands twice
then looks different, and what stands on several lines is torn apart. Numbers of lines are told from
those of processes and from times by how they grow: by one, and where lines were selected by more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, BinaryIO, cast

from tuner.exports import blocks, numbered_rows
from tuner.exports.plain_lines import whole_lines
from tuner.lazy_patterns import lazy_pattern

NAME = "numbered lines"
_LOOKED_AT, _FEWEST, _FEWEST_SELECTED = 400, 4, 12
_BY_ONE, _GROW = 0.8, 0.97
_PATH = (
    rb"(?!\d{4}-\d\d-\d\d|[^\s:]{0,200}\dT\d\d:\d\d:)"
    rb"(?:\(standard input\)|(?:[A-Za-z]:[\\/])?[^\s:|{\"\[]{1,200})"
)
_NO_CLOCK = rb"(?!\d\d(?::\d\d)?(?![\d:]))"
"""Behind hours and a colon the rest of a time of day, behind a year and a dash that of a date."""
_BLANK, _WIDEST_GAP = rb"(?= |$)", 2
_STYLES = (
    rb" {0,10}(\d{1,7})\t",
    rb" {0,10}(\d{1,7}) ?(?:\||\xe2\x94\x82)" + _BLANK,
    rb" {0,10}(\d{1,7})[:.)]" + _BLANK,
    rb"(\d{1,7})[:\-]" + _NO_CLOCK,
    _PATH + rb"[:\-](\d{1,7})[:\-]" + _NO_CLOCK,
    rb" {0,10}(\d{1,7})" + _BLANK,
)
"""How numbers stand before lines; the last one has nothing but blanks behind it."""
_STARTS = lazy_pattern(rb"[ \d]{0,10}\d[\t :.)|\-\xe2]|[^\n]{0,200}?[:\-]\d{1,7}[:\-]")
_BLANKS = lazy_pattern(rb" *")
_BREAK = (b"", b"--")
"""A line without a number: `nl` gives none to an empty line, `grep -C` writes a break."""


Undo = Callable[[Iterable[bytes]], Iterator[bytes]]
"""Takes what stands before the lines of a stream off."""


def numbers(head: bytes) -> Undo | None:
    """What takes the numbers off an input that begins like this; None if it has none."""
    if _STARTS.match(head) is None:
        return None
    lines = [line.rstrip(b"\r") for line in head.split(b"\n", _LOOKED_AT)[:_LOOKED_AT]]
    lines = [line for line in (lines[:-1] or lines) if line not in _BREAK]
    if len(lines) < _FEWEST:
        return None
    if screen := numbered_rows.width(lines):
        return partial(numbered_rows.joined, screen=screen)
    style = next((style for style in _STYLES if _are_numbered(lines, style)), None)
    if style is None:
        return None
    return partial(_without, re.compile(rb"(?m)^" + style + _gap(lines, style)))


def _without(before: re.Pattern[bytes], stream: Iterable[bytes]) -> Iterator[bytes]:
    for piece in whole_lines(stream):
        yield before.sub(b"", piece)


def _are_numbered(lines: Sequence[bytes], style: bytes) -> bool:
    """Whether a number that grows stands before each line."""
    before = re.compile(style)
    if not all(map(before.match, lines)):
        return False
    found = (match for line in lines if (match := before.match(line)))
    steps = [second - first for first, second in pairwise(int(match[1]) for match in found)]
    by_one = max(steps.count(1), steps.count(-1))
    grow = sum(step > 0 for step in steps)
    is_selected = b":" in style and len(lines) >= _FEWEST_SELECTED and grow >= _GROW * len(steps)
    return by_one >= _BY_ONE * len(steps) or is_selected


def _gap(lines: Sequence[bytes], style: bytes) -> bytes:
    """The blanks that belong to the numbers; a screen has a margin of its own behind them."""
    if not style.endswith(_BLANK):
        return b""
    before = re.compile(style)
    ends = ((line, match.end()) for line in lines if (match := before.match(line)))
    gaps = [
        len(found[0]) for line, end in ends if line[end:] and (found := _BLANKS.match(line, end))
    ]
    least = min(gaps, default=1)
    return b" {0,%d}" % (least if least <= _WIDEST_GAP else 1)


def without(head: bytes, stream: Any, undo: Undo) -> BinaryIO:
    """The stream of which `head` was read already, without what stands before its lines."""
    return cast(BinaryIO, blocks.Joined(undo(blocks.every(head, stream))))
