"""One unwrapped line in, a record out; or the reason why it is none; or "continuation".

Shapes are told by looking: JSON objects and text each have a list of forms, most likely first.
What stands on several lines is put together before (`assemble`).
"""

from __future__ import annotations

import copy

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import compact, ids_behind, json_lines, key_values, text_lines
from tuner.lines.layouts import FOUND, NONE, Layouts
from tuner.lines.layouts import parse as find_record
from tuner.lines.wrappers import SHORT
from tuner.model import Record

CONTINUATION = "continuation"
UNKNOWN = "no known shape"
SHAPES = (
    "LiveKit JSON",
    "LiveKit dev text",
    "LiveKit compact text",
    "LiveKit Rich screen",
    "Python logging text",
    "other JSON",
    "turn log",
    "any layout around a known message",
)

# A traceback, an indented or blank line: part of the record above, whatever that is.
_CONTINUED = lazy_pattern(
    rb"\s|$|Traceback \(most recent call last\):|During handling of the above exception"
    rb"|The above exception was the direct cause"
    rb"|[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt|Timeout|Cancelled|Group)"
    rb"\b(?::|$| \()"
)
_METRICS = lazy_pattern(
    rb"\btype=(['\"])(?:llm|tts|eou|realtime_model)_metrics\1"
    rb"|\b(?:Pipeline)?(?:LLM|TTS|EOU|RealtimeModel|MultimodalLLM)Metrics\(\w+="
)
"""A metrics object as Python prints it."""
_ANSI = lazy_pattern(rb"(?:\x1b|\^\[|#033|\\033|\\x1b|\\u001b)\[[0-9;]*[A-Za-z]")
_WITH_LOGGERS = (text_lines.COMPACT, text_lines.PYTHON, FOUND)
_MOST_KEPT = 1024
_kept: dict[tuple[bytes, int], tuple[Layouts, Record | str]] = {}
"""What stands on the last short lines: several stages ask for each line of a small file."""


def parse(line: bytes, layouts: Layouts = NONE) -> Record | str:
    """Return the record on a line, CONTINUATION, or why nothing was understood (a short reason).

    LiveKit's own layouts come first, then those found in the file, then those of our list.
    """
    if not layouts.ids:
        return _parse_again(line, layouts)
    text, bracketed_id = ids_behind.bracketed(line, layouts.ids)
    record = _parse_again(text, layouts)
    if isinstance(record, Record) and line[:1] != b"{":
        ids_behind.name(record, bracketed_id, layouts.ids)
    return record


def goes_on(line: bytes) -> bool:
    """Whether a line that is no record belongs to the one above it."""
    return _CONTINUED.match(line) is not None


def _parse_again(line: bytes, layouts: Layouts) -> Record | str:
    """What `_parse` gives; a record is the caller's own, who may change it."""
    key = line, id(layouts)  # kept with them, so that no others get this id
    if (kept := _kept.get(key)) is not None:
        found = kept[1]
        return found if isinstance(found, str) else copy.copy(found)
    found = _parse(line, layouts)
    if len(line) < SHORT:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = layouts, found if isinstance(found, str) else copy.copy(found)
    return found


def _parse(line: bytes, layouts: Layouts) -> Record | str:
    if line[:1] == b"{":
        return json_lines.parse(line)
    record = _text(line, layouts)
    if layouts.unnamed and isinstance(record, Record) and record.shape in _WITH_LOGGERS:
        record.logger = ""
    return record


def _text(line: bytes, layouts: Layouts) -> Record | str:
    record = text_lines.parse_own(line)
    if record is not None and not (layouts.texts and compact.may_be_misread(record)):
        return record
    plain = _ANSI.sub(b"", line) if b"[" in line else line
    if plain[:1] == b"{":
        return json_lines.parse(plain)
    if key_values.LOOKS.match(plain):
        plain = key_values.as_json(plain)
        if plain[:1] == b"{":
            return json_lines.parse(plain)
    if layouts.texts:
        found = find_record(plain.decode(errors="replace").lstrip("\r"), layouts.texts)
        record = found or record
    record = record or text_lines.parse(line)
    if plain != line and (record is None or "\x1b" in record.message):
        record = text_lines.parse(plain) or record
    if record is None and _METRICS.search(plain):  # an app's print has no time and no level
        text = plain.decode(errors="replace").strip()
        record = Record(text, shape=text_lines.PYTHON)
    if record is not None:
        return record
    return CONTINUATION if goes_on(line) else UNKNOWN
