"""One unwrapped line in, a record out; or the reason why it is none; or "continuation".

Shapes are told by looking: JSON objects and text each have a list of forms, most likely first.
A line is judged alone, never by its neighbours, so that a log may be cut between any two lines.
"""

from __future__ import annotations

import re

from tuner.lines import json_lines, text_lines
from tuner.model import Record

CONTINUATION = "continuation"
SHAPES = (
    "LiveKit JSON",
    "LiveKit dev text",
    "LiveKit compact text",
    "Python logging text",
    "other JSON",
    "turn log",
)

# A traceback, an indented or blank line: part of the record above, whatever that is.
_CONTINUED = re.compile(
    rb"\s|$|Traceback \(most recent call last\):|During handling of the above exception"
    rb"|The above exception was the direct cause"
    rb"|[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt|Timeout|Cancelled|Group)"
    rb"\b(?::|$| \()"
)
_ANSI = re.compile(rb"(?:\x1b|\^\[|#033|\\033|\\x1b|\\u001b)\[[0-9;]*[A-Za-z]")


def parse(line: bytes) -> Record | str:
    """Return the record on a line, CONTINUATION, or why nothing was understood (a short reason)."""
    if line[:1] == b"{":
        return json_lines.parse(line)
    record = text_lines.parse(line)
    if record is None and b"[" in line:
        bare = _ANSI.sub(b"", line)
        if bare[:1] == b"{":
            return json_lines.parse(bare)
        record = text_lines.parse(bare)
    if record is not None:
        return record
    return CONTINUATION if _CONTINUED.match(line) else "no known shape"
