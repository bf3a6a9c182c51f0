"""A record of an export decoded as far as its line, time and level are deep in it: many times
sooner than the whole record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from tuner.exports import finding, names, rendering, times
from tuner.exports.entries import ExportEntry
from tuner.exports.finding import OBJECT, TEXT, Way
from tuner.lines.undecodable import UNDECODABLE

Taker = Callable[[bytes, int, int], ExportEntry | None]


def typed(way: Way) -> Taker:
    """Decodes only what is needed: many times sooner than the whole record."""
    tree: dict[str, Any] = {}
    for name, path in (("target", way.path), ("time", way.time), ("level", way.level)):
        if path is not None:
            here = tree
            for key in path[:-1]:
                here = here.setdefault(key, {})
            here[path[-1]] = name
    getters: dict[str, Any] = {}
    target_type: Any = str | None if way.kind == TEXT else msgspec.Raw
    decode = msgspec.json.Decoder(_struct(tree, "", getters, target_type)).decode
    decode_any = msgspec.json.Decoder(_struct(tree, "", {}, msgspec.Raw)).decode

    def target_of(raw: bytes) -> tuple[Any, bytes | None]:
        """The decoded record, and the line in it."""
        try:
            found = decode(raw)
            if way.kind == TEXT:
                text = getters["target"](found)
                return found, None if text is None else text.encode(errors="replace")
        except msgspec.ValidationError:  # bytes may stand there as a list of numbers
            found = decode_any(raw)
        return found, _text(bytes(getters["target"](found)), way.kind)

    def take(raw: bytes, line: int, lines: int) -> ExportEntry | None:
        try:
            found, text = target_of(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, RecursionError):
            return None
        if text is None:
            return None
        level = names.level(_got(getters, "level", found))
        return ExportEntry(
            *entry_start(text, parsed(_got(getters, "time", found)), level, line, lines)
        )

    return take


def decoded(raw: bytes) -> Any:
    """The JSON value; None if the bytes are none."""
    try:
        return msgspec.json.decode(raw)
    except UNDECODABLE:
        return None


def entry_start(
    text: bytes, time: float | None, level: str, line: int, lines: int
) -> tuple[bytes, float | None, int, int, bool]:
    """What an entry of this line begins with; `time` in epoch seconds, `level` of the record."""
    text, time, is_stamped = rendering.line(text, time, level)
    return text, time, line, lines, is_stamped


def parsed(value: Any) -> float | None:
    """The epoch seconds of a record's time, of any kind; None if it is none."""
    return None if value is None else times.parse(finding.alone(value))


def _got(getters: Mapping[str, Any], name: str, found: Any) -> Any:
    try:
        return getters[name](found) if name in getters else None
    except AttributeError:
        return None


def _struct(tree: Mapping[str, Any], prefix: str, getters: dict[str, Any], target: Any) -> Any:
    """A type that holds the values of these paths only, and how to get at them."""
    fields: list[Any] = []
    rename: dict[str, str] = {}
    for at, (key, inner) in enumerate(tree.items()):
        name = f"f{at}"
        rename[name] = key
        if isinstance(inner, dict):
            fields.append((name, _struct(inner, f"{prefix}{name}.", getters, target) | None, None))
        else:
            kind = target if inner == "target" else Any
            missing = _MISSING[inner] if kind is msgspec.Raw else None
            fields.append((name, kind, missing))
            getters[inner] = attrgetter(prefix + name)
    return msgspec.defstruct("Found", fields, rename=rename)


_MISSING: dict[str, Any] = {"target": msgspec.Raw(b""), "time": None, "level": None}


def _text(target: bytes, kind: str) -> bytes | None:
    """The line that a JSON value holds; None if it is not of that kind."""
    if kind == OBJECT:
        return rendering.flat(target) if target[:1] == b"{" else None
    if target[:1] not in (b'"', b"["):
        return None
    found = finding.as_text(decoded(target))
    return None if found is None else found.encode(errors="replace")
