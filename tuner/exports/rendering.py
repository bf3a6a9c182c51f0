"""The parts of a record in, the line that the agent wrote out.

LiveKit's JSON, and text, stay as they are. What a store took apart is put together as LiveKit
writes it, for the readers of lines know that best.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tuner.exports import finding, names, times
from tuner.exports.entries import iso, own_time, stamped
from tuner.exports.plain_lines import time_of
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import text_lines
from tuner.lines.message_figures import TRANSCRIPT
from tuner.lines.undecodable import UNDECODABLE

_OPENING = b'{"message": "'
_OWN_TIME = lazy_pattern(rb'"(?:' + "|".join(map(re.escape, names.TIMES)).encode() + rb')"\s*:')
_NEXT_YEAR = b"}20"
_JOINED = lazy_pattern(rb"(?<=\})(?=20\d\d-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - [A-Z]{4,8} )")
"""Between two lines of dev text whose newline was taken away, as PM2 does."""
_NEWLINE = lazy_pattern(rb"\n[ \t]*")
_TEXTS = ("job_id", "room", "name", "message", "level", "request_id", *TRANSCRIPT)
"""What stays a text even if it looks like a number."""
_PROPERTIES = ("customdimensions", "properties", "logattributes")
"""Where Application Insights and ClickHouse keep a record's fields, as an object or as its text."""
_LONGEST_TEXT = 1 << 16
_CONTAINERS = (
    *("attributes", "custom", "extra", "fields", "context", "labels", "data", "log", "record"),
    *_PROPERTIES,
)


def line(text: bytes, time: float | None, level: str = "") -> tuple[bytes, float | None, bool]:
    """(text, time in epoch seconds, whether the time stands before it) of a line as a whole."""
    text = text.strip(b"\r\n")
    text = flat(text) if text.startswith((b"{\n", b"{\r\n")) else text
    text = _JOINED.sub(rb"\n", text) if _NEXT_YEAR in text else text
    if (own := own_time(text)) is not None:
        return text, own, False
    if text[:1] == b"{" and b"\n" not in text:
        return _object(text, time, level)
    if time is None or not text:
        return text, time_of(text.partition(b"\n")[0]), False
    return stamped(text, time), time, True


class _Own(msgspec.Struct, gc=False):
    """What every line of LiveKit's JSON has, beside its time."""

    message: str
    level: str
    name: str


_OWN = msgspec.json.Decoder(_Own)


def _object(text: bytes, time: float | None, level: str) -> tuple[bytes, float | None, bool]:
    """JSON that does not end as LiveKit's: its message is put first, and its time last."""
    whole = text.startswith(_OPENING) and text.endswith(b"}")
    if time is not None and whole and not _OWN_TIME.search(text):
        try:
            _OWN.decode(text)
            return text[:-1] + f', "timestamp": "{iso(time)}+00:00"}}'.encode(), time, False
        except UNDECODABLE:
            pass
    try:
        fields = msgspec.json.decode(text)
    except UNDECODABLE:
        fields = {}
    if not fields or not names.message(fields):
        return (text, time, False) if time is None else (stamped(text, time), time, True)
    if isinstance(fields.get("message"), str) and isinstance(fields.get("name"), str):
        return _whole(fields, time, level)
    if (held := _held(fields)) is not None:
        return line(held, time, level)
    own = None if _OWN_TIME.search(text) else time
    return (text, time, False) if own is None else (stamped(text, own), own, True)


def _held(fields: Mapping[str, Any]) -> bytes | None:
    """The line of an app that is the message of an object without level and logger; None of one of
    LiveKit's, which is read in its object."""
    text = fields[names.message(fields)]
    if not isinstance(text, str) or names.has_level(fields) or names.logger(fields):
        return None
    inner = text.encode()
    is_own = inner[:1] == b"{" or text_lines.parse_own(inner) is not None
    return inner if not is_own and finding.line_strength(text) else None


def _whole(
    fields: dict[str, Any], time: float | None, level: str
) -> tuple[bytes, float | None, bool]:
    written = next((fields[key] for key in names.TIMES if key in fields), None)
    if isinstance(written, dict):  # loguru: {"repr": …, "timestamp": …}
        written = written.get("timestamp")
    own = times.parse(written)
    if own is not None:
        time = own
        fields = {key: value for key, value in fields.items() if key not in names.TIMES}
    if level and not names.has_level(fields):
        fields["level"] = level
    return canonical(fields, time), time, False


