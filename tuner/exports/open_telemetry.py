"""A log record of OpenTelemetry as JSON in, its fields under the names that loggers use out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuner.lazy_patterns import lazy_pattern

START = b'{"resourceLogs"'
"""How a line of OTLP logs begins."""
_ONE_RECORD = lazy_pattern(rb'.*?"logRecords": *\[ *(\{.*\}) *\] *\} *\] *\} *\] *\}')


def record_on(line: bytes) -> tuple[int, int] | None:
    """From where to where the record stands on a line of OTLP logs that may have no other."""
    found = _ONE_RECORD.fullmatch(line)
    return found.span(1) if found is not None else None


def fields(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a record of OTLP logs; None if it is none."""
    body, attributes = record.get("body"), record.get("attributes", [])
    if not (isinstance(body, dict) and isinstance(attributes, list) and "stringValue" in body):
        return None
    named = {str(item.get("key")): _value(item.get("value")) for item in _objects(attributes)}
    time = record.get("timeUnixNano") or record.get("observedTimeUnixNano")
    return {
        **named,
        "message": body["stringValue"],
        "level": record.get("severityText") or "",
        "timestamp": time,
    }


def _objects(items: list[Any]) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)]


def _value(written: Any) -> Any:
    """`{"doubleValue": 2.0}` is 2.0; whole numbers are written as texts."""
    if not isinstance(written, dict) or len(written) != 1:
        return None
    ((kind, value),) = written.items()
    return int(value) if kind == "intValue" and str(value).lstrip("-").isdecimal() else value
