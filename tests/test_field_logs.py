"""Logs of other people show what they can show, whatever wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests import export_shapes, field_logs, layouts, samples
from tests.in_turn import in_turn
from tests.test_layouts import SHIPPERS
from tuner import pipeline
from tuner.model import Report
from tuner.names import SignalName, Stage
from tuner.report import text

Figure = Callable[[Report], Any]


def signal(name: SignalName, key: str = "count") -> Figure:
    def figure(report: Report) -> Any:
        found = report.signals[name]
        return {"count": found.count, "seen": found.observable, **found.more}.get(key)

    return figure


def latency(name: Stage, key: str) -> Figure:
    return lambda report: getattr(report.latency[name], key)


FIGURES: dict[str, Figure] = {
    "false": signal("false_interruptions"),
    "phantom": signal("false_interruptions", "phantom"),
    "false seen": signal("false_interruptions", "seen"),
    "cut": signal("false_cutoffs"),
    "cut seen": signal("false_cutoffs", "seen"),
    "sync": signal("sync_warnings"),
    "tts failed": signal("tts_failures"),
    "vad": signal("vad_slow"),
    "late": signal("late_transcripts"),
    "openai": signal("openai_calls"),
    "slow": signal("openai_calls", "slow"),
    "retries": signal("openai_retries"),
    "llm failures": signal("llm_failures"),
    "tts failures": signal("tts_failures"),
    "failed sessions": signal("sessions_failed"),
    "ttft n": latency("llm_ttft", "n"),
    "ttft": latency("llm_ttft", "p50"),
    "ttfb n": latency("tts_ttfb", "n"),
    "eou n": latency("end_of_turn_delay", "n"),
    "calls": lambda report: report.exposure.calls,
    "minutes": lambda report: report.exposure.minutes,
    "unread": lambda report: sum(report.inputs[0].unread.values()),
    "first": lambda report: report.inputs[0].first,
    "agent": lambda report: report.inputs[0].versions.partition(" ")[0],
}


def analyzed(tmp_path: Path, data: bytes) -> Report:
    log = tmp_path / "a.log"
    log.write_bytes(data)
    return pipeline.analyze([log], environ={})


@pytest.mark.parametrize("name", field_logs.CASES)
def test_the_figures_are_right(name: str, tmp_path: Path) -> None:
    lines, expected = field_logs.CASES[name]
    report = analyzed(tmp_path, "\n".join([*lines, ""]).encode())
    assert {key: FIGURES[key](report) for key in expected} == pytest.approx(expected)


def turns(kind: str) -> list[str]:
    """The shippers that are tried with this kind of log."""
    kinds = ("newest first", "finer times", "key and value")
    return [shipper for shipper, each in in_turn(SHIPPERS, kinds) if each == kind]


@pytest.mark.parametrize("shipper", turns("newest first"))
def test_the_newest_may_stand_first_in_any_layout(shipper: str, tmp_path: Path) -> None:
    texts = [shipped(shipper, *record) for record in dev_texts()[::-1]]
    found = samples.headline(analyzed(tmp_path, "\n".join(texts).encode()))
    assert (found["cut-offs"], found["openai calls"]) == in_json()


MIXED = samples.two_calls()


@pytest.mark.parametrize("shipper", turns("finer times"))
def test_a_time_of_the_line_itself_is_finer_than_that_of_a_shipper(
    shipper: str, tmp_path: Path
) -> None:
    """Whole seconds hide whether a caller was cut off."""
    records = [json.loads(line) for line in MIXED]
    lines = [(own_layout(record), export_shapes.when(record)) for record in records]
    texts = [shipped(shipper, line, when) for text, when in lines for line in text.split("\n")]
    found = samples.headline(analyzed(tmp_path, "\n".join(texts).encode()))
    assert (found["cut-offs"], found["openai calls"]) == in_json()


@pytest.mark.parametrize("shipper", turns("key and value"))
def test_records_of_key_and_value_stand_behind_any_shipper(shipper: str, tmp_path: Path) -> None:
    records = [json.loads(line) for line in MIXED]
    lines = [(export_shapes.as_logfmt(record), export_shapes.when(record)) for record in records]
    texts = [shipped(shipper, line, when) for line, when in lines]
    found = samples.headline(analyzed(tmp_path, "\n".join(texts).encode()))
    assert (found["cut-offs"], found["openai calls"]) == in_json()


def own_layout(record: dict[str, Any]) -> str:
    """A record in a layout of an app's own."""
    time = export_shapes.when(record).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    fields = json.dumps(layouts.extras(record))
    raised = f"\n{record['exc_info']}" if record.get("exc_info") else ""
    return f"[{record['level']}] {time} {record['name']}: {record['message']} {fields}{raised}"


def shipped(shipper: str, text: str, when: datetime) -> str:
    """A line behind what the shipper puts before it, with the line's time."""
    head = SHIPPERS[shipper]
    for fixed, form in TIMES.items():
        head = head.replace(fixed, when.strftime(form))
    return head.replace("1769790000", str(int(when.timestamp()))).format(text)


TIMES = {
    "2026-01-30": "%Y-%m-%d",
    "Fri ": "%a ",
    "Jan 30": "%b %d",
    "0130 ": "%m%d ",
    "04:20:00 PM": "%I:%M:%S %p",
    "16:20:00": "%H:%M:%S",
}


@cache
def dev_texts() -> list[tuple[str, datetime]]:
    records = [json.loads(line) for line in MIXED]
    return [(export_shapes.dev(record), export_shapes.when(record)) for record in records]


@cache
def in_json() -> tuple[object, object]:
    with TemporaryDirectory() as folder:
        found = samples.headline(analyzed(Path(folder), b"\n".join(MIXED)))
    assert found["cut-offs"]
    return found["cut-offs"], found["openai calls"]


@pytest.mark.parametrize(
    "lines",
    [
        [field_logs.node(s, field_logs.RESUMED, timeout=2000) for s in range(60)],
        [field_logs.started("1.2.6"), field_logs.dev(1, "received user transcript")],
        [field_logs.started("0.12.20"), field_logs.dev(1, "speech playout started")],
    ],
    ids=["node", "1.2.6", "0.12"],
)
def test_other_peoples_agents_get_no_settings_of_this_project(
    lines: list[str], tmp_path: Path
) -> None:
    report = text.render(analyzed(tmp_path, "\n".join([*lines, ""]).encode()))
    for word in ("LOG_LEVEL", "TURN_LOG", "AGENT_PROFILE", "agent.py"):
        assert word not in report


@pytest.mark.parametrize("log", ["pipecat-default-format.log", "pipecat-pipeline-debug.log"])
def test_a_pipecat_agent_gets_pipecats_terms(log: str) -> None:
    folder = Path(__file__).parent / "specimens"
    report = text.render(pipeline.analyze([folder / log], environ={}))
    assert "SpeakingObserver" in report
    for word in ("LOG_LEVEL", "TURN_LOG", "AGENT_PROFILE", "agent.py"):
        assert word not in report
