"""The JSON report keeps the contract of schema 1, whatever the report holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import reports
from tuner.model import Rate, Signal
from tuner.report.json import iso, render


def keys(value: Any) -> Any:
    """The shape of a document: its keys, and of each list its first item."""
    if isinstance(value, dict):
        return {key: keys(item) for key, item in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [keys(value[0])]
    return type(value).__name__


INPUT = {
    "path": "str",
    "format": "str",
    "wrappers": "list",
    "bytes": "int",
    "lines": "int",
    "understood": "int",
    "unread": {},
    "first": "str",
    "last": "str",
    "problem": "NoneType",
    "versions": "NoneType",
    "notes": "list",
}
QUANTILES = {"p50": "float", "p90": "float", "p95": "float", "p99": "float", "max": "float"}
LATENCY = {
    "n": "int",
    "censored": "int",
    **QUANTILES,
    "grade": "str",
    "over_alert": "int",
    "alert_s": "float",
    "source": "str",
    "observable": "str",
    "why": "NoneType",
    "excellent_s": "float",
    "good_s": "float",
}
HIDDEN_LATENCY = LATENCY | dict.fromkeys(QUANTILES, "NoneType") | {"why": "str"}
BLIND = {"count": "NoneType", "observable": "str", "why": "str"}
SIGNALS = {
    "false_interruptions": {
        "count": "int",
        "per_minute": "float",
        "interval": "list",
        "exposure": "float",
        "limit": "float",
        "p_above": "float",
        "phantom": "int",
        "observable": "str",
        "why": "NoneType",
    },
    "sync_warnings": {
        "count": "int",
        "by_method": {"push_text": "int", "resume": "int"},
        "observable": "str",
        "why": "NoneType",
    },
    "openai_calls": {
        "count": "int",
        "slow": "int",
        "threshold_ms": "float",
        "processing_ms": QUANTILES,
        "by_endpoint": {
            "transcription": {
                "count": "int",
                "timed": "int",
                "slow": "int",
                "p50": "float",
                "max": "float",
            },
            "speech": {"count": "int", "timed": "int", "slow": "NoneType", "p50": "NoneType"},
            "chat": {"count": "int", "timed": "int", "slow": "int", **QUANTILES},
        },
        "timed": "int",
        "observable": "str",
        "why": "NoneType",
    },
    "real_interruptions": BLIND,
}
FINDING = {
    "rule": "str",
    "severity": "str",
    "title": "str",
    "measured": "str",
    "limit": "str",
    "evidence": [{"path": "str", "line": "int", "text": "str"}],
    "advice": "str",
    "total": "int",
    "remedies": "list",
    "cause": "str",
    "needs": "str",
}
CHANGE = {
    "setting": "str",
    "from": "float",
    "to": "float",
    "why": "str",
    "effect": "str",
    "label": "str",
}
SCHEMA = {
    "schema": "int",
    "inputs": [INPUT],
    "exposure": {"calls": "int", "minutes": "float", "turns": "int", "basis": "str"},
    "signals": SIGNALS,
    "latency": {"llm_ttft": LATENCY, "tts_ttfb": LATENCY, "e2e": HIDDEN_LATENCY},
    "log_volume": {
        "records": "int",
        "lines_per_minute": "float",
        "by_level": {"DEBUG": "int", "INFO": "int", "WARNING": "int"},
        "by_logger": {"asyncio": "int"},
    },
    "findings": [FINDING],
    "refusals": [{"rule": "str", "why": "str", "needs": "str"}],
    "recommendation": {
        "verdict": "str",
        "profile": "str",
        "current": "str",
        "why": "str",
        "changes": [CHANGE],
        "price": "str",
        "against": [{"profile": "str", "why": "str"}],
        "needs": "str",
    },
    "current": {
        "name": "str",
        "how": "str",
        "settings": {},
        "mixed": "list",
        "problems": "list",
        "contradicted": "list",
    },
    "first": "str",
    "last": "str",
    "partial": "NoneType",
    "notes": "list",
    "also": [{"text": "str", "logger": "str", "level": "str", "count": "int", "calls": "int"}],
    "next_log": "NoneType",
    "frontier": "list",
    "agent": "NoneType",
    "agent_version": "list",
}


def test_the_whole_schema() -> None:
    shape = keys(json.loads(render(reports.noisy())))
    assert shape == SCHEMA
    assert list(shape) == list(SCHEMA)


def test_values_arrive_as_they_are() -> None:
    document = json.loads(render(reports.noisy()))
    interruptions = document["signals"]["false_interruptions"]
    assert interruptions["count"] == 18
    assert interruptions["per_minute"] == 1.4516
    assert interruptions["interval"] == [0.8603, 2.2942]
    assert document["inputs"][0]["first"] == "2026-11-20T09:22:39.250Z"
    assert document["recommendation"]["changes"][0]["from"] == 0.5
    assert document["signals"]["real_interruptions"]["count"] is None


def test_figures_in_more_win_over_the_rate_but_never_over_the_count() -> None:
    rate = Rate(3, 2.0, "minute", 1.5, 0.3, float("inf"), 1.0, 0.7)
    signal = Signal(3, "partly", "why", rate, {"per_minute": 9.0, "count": 99})
    shown = json.loads(render(reports.noisy(signals={"x": signal})))["signals"]["x"]
    assert (shown["count"], shown["per_minute"], shown["interval"]) == (3, 9.0, [0.3, None])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_cannot_say_are_null(number: float) -> None:
    signal = Signal(1, "yes", more={"deep": [{"x": number}], "kinds": {2, 1}, "raw": (b"a",)})
    document = json.loads(render(reports.noisy(signals={"x": signal})), parse_constant=pytest.fail)
    assert document["signals"]["x"]["deep"] == [{"x": None}]


def test_any_path_gives_plain_ascii() -> None:
    info = reports.input_info("caf\u00e9-\udcff.log")
    text = render(reports.noisy(inputs=(info,)))
    assert text.isascii()
    assert json.loads(text)["inputs"][0]["path"] == "caf\u00e9-\\udcff.log"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1795166559.9996, "2026-11-20T09:22:39.999Z"),
        (None, None),
        (1e300, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_times_are_iso_8601_in_utc(seconds: float | None, text: str | None) -> None:
    assert iso(seconds) == text


def test_partial_work_and_problems_are_said() -> None:
    document = json.loads(render(reports.damaged()))
    assert document["partial"].startswith("stopped")
    assert document["inputs"][2]["problem"] == "the archive is cut short"
    assert document["inputs"][2]["first"] is None
    assert document["current"]["problems"][0]["kind"] == "no-op"
