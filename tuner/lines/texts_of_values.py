"""A value that a pipeline wrote as a text in, the value out: "0.35" is a figure, "true" a flag.

Datadog, Fluent and OpenTelemetry's way to Loki make texts of all fields. Numbers are shown where
texts are not, so only what can be no number to call is one: a plain decimal, of six digits before
the point at most, or an epoch time with its fraction. Whatever else stands there stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines.catalogue.row import Field, Unit
from tuner.lines.undecodable import UNDECODABLE

_DECIMAL = r"-?(?:0|[1-9]\d{0,5})(?:\.\d{1,20})?"
_FIGURE = lazy_pattern(_DECIMAL, re.ASCII)
_FIGURES = lazy_pattern(rf"\[(?:{_DECIMAL}(?:, ?{_DECIMAL})*)?\]", re.ASCII)
_MOMENT = lazy_pattern(r"1[4-9]\d{8}\.\d{1,9}", re.ASCII)
"""An epoch time of 2014 to 2033."""
_WORDS = {"true": True, "True": True, "false": False, "False": False}
_NOTHING = frozenset(("", "-", "null", "None", "nil", "<nil>"))
_LONGEST = 1_000

Units = Mapping[str, Unit]
"""The units of a line's fields, by the names under which they stand there."""


def units(fields: Iterable[Field], written: Mapping[str, str] = MappingProxyType({})) -> Units:
    """The units of those fields that are no texts; `written` is how a spelling names them."""
    return {written.get(name, name): unit for name, unit in fields if unit}


def read(fields: dict[str, Any], units: Units) -> dict[str, Any]:
    """The fields with the values of those that a pipeline made texts of; others as they are."""
    return {name: _read(value, units.get(name, "")) for name, value in fields.items()}


def _read(value: Any, unit: Unit) -> Any:
    if isinstance(value, list) and unit:
        return [_read(each, unit) for each in value]
    return value_of(value, unit) if isinstance(value, str) and unit else value


def value_of(text: str, unit: Unit) -> Any:
    """What a text of this unit stands for; None if for nothing, the text where that is in doubt."""
    if text in _NOTHING:
        return None
    if unit == "flag":
        return _WORDS.get(text, text)
    if unit == "object":
        return _object(text)
    if _FIGURE.fullmatch(text):
        return float(text) if "." in text else int(text)
    if unit == "epoch s":
        return float(text) if _MOMENT.fullmatch(text) else text
    is_list = len(text) <= _LONGEST and _FIGURES.fullmatch(text)
    return msgspec.json.decode(text) if is_list else text


def _object(text: str) -> Any:
    try:
        found = msgspec.json.decode(text)
    except UNDECODABLE:
        return text
    return found if isinstance(found, dict) else text
