"""What stands behind a layout's prefix in: the message, and its fields as a JSON object.

Fields stand there as JSON, as Python prints a dictionary, or as key=value; a logger may stand
between message and fields, in brackets (structlog's console).
"""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

import msgspec

from tuner.lines.undecodable import UNDECODABLE

_PAIR = re.compile(
    r"\s+([A-Za-z_][\w.\-]*)=(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|[^\s\"'=]++)(?=\s|$)"
)
_LOGGER = re.compile(r"\s+\[([A-Za-z_][\w.\-]*)\]\s*$")
_LITERALS: dict[str, Any] = {"True": True, "False": False, "None": None}
_LONGEST_DICT = 4_000
_MOST_BRACES = 32


class Rest(NamedTuple):
    """A message, the JSON object of its fields (b"" if it has none), and its logger if named."""

    message: str
    body: bytes = b""
    logger: str = ""


def split(text: str) -> Rest:
    """Split message and fields."""
    text = text.rstrip()
    if text.endswith("}") and (found := _braced(text)) is not None:
        return found
    start, pairs = _pairs(text)
    message = text[:start].rstrip()
    named = _LOGGER.search(message)
    message = message[: named.start()].rstrip() if named else message
    return Rest(message, msgspec.json.encode(pairs) if pairs else b"", named[1] if named else "")


def _braced(text: str) -> Rest | None:
    """Message and fields where the fields are a JSON object or a Python dictionary."""
    for opening, read in ((' {"', msgspec.json.decode), (" {'", _python_dict)):
        start = text.find(opening)
        for _ in range(_MOST_BRACES):
            if start < 0:
                break
            try:
                fields = read(text[start + 1 :])
                return Rest(text[:start].rstrip(), msgspec.json.encode(fields))
            except (*UNDECODABLE, ValueError, SyntaxError, MemoryError, AttributeError):
                start = text.find(opening, start + 1)
    return None


def _python_dict(text: str) -> Any:
    if len(text) > _LONGEST_DICT:
        raise ValueError("too long")
    found = ast.literal_eval(text)
    return {str(key): value for key, value in found.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _pairs(text: str) -> tuple[int, dict[str, Any]]:
    """Where the run of key=value begins that reaches to the end of the text, and what it holds."""
    start = end = len(text)
    pairs: dict[str, Any] = {}
    for match in _PAIR.finditer(text):
        if match.start() != end:
            start, pairs = match.start(), {}
        pairs[match[1]] = value(match[2])
        end = match.end()
    return (start, pairs) if pairs and end == len(text) else (len(text), {})


def value(text: str) -> Any:
    """The value that a text without a type stands for: a number, true, false, null, or itself."""
    if text[:1] in "\"'" and text[-1:] == text[:1] and len(text) > 1:
        return text[1:-1]
    if text in _LITERALS:
        return _LITERALS[text]
    try:
        return msgspec.json.decode(text) if text[:1] not in "[{" else text
    except UNDECODABLE:
        return text
