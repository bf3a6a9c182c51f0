"""A line of JSON whose values are texts of JSON themselves in, LiveKit's line out.

Railway keeps the fields of a record so: `"name": "\\"livekit.agents\\""`, `"ttft": "0.59"`.
"""

from __future__ import annotations

import re

import msgspec

from tuner.lazy_patterns import lazy_pattern

LOOKS = lazy_pattern(
    rb'\s*\{[^\n]{0,4000}?"(?:name|logger|job_id|room)"\s*:\s*"\\"[\w.\-]{1,200}\\""'
)
"""A line with a value in quotes that is nobody's words, but a name."""
SIGN = rb': "\"'
_VALUE = lazy_pattern(rb'(?<=:)\s*("\\"(?:[^"\\]|\\.)*")(?=\s*[,}])', re.S)


def unquoted(line: bytes) -> bytes:
    """The line, its values in the quotes that JSON gives a text."""
    return _VALUE.sub(_text, line)


def _text(found: re.Match[bytes]) -> bytes:
    """A value as JSON, if that is what its text is."""
    try:
        inner = msgspec.json.decode(found[1], type=str).encode()
        msgspec.json.decode(inner, type=str)
    except (msgspec.MsgspecError, UnicodeError):
        return found[0]
    return b" " + inner
