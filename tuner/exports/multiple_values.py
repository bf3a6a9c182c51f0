"""Records whose fields are lists: of one value each, as Kibana shows them, or of the same value
twice, as Splunk does where it takes the fields out of a record a second time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuner.exports import names

_DOUBLE = ".keyword"
"""What Elasticsearch calls the same field again, for sorting."""


def single(record: dict[str, Any]) -> dict[str, Any]:
    """A record with each value once; the same record where it has no message in a list."""
    if _is_multiple(record):
        return _each_once(record)
    inside = {key: value for key, value in record.items() if isinstance(value, dict)}
    changed = {key: _each_once(inner) for key, inner in inside.items() if _is_multiple(inner)}
    return {**record, **changed} if changed else record


def are_fields(record: Mapping[str, Any], value: Any) -> bool:
    """Whether a record has the fields of a value, be they in lists there."""
    return record is value or (isinstance(value, dict) and record == single(value))


def _is_multiple(fields: Mapping[str, Any]) -> bool:
    return any(
        isinstance(value, list) and isinstance(_value(value), str) and names.message_rank(key)
        for key, value in fields.items()
    )


def _each_once(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _value(value)
        for key, value in fields.items()
        if not (key.endswith(_DOUBLE) and key.removesuffix(_DOUBLE) in fields)
    }


def _value(value: Any) -> Any:
    """What a list holds, once or several times; any other value as it is."""
    is_list = isinstance(value, list) and value and not isinstance(value[0], dict | list)
    return value[0] if is_list and all(each == value[0] for each in value) else value
