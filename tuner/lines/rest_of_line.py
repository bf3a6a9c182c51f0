"""What stands behind a layout's prefix in: the message, and its fields as a JSON object.

Fields stand there as JSON, as Python prints a dictionary, or as key=value, with commas between them
or in brackets as well; a logger may stand between message and fields, in brackets (structlog's
console).
"""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines.undecodable import UNDECODABLE

_KEY = r"[A-Za-z_][\w.\-]*"
_PAIR = lazy_pattern(
    rf"[,;]?\s+({_KEY})=(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|[^\s\"'=]++|(?=\s+{_KEY}=))"
    rf"(?=[,;]?(?:\s|$))"
)
_LISTED = lazy_pattern(rf"\s([(\[])(?={_KEY}=)")
_NEXT = lazy_pattern(rf"[,;] (?={_KEY}=)")
_CLOSING = {"(": ")", "[": "]"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_NAMES = "extra|extras|fields|context|ctx|data|meta|metadata|attributes|params|kwargs"
_SEPARATOR = lazy_pattern(rf"(?:\s+(?:[|\-–—·>~]+|=>|(?:{_NAMES})[=:])|[,;])$")
"""What may stand between a message and its fields: a bar, a dash, or `extra=`."""
_LOGGER = lazy_pattern(r"(?<!\s)\s++\[([A-Za-z_][\w.\-]*)\]\s*$")
_LITERALS: dict[str, Any] = {"True": True, "False": False, "None": None}
_LONGEST_DICT = 4_000
_BEFORE_FIELDS = " \t=:;,|"
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
    start, pairs = _listed(text) or _pairs(text)
    message = text[:start].rstrip()
    message = without_separator(message) if pairs else message
    message, logger = split_logger(message)
    return Rest(message, msgspec.json.encode(pairs) if pairs else b"", logger)


def split_logger(message: str) -> tuple[str, str]:
    """A message without the logger in brackets behind it, and that: "" if there is none."""
    named = _LOGGER.search(message)
    return (message[: named.start()], named[1]) if named else (message, "")


def without_separator(message: str) -> str:
    """A message that fields follow, without what stands between the two."""
    return _SEPARATOR.sub("", message)


def _braced(text: str) -> Rest | None:
    """Message and fields where the fields are a JSON object or a Python dictionary."""
    for opening, read in (('{"', msgspec.json.decode), ("{'", _python_dict)):
        start = text.find(opening)
        for _ in range(_MOST_BRACES):
            if start < 0:
                break
            try:
                fields = read(text[start:]) if text[start - 1] in _BEFORE_FIELDS else None
                if fields is not None:
                    message = without_separator(text[:start].rstrip())
                    return Rest(message, msgspec.json.encode(fields))
                start = text.find(opening, start + 1)
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


def _listed(text: str) -> tuple[int, dict[str, Any]] | None:
    """As `_pairs` for key=value in brackets, where blanks may stand in a value."""
    opening = _LISTED.search(text) if text[-1:] in (")", "]") else None
    if opening is None or not text.endswith(_CLOSING[opening[1]]):
        return None
    pairs = (part.partition("=") for part in _NEXT.split(text[opening.end() : -1]))
    return opening.start(), {key: value(found) for key, _, found in pairs}


def _pairs(text: str) -> tuple[int, dict[str, Any]]:
    """Where the run of key=value begins that reaches to the end of the text, and what it holds."""
    start = end = len(text)
    pairs: dict[str, Any] = {}
    for match in _PAIR.finditer(text):
        if match.start() != end:
            start, pairs = match.start(), {}
        pairs[match[1]] = value(match[2].rstrip(",;"))
        end = match.end()
    if not pairs or end != len(text) or _ends_a_bracket(text, start):
        return len(text), {}
    return start, pairs


def _ends_a_bracket(text: str, start: int) -> bool:
    """Whether what stands from there on belongs to a bracket that opens before: to an object that
    an app prints (`LLMMetrics(..., ttft=0.4)`)."""
    if (opening := _OPENING.get(text[-1:])) is None:
        return False
    open_before, open_behind = (
        part.count(opening) - part.count(text[-1]) for part in (text[:start], text[start:])
    )
    return open_before > 0 > open_behind


def _unquoted(text: str) -> str:
    """The text in quotes; JSON's escapes are undone."""
    try:
        return str(msgspec.json.decode(text)) if "\\" in text and text[0] == '"' else text[1:-1]
    except UNDECODABLE:
        return text[1:-1]


def value(text: str) -> Any:
    """The value that a text without a type stands for: a number, true, false, null, or itself."""
    if text[:1] in "\"'" and text[-1:] == text[:1] and len(text) > 1:
        return _unquoted(text)
    if text in _LITERALS:
        return _LITERALS[text]
    try:
        return msgspec.json.decode(text) if text[:1] not in "[{" else text
    except UNDECODABLE:
        return text
