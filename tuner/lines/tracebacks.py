"""A line below a record in: whether its traceback goes on, and the record's fields behind that.

A LiveKit job makes the traceback a part of the message before it hands the record to the worker: in
dev text the fields, with the ids of the call, stand behind the last line of the traceback then.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tuner.inputs.traceback_ends import BELOW
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import text_lines
from tuner.lines.undecodable import UNDECODABLE

_SAYS = lazy_pattern(
    r"(?<![\w.])(?:[A-Za-z_]\w*\.)*_?[A-Z]\w+"
    r"(?:Error|Exception|ExceptionGroup|Warning|Timeout|Cancelled)(?:: *|\((?:\w+=)?['\"]?)$"
)
BEGINS = (b"Traceback (most recent call last):", b"future: <")
"""How the first line below a record begins; asyncio names a task before its traceback."""


def goes_on(text: bytes) -> bool:
    """Whether a line goes on with the traceback above it."""
    return BELOW.match(text + b"\n") is not None


def is_said(before: str) -> bool:
    """Whether behind these words stands what an exception says (`RealtimeError: ...`): a failure
    that a line of its own reports, and that asyncio or the app may print again."""
    return _SAYS.search(before) is not None


def fields_behind(text: bytes) -> dict[str, Any]:
    """The fields behind the last line of a traceback; {} if none stand there with an id of a call
    or a process: an exception may print an object, too."""
    _, body, ids = text_lines.split_extras(text)
    if not body or (ids.job_id is None and ids.pid is None):
        return {}
    try:
        fields = msgspec.json.decode(body)
    except UNDECODABLE:
        return {}
    return fields if isinstance(fields, dict) else {}
