"""Bytes of a text in, where they can be cut so that a record and its traceback stay together."""

from __future__ import annotations

from typing import Any

from tuner.lazy_patterns import lazy_pattern

_TRACEBACK = b"Traceback (most recent call last):"
_LONGEST_TRACEBACK = 1 << 16
_LOUD = lazy_pattern(rb"\b(?:WARNING|ERROR|CRITICAL)\b")
BELOW = lazy_pattern(
    rb"[ \t]|\r?\n|future: <|Traceback \(most recent call last\):"
    rb"|During handling of the above exception|The above exception was the direct cause"
    rb"|(?:[A-Za-z_][\w.]*"
    rb"(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Timeout|Cancelled|Group)"
    rb"|(?:[A-Za-z_]\w*\.)+_?[A-Z]\w*|socket\.\w+)"
    rb"(?:: ?|[ \t]*(?:\x1b\[[\d;]*m[ \t]*)*(?:\r?\n|[({]))"
)
"""How a line of a traceback begins: behind the last may stand the fields of the record above.
An exception that says nothing has no colon, and those of packages need not be called Error."""


def begins(data: Any, begin: int, end: int) -> int:
    """Where the record begins whose traceback ends at the end, or may begin there; else `end`."""
    last: int = max(data.rfind(b"\n", begin, end - 1) + 1, begin)
    if data[last : last + 1] == b"{":
        return end
    if BELOW.match(data, last, end) is None:
        text = bytes(data[last:end]).rstrip()
        return last if text[-1:] != b"}" and _LOUD.search(text) is not None else end
    if data.rfind(_TRACEBACK, max(begin, end - _LONGEST_TRACEBACK), end) < 0:
        return end
    cut = last
    while cut > begin and end - cut < _LONGEST_TRACEBACK:
        cut = max(data.rfind(b"\n", begin, cut - 1) + 1, begin)
        if not BELOW.match(data, cut, end):
            return int(cut)
    return end


def bytes_below(file: Any, at: int) -> int:
    """How many bytes at a line's beginning belong to the traceback of a record before."""
    file.seek(max(at - _LONGEST_TRACEBACK, 0))
    before = file.read(min(at, _LONGEST_TRACEBACK))
    piece, begin = file.read(_LONGEST_TRACEBACK), 0
    while (match := BELOW.match(piece, begin)) is not None:
        begin = piece.find(b"\n", match.start()) + 1
        if not begin:
            return 0
    return begin if _TRACEBACK in before + piece[:begin] else 0
