"""A line of a Pipecat log in another layout than Pipecat's own in, the same in Pipecat's own out.

Apps give loguru a format of their own, mostly to add the call's id, and hosts put a stamp before
it. What stays the same is a time, then perhaps level, place and id, then the message.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern

_FORM = lazy_pattern(
    rb"(?P<before>.{0,200}?)\**(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3,9})"
    rb"(?P<zone>Z|[+-]\d\d:?\d\d)?\**[ |\-\[\]]+"
    rb"(?:(?P<level>TRACE|DEBUG|INFO|SUCCESS|WARNING|ERROR|CRITICAL)\b[ |\-\[\]]*)?"
    rb"(?:(?P<place>\w[\w.\-]*:[\w<>]+:\d+)[ |\-]+)?"
    rb"(?:(?P<call>(?=[\w\-]*\d)[\w\-]{6,64}) +[-|] +)?"
    rb"(?:- )?\**(?P<message>[^\s*].*?)\**(?: +-? *\|)? *\r?\n?$",
    re.S,
)


class OwnLine(NamedTuple):
    """A line in Pipecat's own layout, and the id of its call that stood in it ("" for none)."""

    line: bytes
    call: str


def in_own_layout(line: bytes) -> OwnLine | None:
    """The line as Pipecat itself would have written it; None if it has no time."""
    found = _FORM.match(line)
    if found is None:
        return None
    time = found["time"].replace(b"T", b" ").replace(b",", b".") + (found["zone"] or b"")
    level = (found["level"] or b"DEBUG").ljust(8)
    place = found["place"] or b"pipecat:unknown:0"
    own = b"%b | %b | %b - %b\n" % (time, level, place, found["message"])
    return OwnLine(own, (found["call"] or b"").decode())
