"""JSON in, how long the value at its beginning is out."""

from __future__ import annotations

import msgspec

CUT, BAD = -1, -2
"""The lengths of a value that has no end here, and of what is none."""
_SKIP = msgspec.json.Decoder(msgspec.Raw).decode


def value_length(view: memoryview) -> int:
    """The length of the JSON value at the beginning of a text in bytes; CUT or BAD."""
    try:
        _SKIP(view)
    except msgspec.DecodeError as error:
        text = str(error)
        if text.startswith("JSON is malformed: trailing characters (byte "):
            return int(text[text.rindex(" ") + 1 : -1]) - 1  # msgspec counts from 1
        return CUT if text == "Input data was truncated" else BAD
    except (UnicodeDecodeError, RecursionError):
        return BAD
    return len(view)
