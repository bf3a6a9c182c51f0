"""A report in, the JSON of `tuner analyze --json` out (schema 1).

Keys may be added to a schema, never renamed or removed. What a log could not show is null, and so
is a number that JSON has no word for (infinity, NaN).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from typing import Any

import msgspec

from tuner.model import InputInfo, Rate, Report, Signal

SCHEMA = 1


def render(report: Report) -> str:
    """Return the report as one JSON document in plain ASCII, which no terminal can garble."""
    return json.dumps(_plain(document(report)), indent=2, allow_nan=False)


def document(report: Report) -> dict[str, Any]:
    """Return the report as the mapping that `render` writes, in the order of the schema."""
    return {
        "schema": SCHEMA,
        "inputs": [_input(info) for info in report.inputs],
        "exposure": report.exposure,
        "signals": {name: _signal(signal) for name, signal in report.signals.items()},
        "latency": report.latency,
        "log_volume": report.log_volume,
        "findings": report.findings,
        "refusals": report.refusals,
        "recommendation": report.recommendation,
        "current": report.current,
        "first": iso(report.first),
        "last": iso(report.last),
        "partial": report.partial or None,
        "notes": report.notes,
        "also": report.also,
        "next_log": report.next_log or None,
        "frontier": report.frontier,
        "agent": report.agent or None,
        "agent_version": report.agent_version,
    }


def iso(seconds: float | None) -> str | None:
    """Return epoch seconds as an ISO 8601 text in UTC; None when there is no such time."""
    if seconds is None:
        return None
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _input(info: InputInfo) -> dict[str, Any]:
    """One input with its times as text and "" as null."""
    times = {"first": iso(info.first), "last": iso(info.last)}
    return (
        _renamed(info)
        | times
        | {"problem": info.problem or None, "versions": info.versions or None}
    )


def _signal(signal: Signal) -> dict[str, Any]:
    """One signal, its further figures and its rate side by side."""
    rate = _rate(signal.rate) if signal.rate else {}
    verdict = {"observable": signal.observable, "why": signal.why}
    return {"count": signal.count} | rate | dict(signal.more) | {"count": signal.count} | verdict


def _rate(rate: Rate) -> dict[str, Any]:
    """A rate under the name of its unit, such as `per_minute`, with interval and limit."""
    return {
        f"per_{rate.unit}": rate.value,
        "interval": [rate.low, rate.high],
        "exposure": rate.exposure,
        "limit": rate.limit,
        "p_above": rate.p_above,
    }


def _plain(value: Any) -> Any:
    """The value in the types that JSON has, all the way down."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, msgspec.Struct):
        return _plain(_renamed(value))
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Set):
        return sorted((_plain(item) for item in value), key=str)
    return _plain(value.item()) if hasattr(value, "item") else str(value)


def _renamed(struct: msgspec.Struct) -> dict[str, Any]:
    """A struct's fields under the names that it has outside Python (`from_` is `from`)."""
    fields = zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True)
    return {outside: getattr(struct, inside) for outside, inside in fields}
