"""Message and fields in, one line of the turn log out, in the layout of LiveKit's JSON log."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from tuner.lines.turn_log_lines import LOGGER, Message

_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str, allow_nan=False)
_MAKE: Any = getattr(json.encoder, "c_make_encoder", None)
_PIECES = _MAKE and _MAKE(
    *(None, _ENCODER.default, json.encoder.encode_basestring, None),
    *(": ", ", ", False, False, False),
)
"""What `_ENCODER` makes anew for each record, which takes as long as to write one."""
_COMPACT = msgspec.json.Encoder().encode
_REFUSED = (TypeError, ValueError, OverflowError, RecursionError)


def as_line(message: Message, fields: Mapping[str, Any], at: float, *, zoned: bool = True) -> str:
    """One line as LiveKit's JSON formatter would lay it out; `at` is epoch seconds.

    Without `zoned` the time is a clock's whose zone nobody knows, and is written without one.
    A figure that JSON cannot hold (NaN, infinity) becomes null: no reader takes such a line.
    """
    when = datetime.fromtimestamp(at, tz=UTC).isoformat()
    record = {
        "message": message,
        "level": "INFO",
        "name": LOGGER,
        **fields,
        "timestamp": when if zoned else when.removesuffix("+00:00"),
    }
    try:
        return "".join(_PIECES(record, 0)) if _PIECES else _ENCODER.encode(record)
    except ValueError:
        return _ENCODER.encode(_finite(record))


def as_bytes(
    message: Message, fields: Mapping[str, Any], at: float, *, zoned: bool = True
) -> bytes:
    """The same line as UTF-8, in half the time; for values as JSON has them, and no others.

    Numbers may be written otherwise (1e16, 1e+16), and have the same value. What is no Unicode
    becomes a question mark.
    """
    when = datetime.fromtimestamp(at, tz=UTC)
    record = {"message": message, "level": "INFO", "name": LOGGER, **fields, "timestamp": when}
    try:
        line = msgspec.json.format(_COMPACT(record), indent=0)
    except _REFUSED:
        return as_line(message, fields, at, zoned=zoned).encode(errors="replace")
    return line.removesuffix(b'Z"}') + (b'+00:00"}' if zoned else b'"}')


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
