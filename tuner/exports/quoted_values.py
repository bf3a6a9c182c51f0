"""Lines of JSON whose values are texts of JSON themselves in, LiveKit's lines out.

Railway keeps the fields of a record so: `"name": "\\"livekit.agents\\""`, `"ttft": "0.59"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

_VALUE = lazy_pattern(rb'(?<=:)\s*("\\"(?:[^"\\]|\\.)*")(?=\s*[,}])', re.S)
_LOGGER = lazy_pattern(rb'"(?:name|logger|job_id|room)"\s*:\s*"\\"[\w.\-]{1,200}\\""')
"""A value that is nobody's words, but a name."""
_LOOKED_AT = 20


def are_quoted(head: bytes) -> bool:
    """Whether most objects that an input begins with have names in quotes of their own."""
    lines = [line for line in head.split(b"\n")[:_LOOKED_AT] if line.startswith(b"{")]
    quoted = sum(_LOGGER.search(line) is not None for line in lines)
    return quoted > 0 and 2 * quoted >= len(lines)


def unquoted(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, their values in the quotes that JSON gives a text."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from (_VALUE.sub(_text, line) + b"\n" for line in lines)
        if len(rest) > MAX_LINE:
            yield rest
            rest = b""
    if rest:
        yield _VALUE.sub(_text, rest)


def _text(found: re.Match[bytes]) -> bytes:
    """A value as JSON, if that is what its text is."""
    try:
        inner = msgspec.json.decode(found[1], type=str).encode()
        msgspec.json.decode(inner, type=str)
    except (msgspec.MsgspecError, UnicodeError):
        return found[0]
    return b" " + inner
