"""A decoded record of an export in, the way to the agent's line in it out, found by looking.

A line is known by its content: JSON with a message, a text that a layout fits, or a message that
means something here. The name of a key decides only between texts that nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from tuner.exports import names, times
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import (
    events,
    find_layouts,
    json_lines,
    key_values,
    prefix_samples,
    records,
    wrappers,
)
from tuner.lines.json_lines import MESSAGE_KEYS
from tuner.model import Record

Path = tuple[str, ...]
TEXT, OBJECT, FIELDS = "text", "object", "fields"
"""The line is a text; an object with all its fields; or a message with its fields elsewhere."""
SURE = 60
"""From this strength on a way found in one record is tried on the next ones."""
KNOWN_LAYOUT, _OTHER_LAYOUT = 90, 85
"""The strength of a text in a layout of our list, with a level and a time or a logger; and of one
that begins as a line of another layout may, or has a level and a known message or logger only."""
_OF_A_LIBRARY = lazy_pattern(r"\[?(?:livekit|openai|httpx2?|httpcore2?)(?:\.[\w.]+)?\]?[\s:|-]")
_NAME_IN_QUOTES = lazy_pattern(r'"[^"\\\s]+"')
_NAMED = (*names.LOGGERS, "job_id", "room")
_DEPTH, _NODES = 7, 400
_SHORTEST = 3


class Way(NamedTuple):
    """Where in a record the agent's line stands, and the time and level that the store gives it."""

    kind: str
    path: Path
    time: Path | None = None
    level: Path | None = None
    strength: int = 0


def find(record: Mapping[str, Any]) -> Way | None:
    """The way to the one line in a record; None if there is none."""
    leaves = list(_walk(record, ()))
    ways = [way for path, value in leaves if (way := _way(path, value)) is not None]
    if not ways:
        return None
    best, values = max(ways, key=lambda way: way.strength), dict(leaves)
    if (printed := _printed(best, ways, values)) is not None:
        leaves = [leaf for leaf in leaves if leaf[0] != best.path]
        best = printed
    best = _written(best, ways, values) or best
    if _holds_several(best, ways):
        return None
    outside = [leaf for leaf in leaves if leaf[0][: len(best.path)] != best.path or not best.path]
    return best._replace(time=_time(outside), level=_level(outside))


def metrics(record: Mapping[str, Any]) -> Any:
    """One of LiveKit's metrics objects in a record, which an app prints as it is; None if none."""
    values = (value for _, value in _walk(record, ()) if isinstance(value, dict))
    return next(filter(json_lines.is_metrics, values), None)


def holds_records(value: Any, depth: int = 0) -> bool:
    """Whether records stand in a list inside of a value, as the breadcrumbs of an event do."""
    if depth == _DEPTH:
        return False
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inner in islice(inside, _NODES):
        if isinstance(value, list) and isinstance(inner, dict):
            way = find(inner)
            if way is not None and way.strength >= SURE:
                return True
        if isinstance(inner, dict | list) and holds_records(inner, depth + 1):
            return True
    return False


def _printed(best: Way, ways: Sequence[Way], values: Mapping[Path, Any]) -> Way | None:
    """The object that a text is a print of, as loguru writes both: it has fields that the text has
    not, and a level and a time of its own."""
    text = as_text(values[best.path]) if best.kind == TEXT else None
    for way in ways:
        found = values[way.path] if text and way.kind == OBJECT else {}
        message = found.get(names.message(found) or "")
        is_whole = names.has_level(found) and _time(list(_walk(found, ()))) is not None
        if isinstance(message, str) and message and is_whole and message in (text or ""):
            return way._replace(strength=best.strength)
    return None


def _written(best: Way, ways: Sequence[Way], values: Mapping[Path, Any]) -> Way | None:
    """The text that the agent wrote, beside fields that a query took out of it: it has more."""
    if best.kind == TEXT:
        return None
    shown = values[best.path if best.kind == OBJECT else best.path[:-1]]
    for way in ways:
        found = _fields(as_text(values[way.path]) or "", shown) if way.kind == TEXT else {}
        has_more = bool(found.keys() - shown.keys()) and _message(found) == _message(shown)
        if has_more and all(found.get(key) == shown[key] for key in _NAMED if shown.get(key)):
            return way
    return None


