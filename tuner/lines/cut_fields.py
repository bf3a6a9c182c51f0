"""Fields of a record that are JSON no more, as something cut them, in; those that stand there whole
out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines.undecodable import UNDECODABLE

_PAIR = lazy_pattern(
    r'"([A-Za-z_][\w.]*)": ("(?:[^"\\]|\\.)*+"|-?\d[\d.eE+\-]*+|true|false|null)(?=[,}])'
)
ELLIPSIS = "…"


def whole_fields(text: str) -> bytes:
    """The fields as JSON, without those that the cut reached; b"" if none is whole."""
    found: dict[str, Any] = {}
    for key, value in _PAIR.findall(text):
        with suppress(*UNDECODABLE):  # a text with a control character
            if ELLIPSIS not in value:
                found.setdefault(key, msgspec.json.decode(value))
    return msgspec.json.encode(found) if found else b""
