"""A line of a Pipecat log in another layout than Pipecat's own in, the same in Pipecat's own out.

Apps give loguru a format of their own, mostly to add the call's id, and hosts put a stamp before
it. What stays the same is a time, then perhaps level, place and id, then the message.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import wrappers

_FORM = lazy_pattern(
    rb"(?P<before>.{0,200}?)\**(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3,9})"
    rb"(?P<zone>Z|[+-]\d\d:?\d\d)?\**[ |\-\[\]]+"
    rb"(?:(?P<level>TRACE|DEBUG|INFO|SUCCESS|WARNING|ERROR|CRITICAL)\b[ |\-\[\]]*)?"
    rb"(?:(?P<place>\w[\w.\-]*:[\w<>]+:\d+)[ |\-]+)?"
    rb"(?:(?P<call>(?=[\w\-]*\d)[\w\-]{6,64}) +[-|] +)?"
    rb"(?:- )?\**(?P<message>[^\s*].*?)\**(?: +-? *\|)? *\r?\n?$",
    re.S,
)
_INSIDE = lazy_pattern(
    rb"(?<=[ \t\]:|])\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \| [A-Z]{4,8} *\| [\w.]+:[\w<>]+:\d+ - "
)
_LONGEST_BEFORE = 300


class OwnLine(NamedTuple):
    """A line in Pipecat's own layout, and the id of its call that stood in it ("" for none)."""

    line: bytes
    call: str


def behind_words(line: bytes) -> bytes:
    """A line in Pipecat's own layout from behind what a shipper that is in no list put before it;
    any other as it is."""
    if line[:1] == b"{" or (found := _INSIDE.search(line, 0, _LONGEST_BEFORE)) is None:
        return line
    inside = line[found.start() :]
    return line if wrappers.peel(line.rstrip(b"\r\n")).text == inside.rstrip(b"\r\n") else inside


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