def canonical(fields: Mapping[str, Any], time: float | None) -> bytes:
    """Fields as LiveKit writes them: message, level and logger first, the time (UTC) last."""
    first = {key: fields[key] for key in ("message", "level", "name") if key in fields}
    ordered = {**first, **fields}
    if time is not None:
        ordered.pop("timestamp", None)
        ordered["timestamp"] = iso(time) + "+00:00"
    return json.dumps(ordered).encode()


def flat(raw: bytes) -> bytes:
    """A JSON value on one line; no text in it can hold a newline, so that its lines are joined."""
    newline = _NEWLINE.search(raw)
    if newline is None:
        return raw
    # The fields of a record begin in one column: one replacement joins them, its end is the rest.
    body, _, last = raw.replace(newline[0], b" ").rpartition(b"\n")
    if body[1:2] == b" " and b"\n" not in body and b"\r" not in body:
        return body[:1] + body[2:] + last.strip()
    lines = [piece.strip() for piece in raw.split(b"\n")]
    return lines[0] + b" ".join(lines[1:-1]) + lines[-1]


def gathered(record: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """One flat record of a message (its path) and of the fields that stand around and below it."""
    found: dict[str, Any] = {}
    here: Any = record
    for key in path[:-1]:
        found |= _around(here, key)
        here = here[key]
    found |= _around(here, path[-1])
    found.pop(path[-1], None)
    before = path[-1].rpartition(".")[0] + "."
    found = {key.removeprefix(before): value for key, value in found.items()}
    for key in [key for key in found if key.partition(".")[0].lower() in _CONTAINERS]:
        found.setdefault(key.partition(".")[2] or key, found[key])
    found["message"] = here[path[-1]]
    return _levelled(_named(found))


def _around(here: Mapping[str, Any], way: str) -> dict[str, Any]:
    """The fields of an object, and of the objects in it that hold fields, but for the way on."""
    found = _own(here)
    for key, value in here.items():
        inner = _object_of(key, value) if key != way else None
        if isinstance(inner, dict) and _holds_fields(key, inner):
            found |= _lifted(inner)
            found.pop(key, None)
    return found


def _object_of(key: str, value: Any) -> Any:
    """The object that holds fields, of its text or of a list of names and values; any other value
    as it is."""
    plain = key.lower()
    if plain in _PROPERTIES and isinstance(value, str):
        return _of_map(value) if value[:2] == "{'" else as_value(key, value)
    is_list = plain in _CONTAINERS and isinstance(value, list) and value
    if is_list and all(
        isinstance(item, dict) and item.keys() == {"key", "value"} for item in value
    ):
        return {str(item["key"]): item["value"] for item in value}
    return value


def _of_map(text: str) -> Any:
    """A map as ClickHouse writes it in CSV, which is as Python writes a dictionary."""
    try:
        return ast.literal_eval(text) if len(text) <= _LONGEST_TEXT else text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the logger and the level that a store keeps among those of the record, as
    LiveKit names them; an envelope's `name` is no logger."""
    level = names.severity(fields)
    loggers = (fields[key] for key in names.SCOPES if key in fields)
    if logger := next((each for each in loggers if isinstance(each, str) and each), ""):
        fields = {**fields, "name": logger}
    return {**fields, "level": level} if level and not names.has_level(fields) else fields


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in fields.items() if not isinstance(value, dict | list)}
    return {k: as_value(k, v) for k, v in own.items()} if finding.is_encoded(own) else own


def _holds_fields(key: str, inner: Mapping[str, Any]) -> bool:
    plain = key.strip("@_").lower()
    of_one_type = plain.startswith("attributes_")  # SigNoz
    if of_one_type or plain.rpartition(".")[2] in _CONTAINERS:
        return True
    return plain not in names.OTHERS and bool(names.logger(inner))


def _lifted(fields: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: as_value(key, value) for key, value in fields.items()}
    inside = {k: v for k, v in found.items() if isinstance(v, dict) and _holds_fields(k, v)}
    for key, inner in inside.items():
        del found[key]
        found = _lifted(inner) | found
    return found


def as_value(key: str, value: Any) -> Any:
    """What a text stands for where a store made a text of every value."""
    if not isinstance(value, str) or not value:
        return value
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    if not quoted and (key in _TEXTS or not (value[0] in "-{[" or value[0].isdigit())):
        return _WORDS.get(value, value)
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return value


_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


def _levelled(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with one level, under LiveKit's own key."""
    keys = [key for key in fields if names.is_level(key)]
    known = [
        name
        for key in sorted(keys, key=lambda k: k != "level")
        if (name := names.level(fields[key]))
    ]
    return {**fields, "level": known[0]} if known else fields
