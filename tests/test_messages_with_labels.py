"""Stores of OpenTelemetry's records keep a message alone, and what else is known of it beside: the
logger as a scope, the level as a severity, ids as attributes. They count as LiveKit's JSON does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.export_shapes import nanos, zulu
from tests.test_exports import RECORDS, report
from tuner.model import Report

SOME = [r for r in RECORDS[:500] if not r.get("exc_info")]
OWN = ("message", "level", "name", "timestamp")
LABELS = {"service_name": "agent", "deployment_environment": "prod"}
Fields = dict[str, Any]


def attributes(record: Fields) -> Fields:
    return {key: value for key, value in record.items() if key not in OWN}


def metadata(record: Fields) -> dict[str, str]:
    """As Loki keeps it: names without dots, each value a text."""
    said = {"scope_name": record["name"], "severity_text": record["level"], "severity_number": "9"}
    more = {k.replace(".", "_"): v for k, v in attributes(record).items()}
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in more.items()}
    return {**LABELS, **said, **texts}


def loki(record: Fields) -> Fields:
    return {"stream": metadata(record), "values": [[nanos(record), record["message"]]]}


def of_loki(*streams: Fields) -> str:
    data = {"resultType": "streams", "result": streams}
    return json.dumps({"status": "success", "data": data})


def logcli(record: Fields) -> str:
    labels = ", ".join(f"{key}={json.dumps(value)}" for key, value in metadata(record).items())
    return f"{zulu(record)} {{{labels}}} {record['message']}"


def elastic(record: Fields) -> Fields:
    return {
        "@timestamp": zulu(record),
        "body": {"text": record["message"]},
        "severity_text": record["level"],
        "scope": {"name": record["name"]},
        "attributes": attributes(record),
        "resource": {"attributes": {"service.name": "agent"}},
    }


def axiom(record: Fields) -> Fields:
    dotted = {f"attributes.{key}": value for key, value in attributes(record).items()}
    said = {"body": record["message"], "severity_text": record["level"]}
    return {"_time": zulu(record), **said, "scope.name": record["name"], **dotted}


def clickhouse(record: Fields) -> Fields:
    return {
        "Timestamp": zulu(record),
        "SeverityText": record["level"],
        "Body": record["message"],
        "ScopeName": record["name"],
        "LogAttributes": {k: json.dumps(v) for k, v in attributes(record).items()},
    }


def lines(form: Callable[[Fields], Any]) -> str:
    made = (form(record) for record in SOME)
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in made)


SHAPES: Mapping[str, Callable[[], str]] = {
    "Loki, a stream a message": lambda: of_loki(*map(loki, SOME)),
    "Loki, printed": lambda: json.dumps(json.loads(of_loki(*map(loki, SOME))), indent=2),
    "Loki, one stream": lambda: of_loki(
        {
            "stream": LABELS,
            "values": [[nanos(r), r["message"], {"structuredMetadata": metadata(r)}] for r in SOME],
        }
    ),
    "logcli": lambda: lines(logcli),
    "logcli -o jsonl": lambda: lines(
        lambda r: {"labels": metadata(r), "line": r["message"], "timestamp": zulu(r)}
    ),
    "Elastic": lambda: lines(lambda r: {"_index": "logs.otel", "_source": elastic(r)}),
    "Axiom": lambda: json.dumps([axiom(r) for r in SOME]),
    "ClickHouse": lambda: lines(clickhouse),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_message_counts_with_what_stands_beside_it(shape: str, tmp_path: Path) -> None:
    wanted = report(tmp_path, "\n".join(map(json.dumps, SOME)).encode())
    found = report(tmp_path, SHAPES[shape]().encode())
    minutes = pytest.approx(wanted.exposure.minutes, rel=1e-4)  # Loki's times are in milliseconds
    assert found.exposure.calls == wanted.exposure.calls
    assert found.exposure.minutes == minutes
    assert _counts(found) == _counts(wanted)
    assert found.latency == wanted.latency
    assert found.also == wanted.also
    assert not found.inputs[0].unread


def _counts(found: Report) -> dict[str, tuple[Any, ...]]:
    return {name: (one.count, one.observable) for name, one in found.signals.items()}
