"""Neighbouring lines that the scan left in, those that are no traceback out.

A traceback as Python prints it, below a record that was counted, adds nothing: the reader of lines
would take it apart, a line in some 50 us, to find that it goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from tuner.inputs.chunks import Data
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import records
from tuner.lines.layouts import Layouts
from tuner.model import Record
from tuner.reading import careful
from tuner.scan import Place

Neighbours = tuple[Place, Place]
_STAMP = rb"(?:\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) std(?:out|err) F )?"
"""What Kubernetes, or an export, has before each line."""
_TEXT = rb"[^\s{][^\r\n{]{0,400}"
"""Without an object: fields of the record may stand behind a traceback."""
_TRACEBACK = lazy_pattern(
    _STAMP + rb"Traceback \(most recent call last\):\n"
    rb"(?:" + _STAMP + rb'  File "[^"\r\n{]{0,400}", line \d{1,9}(?:, in ' + _TEXT + rb")?\n"
    rb"(?:" + _STAMP + rb"    (?:" + _TEXT + rb"| {0,200}[\^~][ \^~]{0,200})\n){0,3}){1,99}"
    + _STAMP + rb"([A-Za-z_][\w.]{0,99}(?:Error|Exception|Interrupt)(?:: " + _TEXT + rb")?)\n"
)  # fmt: skip


def left_out(
    neighbours: Iterable[Neighbours], data: Data, layouts: Layouts
) -> tuple[list[Neighbours], int]:
    """The neighbours that are no traceback, and how many lines the others have."""
    others: list[Neighbours] = []
    lines = 0
    for first, last in neighbours:
        if first.line and last.line > first.line and _is_traceback(first, last, data, layouts):
            lines += last.line - first.line + 1
        else:
            others.append((first, last))
    return others, lines


def _is_traceback(first: Place, last: Place, data: Data, layouts: Layouts) -> bool:
    """Whether all of it is one traceback. What an exception says may be a record in a layout of the
    file."""
    raw = bytes(data[first.start : last.end])
    found = _TRACEBACK.fullmatch(raw + b"\n")
    if found is None or careful.damage(raw):
        return False
    return not isinstance(records.parse(found[1], layouts), Record)
