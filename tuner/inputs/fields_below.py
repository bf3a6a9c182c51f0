"""Bytes of a text in, where they can be cut so that a record and the fields below it stay together.

So does pino-pretty print records: a line for each field, and more for objects in them.
"""

from __future__ import annotations

import re
from typing import Any

from tuner.lazy_patterns import lazy_pattern

_MOST = 1 << 16
_CODES = rb"(?:\x1b\[[\d;]*m)*"
_FIELD = lazy_pattern(
    rb"[ \t]+" + _CODES + rb'"?[A-Za-z_][\w.\-]*"?' + _CODES + rb": *\S|[ \t]+[\]}],?\r?\n"
)
"""How a line of a field begins, or one that closes an object."""

_RECORD = lazy_pattern(rb"^[^ \t]", re.M)


def begins(data: Any, begin: int, end: int) -> int:
    """Where the record begins to which more fields may come behind the end; else `end`."""
    last = _line_before(data, begin, end)
    if data[last : last + 1] not in (b" ", b"\t"):
        before = _line_before(data, begin, last)
        return last if last > begin and _FIELD.match(data, before, last) else end
    if not _FIELD.match(data, last, end):
        return end
    while last > begin and end - last < _MOST:
        last = _line_before(data, begin, last)
        if data[last : last + 1] not in (b" ", b"\t"):
            return last if last > begin else end
    return end


def _line_before(data: Any, begin: int, end: int) -> int:
    """Where the line begins that ends at the end."""
    newline: int = data.rfind(b"\n", begin, max(end - 1, begin))
    return max(newline + 1, begin)


def bytes_below(file: Any, at: int) -> int:
    """How many bytes at a line's beginning are fields of the record before."""
    file.seek(at)
    piece = file.read(_MOST)
    if not _FIELD.match(piece):
        return 0
    behind = _RECORD.search(piece)
    if behind is None and len(piece) == _MOST:
        return 0  # no record far and wide
    below = piece if behind is None else piece[: behind.start()]
    return 0 if _is_of_array(below) else len(below)


def _is_of_array(below: bytes) -> bool:
    """Whether these are lines of printed JSON, whose records are themselves indented: then the
    outermost of them end in commas, or are braces alone."""
    lines = [line for line in below.split(b"\n") if line.strip()]
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    outer = [line.strip() for line in lines if line[margin : margin + 1].strip()]
    return any(line == b"{" or line.endswith(b",") for line in outer)
