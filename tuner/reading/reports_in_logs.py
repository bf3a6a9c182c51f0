"""A chunk of a log in, its lines out that hold a session report: an app logged it at a call's end.

Who reads it beside the log would count a call twice; in a file of its own it is known to be of the
same call. Only long lines are looked at, which are found by steps of as many bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tuner.inputs.chunks import Data
from tuner.lazy_patterns import lazy_pattern

REASON = "session report inside the log (give it as a file of its own)"
_STEP = 1 << 13
"""A line of twice as many bytes is found; a report of half a minute has more."""
_NEWLINE = lazy_pattern(rb"\n")
_LINE = lazy_pattern(rb"[^\n]*")
_EVENTS = lazy_pattern(rb'events[\\"]{1,9}\s*:\s*\[')
_EVENT = lazy_pattern(
    rb'type[\\"]{1,9}\s*:\s*[\\"]{1,9}(?:\w{1,20}_state_changed|conversation_item_added)'
)


def lines(data: Data) -> Mapping[bytes, str]:
    """Those lines, each with why it is not read."""
    return {line: REASON for line in _long(data) if _EVENTS.search(line) and _EVENT.search(line)}


def _long(data: Data) -> Iterator[bytes]:
    """The lines that are long; some that are a little shorter, too."""
    at = 0
    while at + _STEP <= len(data):
        if _NEWLINE.search(data, at, at + _STEP) is None:
            before = bytes(data[max(at - _STEP, 0) : at])
            begin = at - len(before) + before.rfind(b"\n") + 1
            found = _LINE.match(data, begin)
            assert found is not None
            yield bytes(found[0])
            at = found.end()
        at += _STEP