def _fields(text: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a line, and of those that are shown beside it what stands in it; {} if it has
    no fields."""
    as_json = key_values.as_json(text.strip().encode(errors="replace"))
    if as_json[:1] == b"{":
        return _decoded(as_json)
    behind = text.partition("\n")[0].partition(str(_message(shown)))[2]
    found = _decoded(behind[behind.find("{") : behind.rfind("}") + 1])
    return {**{k: v for k, v in shown.items() if str(v) in text}, **found} if found else {}


def _message(fields: Mapping[str, Any]) -> Any:
    return fields.get(names.message(fields))


def _holds_several(best: Way, ways: Sequence[Way]) -> bool:
    """Whether lines stand side by side in it, each under a key of its own: it is no record then,
    but holds them. Of texts a record may have a second one, as it was before a pipeline."""
    if not best.path or best.strength < SURE or best.kind == FIELDS:
        return False
    beside = sum(w[:1] == best[:1] and w.path[:-1] == best.path[:-1] and w.strength == best.strength
                 for w in ways)  # fmt: skip
    return beside > (2 if best.kind == TEXT else 1)


def _walk(value: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value of a record with its path, the record itself first; lists are no part of it."""
    yield path, value
    if len(path) < _DEPTH:
        for key, inner in list(value.items())[:_NODES]:
            if isinstance(inner, dict):
                yield from _walk(inner, (*path, key))
            else:
                yield (*path, key), alone(inner)


def alone(value: Any) -> Any:
    """The value of a list of one: Elasticsearch's `fields` have every value in a list."""
    is_one = isinstance(value, list) and len(value) == 1 and isinstance(value[0], str)
    return value[0] if is_one else value


def _way(path: Path, value: Any) -> Way | None:
    if isinstance(value, dict):
        return _object(path, value)
    text = as_text(value)
    if text is None or len(text) < _SHORTEST:
        return None
    strength = line_strength(text)
    return Way(TEXT, path, strength=strength) if strength else None


def as_text(value: Any) -> str | None:
    """The text of a value: a string, or the bytes that journald gives as a list of numbers."""
    value = alone(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(n, int) for n in value):
        try:
            return bytes(value).decode(errors="replace")
        except ValueError:
            return None
    return None


def line_strength(text: str) -> int:
    """How surely a text is a whole line of a log."""
    stripped = text.strip("\r\n ")
    first = stripped.partition("\n")[0]
    if stripped[:1] == "{":
        return 100 if is_record(stripped) or is_record(first) else 0
    peeled = wrappers.peel(first.encode(errors="replace"))
    found = records.parse(peeled.text)
    if isinstance(found, Record) and found.level:
        if found.time is not None or found.logger:
            return KNOWN_LAYOUT
        if is_known(found.message) or _OF_A_LIBRARY.match(found.message):
            return _OTHER_LAYOUT
    is_object = peeled.text[:1] == b"{"
    if is_record(peeled.text) if is_object else prefix_samples.record_start(first) > 0:
        return KNOWN_LAYOUT  # a record behind what a shipper wrote before it
    return _OTHER_LAYOUT * find_layouts.is_line(find_layouts.plain_text(peeled.text))


def is_record(text: str | bytes) -> bool:
    """Whether a text is a JSON object with a message."""
    found = _decoded(text)
    return names.has_message(found) or find_nested(found)


def _decoded(text: str | bytes) -> dict[str, Any]:
    """The object that a text is; {} if it is none."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def find_nested(found: Mapping[str, Any]) -> bool:
    """Whether an object inside has a message."""
    return any(isinstance(inner, dict) and names.has_message(inner) for inner in found.values())


def _object(path: Path, value: dict[str, Any]) -> Way | None:
    key = names.message(value)
    if not key:
        return None
    own, inside = bool(names.logger(value)), _logger_inside(value)
    known = 50 * is_known(value[key]) + 15 * names.has_level(value)
    kind = OBJECT if own and key in MESSAGE_KEYS and not is_encoded(value) else FIELDS
    strength = 20 + known + 25 * (inside or kind == OBJECT) + len(path)
    return Way(kind, path if kind == OBJECT else (*path, key), strength=strength)


def is_known(message: str) -> bool:
    """Whether the message means something to us, whoever wrote it."""
    return events.read(Record(message)) is not None


def is_encoded(fields: Mapping[str, Any]) -> bool:
    """Whether names stand in quotes of their own: every value was made JSON by itself. What people
    say, and an app's message, may stand in quotes for other reasons."""
    return any(_NAME_IN_QUOTES.fullmatch(str(fields[key])) for key in _NAMED if key in fields)


def _logger_inside(value: Mapping[str, Any]) -> bool:
    return any(isinstance(inner, dict) and names.logger(inner) for inner in value.values())


def _time(leaves: list[tuple[Path, Any]]) -> Path | None:
    ranked = [
        (names.time_rank(path[-1]), -len(path), path)
        for path, value in leaves
        if path and isinstance(value, str | int | float) and times.parse(value) is not None
    ]
    return max(ranked, default=(0, 0, None))[2]


def _level(leaves: list[tuple[Path, Any]]) -> Path | None:
    found = [p for p, v in leaves if p and names.is_level(p[-1]) and names.level(v)]
    return min(found, key=len, default=None)
