"""The beginning of an input in, what stands before each of its lines out, as a change to undo.

Mail and chats quote an export, `cat -n` and `grep -n` number its lines, and Compose names who wrote
them. Before lines of a log that is a layout; what stands on several lines is torn apart by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from tuner.exports.rewritten_lines import Rewriting
from tuner.lazy_patterns import lazy_pattern

_LOOKED_AT = 400
_MARGINS = (
    lazy_pattern(rb"(?:> ?){1,8}"),
    lazy_pattern(rb" *\d{1,9}(?:\t|: ?| )"),
    lazy_pattern(rb"[\w./-]{1,80}:\d{1,9}:"),
    lazy_pattern(rb"[\w.-]{1,60} {0,30}\| ?"),
)


def margins(head: bytes) -> Iterator[tuple[bytes, Rewriting]]:
    """Each way to take something off the beginning of every line, and what it makes of the head."""
    lines = head.rstrip().split(b"\n", _LOOKED_AT)[:_LOOKED_AT]
    for margin in _MARGINS:
        if all(map(margin.match, lines)) and _is_one(margin, lines):
            change = Rewriting("margins", re.compile(b""), partial(_without, margin))
            yield b"".join(change.lines([head])), change


def _is_one(margin: re.Pattern[bytes], lines: Sequence[bytes]) -> bool:
    """Whether no two programs write lines: those of each have to be put together alone."""
    found = (match[0].rstrip() for line in lines if (match := margin.match(line)))
    return len({text for text in found if text.endswith(b"|")}) < 2


def _without(margin: re.Pattern[bytes], line: bytes) -> bytes:
    return margin.sub(b"", line, count=1)
