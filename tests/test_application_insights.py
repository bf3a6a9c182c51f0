"""Records of Application Insights as they are exported: logger, level and fields of a record stand
in properties of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuner import pipeline
from tuner.exports import recognising
from tuner.exports.many_records import one_by_one

Fields = dict[str, Any]
RECORDS: tuple[tuple[int, str, str, Fields], ...] = (
    (1, "INFO", "received job request", {}),
    (0, "DEBUG", "resumed false interrupted speech", {"timeout": "2.0"}),
    (2, "WARNING", "_SegmentSynchronizerImpl.resume called after close", {}),
    (1, "INFO", "LLM metrics", {"ttft": "0.52", "prompt_tokens": "12"}),
    (3, "ERROR", "AgentSession is closing due to unrecoverable error", {"error": "x y"}),
)


def properties(level: str, fields: Fields, number: int) -> Fields:
    own = {"LoggerName": "livekit.agents", "job_id": f"AJ_{number % 3}"}
    return {**own, "LoggingLevel": level, **fields}


def query(number: int, severity: int, level: str, message: str, fields: Fields) -> Fields:
    inner = properties(level, fields, number)
    time = f"2026-11-20T12:{number // 60 % 60:02}:{number % 60:02}.1234567Z"
    head = {"timestamp": time, "message": message, "severityLevel": severity}
    return {**head, "itemType": "trace", "customDimensions": inner, "cloud_RoleName": "agent"}


def as_text(*parts: Any) -> Fields:
    found = query(*parts)
    return {**found, "customDimensions": json.dumps(found["customDimensions"])}


def by_severity(*parts: Any) -> Fields:
    found = query(*parts)
    del found["customDimensions"]["LoggingLevel"]
    return found


def of_a_workspace(*parts: Any) -> Fields:
    found = query(*parts)
    head = {"time": found["timestamp"], "Message": found["message"], "Type": "AppTraces"}
    return {
        **head,
        "SeverityLevel": found["severityLevel"],
        "Properties": found["customDimensions"],
    }


def envelope(*parts: Any) -> Fields:
    found = query(*parts)
    data = {"ver": 2, "message": found["message"], "severityLevel": found["severityLevel"]}
    inner = {
        "baseType": "MessageData",
        "baseData": {**data, "properties": found["customDimensions"]},
    }
    head = {"name": "Microsoft.ApplicationInsights.Message", "time": found["timestamp"]}
    return {**head, "iKey": "k", "tags": {}, "data": inner}


FORMS = (query, as_text, by_severity, of_a_workspace, envelope)
Form = Callable[..., Fields]


def lines(form: Form, n: int) -> str:
    records = (form(k, *RECORDS[k % len(RECORDS)]) for k in range(n))
    return "".join(f"{json.dumps(each)}\n" for each in records)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_list", [False, True])
def test_the_logger_the_level_and_the_fields_are_read(
    form: Form, is_list: bool, tmp_path: Path
) -> None:
    text = lines(form, 50)
    if is_list:
        text = json.dumps([json.loads(line) for line in text.splitlines()], indent=2)
    log = tmp_path / "export.json"
    log.write_text(text)
    report = pipeline.analyze([log], environ={})
    counts = {name: signal.count for name, signal in report.signals.items() if signal.count}
    assert counts == {"false_interruptions": 10, "sync_warnings": 10, "sessions_failed": 10}
    assert report.signals["sessions_failed"].more["calls"] == 3
    assert (report.latency["llm_ttft"].n, report.latency["llm_ttft"].p50) == (10, 0.52)
    assert report.exposure.calls == 3
    assert report.log_volume.by_logger == {"livekit.agents": 50}
    assert report.log_volume.by_level == {"INFO": 20, "DEBUG": 10, "WARNING": 10, "ERROR": 10}


@pytest.mark.parametrize("form", FORMS)
def test_many_at_once_are_the_same_as_one_by_one(form: Form) -> None:
    data = lines(form, 3000).encode()
    make = recognising.translator(data[: 1 << 16])
    assert make is not None
    texts: list[list[bytes]] = [[], []]
    for entry in make([data]).entries():
        texts[0] += bytes(entry.text).split(b"\n")
    for entry in one_by_one(make([data]).entries()):
        texts[1] += entry.text.split(b"\n")
    assert [line for line in texts[0] if line] == texts[1]
    alone = [
        entry.text
        for line in data.splitlines(keepends=True)[:200]
        for entry in one_by_one(make([line]).entries())
    ]
    assert alone == texts[1][:200]
