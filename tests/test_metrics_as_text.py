"""How lines of metrics are spelled tells the version, and so what the log could have shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.test_posted_logs import analyzed
from tuner.lines.message_figures import metrics_template

PIPELINE = (
    "Pipeline STT metrics: duration=10.09, audio_duration=5.05",
    "Pipeline EOU metrics: sequence_id=a1, end_of_utterance_delay=0.74, transcription_delay=0.41",
    "Pipeline LLM metrics: sequence_id=a1, ttft=0.88, input_tokens=310, output_tokens=18, "
    "tokens_per_second=33.51",
    "Pipeline TTS metrics: sequence_id=a1, ttfb=0.36, audio_duration=2.93",
)
LATER = "EOU metrics: end_of_utterance_delay=0.74, transcription_delay=0.41"
OLD = "livekit-agents 0.11.0–1.0.0.dev5"


def dev(second: int, message: str, level: str = "DEBUG", logger: str = "livekit.agents") -> str:
    return f'2026-01-30 16:20:0{second},000 - {level} {logger} - {message} {{"job_id": "AJ_1"}}'


def as_json(second: int, message: str) -> str:
    head = {"message": message, "level": "DEBUG", "name": "livekit.agents", "job_id": "AJ_1"}
    return json.dumps({**head, "timestamp": f"2026-01-30T16:20:0{second}.000000+00:00"})


def usual(second: int, message: str) -> str:
    return f"2026-01-30 16:20:0{second} DEBUG livekit.agents: {message}"


def own_logger(second: int, message: str) -> str:
    return dev(second, message, "INFO", "my-agent")


@pytest.mark.parametrize("written", [dev, as_json, usual, own_logger])
@pytest.mark.parametrize("messages", [PIPELINE, PIPELINE[2:3] * 2])
def test_a_debug_log_of_an_old_version_hides_false_interruptions(
    written: object, messages: tuple[str, ...], tmp_path: Path
) -> None:
    assert callable(written)
    found = analyzed(tmp_path, "\n".join(written(*each) for each in enumerate(messages)) + "\n")
    assert found.inputs[0].versions == f"{OLD} by its lines"
    stops = found.signals["false_interruptions"]
    assert (stops.count, stops.observable) == (None, "no")
    assert (stops.why or "").startswith(f"{OLD} does not log this; upgrade to")
    assert found.latency["llm_ttft"].p50 == 0.88


def test_as_text_without_pipeline_it_is_of_before_1_1_6(tmp_path: Path) -> None:
    found = analyzed(tmp_path, dev(0, LATER) + "\n" + dev(1, LATER) + "\n")
    assert found.inputs[0].versions.endswith("1.1.5 by its lines")
    assert found.signals["false_interruptions"].count is None


def test_an_apps_own_words_tell_no_version(tmp_path: Path) -> None:
    lines = [dev(0, "LLM metrics: ttft=0.52"), dev(1, "resumed false interrupted speech")]
    found = analyzed(tmp_path, "\n".join(lines) + "\n")
    assert found.signals["false_interruptions"].count == 1
    assert "1.0" not in found.inputs[0].versions.partition("–")[0]


@pytest.mark.parametrize(
    ("message", "template"),
    [
        (LATER, "EOU metrics: end_of_utterance_delay={}, transcription_delay={}"),
        ("Pipeline LLM metrics:", "Pipeline LLM metrics:"),
        ("LLM metrics", None),
        ("LLM metrics: the caller said 555", None),
        ("Pipeline LLM metrics: text=my words, ttft=0.5", None),
    ],
)
def test_a_template_holds_no_value(message: str, template: str | None) -> None:
    assert metrics_template(message) == template


PRINTED = (
    "METRICS: type='llm_metrics' label='x' request_id='c1' timestamp=1769790005.9 ttft=0.91",
    "LLMMetrics(type='llm_metrics', request_id='c2', ttft=0.51, cancelled=False)",
    "METRICS: type='eou_metrics' timestamp=1769790006.1 end_of_utterance_delay=0.71",
)


def test_metrics_that_an_app_prints_are_read(tmp_path: Path) -> None:
    found = analyzed(tmp_path, "\n".join(PRINTED) + "\n")
    assert found.latency["llm_ttft"].n == 2
    assert found.latency["end_of_turn_delay"].p50 == 0.71
    assert found.signals["sync_warnings"].count is None  # whoever prints may log elsewhere


def test_metrics_that_are_logged_and_printed_count_once(tmp_path: Path) -> None:
    logged = dev(5, "LLM metrics", "INFO").replace('"}', '", "ttft": 0.9}')
    found = analyzed(tmp_path, f"{logged}\n{PRINTED[0]}\n")
    assert (found.latency["llm_ttft"].n, found.signals["sync_warnings"].count) == (1, 0)
    assert found.inputs[0].unread == {}


WITHOUT_PIPELINE = (
    "LLM metrics: ttft=0.88, input_tokens=310,  cached_input_tokens=0, output_tokens=18, "
    "tokens_per_second=33.51",
    "TTS metrics: ttfb=0.36, audio_duration=2.93",
)


def dashes(second: int, message: str) -> str:
    return f"2026-01-30 16:20:0{second},000 - livekit.agents - DEBUG - {message}"


def loguru(second: int, message: str) -> str:
    return f"2026-01-30 16:20:0{second}.000 | DEBUG    | livekit.agents:_run:1{second} - {message}"


def basic(_: int, message: str) -> str:
    return f"DEBUG:livekit.agents:{message}"


def beside_ids(second: int, message: str) -> str:
    return f"{dashes(second, message)} job_id=AJ_1"


@pytest.mark.parametrize("written", [usual, dashes, loguru, basic, beside_ids])
@pytest.mark.parametrize("messages", [WITHOUT_PIPELINE, (LATER, LATER)])
def test_values_that_were_taken_for_fields_tell_the_version_too(
    written: Callable[[int, str], str], messages: tuple[str, ...], tmp_path: Path
) -> None:
    lines = [written(*each) for each in enumerate((*messages, "received user transcript"))]
    found = analyzed(tmp_path, "\n".join(lines) + "\n")
    assert found.inputs[0].versions.endswith("1.1.5 by its lines")
    assert found.signals["false_interruptions"].count is None


def test_an_app_s_own_line_of_metrics_tells_no_version(tmp_path: Path) -> None:
    own = "LLM metrics: ttft=0.88 model=gpt-4.1"
    found = analyzed(tmp_path, f"{dashes(0, own)}\n{dashes(1, 'received user transcript')}\n")
    assert found.signals["false_interruptions"].observable == "yes"


TURN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("EOU", {"end_of_utterance_delay": 0.71, "transcription_delay": 0.4}),
    ("LLM", {"ttft": 0.91, "cancelled": False}),
    ("TTS", {"ttfb": 0.31, "streamed": True}),
)


def printed(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    own = {"type": f"{name.lower()}_metrics", "timestamp": 1769790005.5, "speech_id": "s1"}
    return own | figures


def of_python(name: str, figures: dict[str, Any]) -> str:
    fields = (f"{key}={value!r}" for key, value in printed(name, figures).items())
    return f"{name}Metrics({', '.join(fields)})"


def of_dataclasses(name: str, figures: dict[str, Any]) -> str:
    """As livekit-agents 0.11 and 0.12 have them."""
    fields = (f"{key}={value!r}" for key, value in figures.items())
    return f"Pipeline{name}Metrics(sequence_id='s', {', '.join(fields)})"


def of_node(name: str, figures: dict[str, Any], end: str = "\n") -> str:
    own = {"type": f"{name.lower()}_metrics", "label": "x"}
    figures = {
        NODE.sub(lambda m: m[1].upper(), key) + "Ms": round(value * 1000)
        for key, value in figures.items()
        if isinstance(value, float)
    }
    fields = f",{end}".join(f"  {key}: {value!r}" for key, value in (own | figures).items())
    return f"{{{end}{fields}{end}}}"


NODE = re.compile(r"_([a-z])")
PRINTS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "Python": of_python,
    "Python, 0.12": of_dataclasses,
    "a dictionary": lambda *each: repr(printed(*each)),
    "JSON": lambda *each: json.dumps(printed(*each)),
    "JSON on several lines": lambda *each: json.dumps(printed(*each), indent=2),
    "an event on several lines": lambda *each: json.dumps({"metrics": printed(*each)}, indent=2),
    "without its time": lambda name, figures: json.dumps(
        {k: v for k, v in printed(name, figures).items() if k != "timestamp"}
    ),
    "Node": of_node,
    "Node, on a line": lambda name, figures: of_node(name, figures, " "),
}


@pytest.mark.parametrize("name", PRINTS)
@pytest.mark.parametrize("between", ["", "\n"])
def test_metrics_objects_that_an_app_prints_alone(name: str, between: str, tmp_path: Path) -> None:
    log = "\n".join(PRINTS[name](*each) + between for each in TURN * 2) + "\n"
    found = analyzed(tmp_path, log)
    delays = {stage: (s.n, s.p50) for stage, s in found.latency.items() if s.n}
    assert delays == {
        "end_of_turn_delay": (2, 0.71),
        "transcription_delay": (2, 0.4),
        "llm_ttft": (2, 0.91),
        "tts_ttfb": (2, 0.31),
    }
    assert found.inputs[0].unread == {}


@pytest.mark.parametrize("head", ["<16:20:01> {INFO} agent >> ", "INFO | agent | metrics: "])
def test_the_last_figure_of_a_printed_object_is_no_field_behind_it(
    head: str, tmp_path: Path
) -> None:
    eou = (TURN[0][0], dict(reversed(TURN[0][1].items())))
    lines = [of_python(*TURN[0]), of_python(*eou), "received job request", "session closed"]
    found = analyzed(tmp_path, "".join(f"{head}{line}\n" for line in lines))
    assert found.latency["transcription_delay"].n == found.latency["end_of_turn_delay"].n == 2
