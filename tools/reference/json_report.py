"""The page of the JSON report: every key of every object that it is made of."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec

from tools.reference.markdown import heading, row, table
from tuner.model import Report

_ABOUT = (
    "`tuner analyze --json` writes one object, schema 1: the report below with `schema` first. "
    "Keys may be added to a schema, never renamed or removed. Times are ISO 8601 in UTC, "
    "durations seconds unless the key ends in `_ms`; null is what the log could not show. "
    "A signal also has its own figures beside `count`, and its rate as `per_minute`, `per_call` "
    "or `share` with `interval`."
)


_NOT_WRITTEN = {"distributions"}
"""Fields that only pages show."""


def json_report() -> str:
    """Every object, in the order in which the report reaches it."""
    return heading("JSON report", _ABOUT) + "\n".join(map(_section, _structs(Report, set())))


def _section(struct: type[msgspec.Struct]) -> str:
    names = zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True)
    hints = get_type_hints(struct)
    rows = [
        row(f"`{outside}`", f"`{_type(hints[inside])}`")
        for outside, inside in names
        if inside not in _NOT_WRITTEN
    ]
    text = inspect.cleandoc(struct.__doc__ or "")
    return f"## {struct.__name__}\n\n{text}\n\n" + table(("key", "type"), rows)


def _structs(struct: type[msgspec.Struct], done: set[type]) -> Iterator[type[msgspec.Struct]]:
    if struct in done:
        return
    done.add(struct)
    yield struct
    for hint in get_type_hints(struct).values():
        for inner in _inside(hint):
            yield from _structs(inner, done)


def _inside(hint: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from _inside(part)


def _type(hint: Any) -> str:
    """The type as JSON has it: "list of Finding", "number or null"."""
    name = getattr(hint, "__name__", str(hint))
    parts = [part for part in get_args(hint) if part is not Ellipsis]
    if name == "Literal":
        return " or ".join(f'"{part}"' for part in parts)
    if name in ("tuple", "list", "Sequence"):
        return "list of " + _type(parts[0])
    if name in ("Mapping", "dict"):
        return "object of " + _type(parts[1])
    if parts:
        return " or ".join(map(_type, parts))
    return _PLAIN.get(name, name)


_PLAIN = {"float": "number", "int": "number", "str": "text", "bool": "true or false"} | {
    "NoneType": "null"
}
