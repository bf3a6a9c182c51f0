"""What one setting is: its name in the environment, unit, range, meaning and LiveKit option.

`settings.py` declares every setting with `knob()`; `describe()` turns such a model into the
plain values that the rest of the program prints and compares, so that nothing is written twice.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting as plain data."""

    env: str
    """Name in a profile, in `.env` and in the environment."""
    field: str
    """Attribute of `Settings`."""
    unit: str
    """"s", "ms", "MB", "tokens", ... or "" where a unit makes no sense."""
    default: object
    """The built-in value, typed (None where the word of `absent` stands for it)."""
    allowed: str
    """For people: "0.0 to 10.0 s", "fixed, dynamic", "off, or 1 to 65535"."""
    meaning: str
    """What it does, with its price and its traps."""
    option: str
    """The LiveKit, OpenAI or HTTP option that it becomes."""
    group: str
    """Heading under which it is listed."""
    low: float | None = None
    """Smallest number allowed, in `unit`."""
    high: float | None = None
    """Largest number allowed, in `unit`."""
    choices: tuple[str, ...] = ()
    """The words allowed, if it is a choice."""
    absent: str = ""
    """The word that stands for None: "off" or "auto"."""

    def text(self, value: object) -> str:
        """`value` as it would stand in a profile: `None` -> "off", `True` -> "true"."""
        if value is None:
            return self.absent
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    def text_with_unit(self, value: object) -> str:
        """`value` for a reader: "0.5 s", "off", "true"."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return f"{value} {self.unit}" if number and self.unit else self.text(value)


def knob(
    default: object,
    option: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    *,
    group: str,
    absent: str = "",
    allowed: str = "",
) -> Any:
    """Declare one setting; returns the pydantic field that checks it.

    The docstring under the field is its meaning. `low` and `high` are inclusive, in `unit`.
    `absent` is the word for None; `allowed` is needed only where the type does not give the range.
    The result is `Any` because a field specifier stands where its value will.
    """
    extra = {"option": option, "group": group, "unit": unit, "absent": absent, "allowed": allowed}
    extra_json: dict[str, Any] = {**extra, "low": low, "high": high}
    return Field(default, ge=low, le=high, json_schema_extra=extra_json)


def in_group(group: str) -> Any:
    """`knob` with its group filled in."""
    return partial(knob, group=group)


def describe(model: type[BaseModel]) -> Mapping[str, Knob]:
    """Every field of `model` as a `Knob`, by environment name, in the order of declaration."""
    knobs = (_knob(name, info) for name, info in model.model_fields.items())
    return types.MappingProxyType({knob.env: knob for knob in knobs})


def _knob(name: str, info: FieldInfo) -> Knob:
    extra = info.json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError(f"setting {name} is not declared with knob()")
    facts: dict[str, Any] = dict(extra)
    words = _choices(info.annotation)
    facts["allowed"] = facts["allowed"] or _allowed(facts, words, info.annotation)
    return Knob(
        env=name.upper(),
        field=name,
        default=info.default,
        meaning=" ".join((info.description or "").split()),
        choices=words,
        **facts,
    )


def _choices(annotation: object) -> tuple[str, ...]:
    """The words of a Literal, also inside a union; numbers of a Literal as text."""
    if get_origin(annotation) is Literal:
        return tuple(str(word) for word in get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(word for part in get_args(annotation) for word in _choices(part))
    return ()


def _allowed(facts: Mapping[str, Any], words: tuple[str, ...], annotation: object) -> str:
    if words:
        return ", ".join((facts["absent"], *words) if facts["absent"] else words)
    if annotation is bool:
        return "true, false"
    if facts["low"] is None:
        return f"{facts['absent']}, or any text" if facts["absent"] else "any text"
    span = f"{facts['low']} to {facts['high']} {facts['unit']}".rstrip()
    return f"{facts['absent']}, or {span}" if facts["absent"] else span
