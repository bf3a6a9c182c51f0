"""Metrics that an app writes in words of its own, with LiveKit's names of the figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.in_turn import in_turn
from tests.test_posted_logs import analyzed
from tests.test_scan_text import stored
from tuner.inputs.chunks import Chunk
from tuner.lines import look
from tuner.model import Report
from tuner.names import Stage
from tuner.reading import careful, fast
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import ready

Fields = dict[str, Any]
TURN: tuple[tuple[str, Fields], ...] = (
    ("EOU Metrics", {"end_of_utterance_delay": 0.79, "transcription_delay": 0.41}),
    ("LLM Metrics", {"ttft": 0.52, "tokens_per_second": 31.5}),
    ("TTS Metrics", {"ttfb": 0.27, "audio_duration": 3.2}),
)
STAGES: dict[Stage, float] = {
    "end_of_turn_delay": 0.79,
    "transcription_delay": 0.41,
    "llm_ttft": 0.52,
    "tts_ttfb": 0.27,
}


def stamp(second: int) -> str:
    return f"2026-11-20T12:{second // 60 % 60:02}:{second % 60:02}"


def structlog(second: int, message: str, fields: Fields) -> str:
    head = {"event": message, **fields, "speech_id": f"s{second}"}
    return json.dumps({**head, "level": "info", "timestamp": stamp(second) + ".123456Z"})


def livekit(second: int, message: str, fields: Fields, logger: str = "my-agent") -> str:
    head = {"message": message, "level": "INFO", "name": logger, **fields}
    return json.dumps({**head, "timestamp": stamp(second) + ".123456+00:00"})


def nested(second: int, message: str, fields: Fields) -> str:
    head = {"msg": f"{message} collected", "levelname": "INFO", "extra": fields}
    return json.dumps({**head, "time": stamp(second) + "Z"})


def console(second: int, message: str, fields: Fields) -> str:
    pairs = " ".join(f"{key}={value}" for key, value in fields.items())
    return f"{stamp(second)}Z [info     ] {message:<30} {pairs}"


def text(second: int, message: str, fields: Fields) -> str:
    return f"{stamp(second).replace('T', ' ')},123 INFO agent: {message}: {json.dumps(fields)}"


LAYOUTS = (structlog, livekit, nested, console, text)
Layout = Callable[[int, str, Fields], str]


def log(layout: Layout, turns: int = 5) -> str:
    lines = (layout(n, *each) for n, each in enumerate(each for _ in range(turns) for each in TURN))
    return "".join(f"{line}\n" for line in lines)


def measured(report: Report) -> dict[Stage, tuple[int, float | None]]:
    return {name: (s.n, s.p50) for name, s in report.latency.items() if s.n}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_figures_of_an_app_are_read(layout: Layout, tmp_path: Path) -> None:
    report = analyzed(tmp_path, log(layout))
    assert measured(report) == {name: (5, p50) for name, p50 in STAGES.items()}
    assert {stage.source for stage in report.latency.values() if stage.n} == {
        "metrics in the app's own words"
    }
    assert report.exposure.turns == 5


@pytest.mark.parametrize("layout", LAYOUTS)
def test_beside_livekits_own_lines_they_count_once(layout: Layout, tmp_path: Path) -> None:
    ours = [livekit(n, what.lower().replace(what[:3].lower(), what[:3]), fields, "livekit.agents")
            for n in range(5) for what, fields in TURN]  # fmt: skip
    report = analyzed(tmp_path, log(layout) + "\n".join(ours) + "\n")
    assert measured(report) == {name: (5, p50) for name, p50 in STAGES.items()}
    assert report.exposure.turns == 5
    assert report.latency["llm_ttft"].source == "metrics lines"


@pytest.mark.parametrize("fields", [{"ttft": 520}, {"ttft_ms": 0.5}, {"TTFT": 0.5}, {"note": 1}])
def test_what_is_not_plainly_seconds_is_not_read(fields: Fields, tmp_path: Path) -> None:
    lines = [structlog(n, "LLM Metrics", fields) for n in range(3)]
    lines.append(livekit(4, "received job request", {}, "livekit.agents"))
    assert not measured(analyzed(tmp_path, "\n".join(lines) + "\n"))


def test_agents_js_has_milliseconds_under_these_names(tmp_path: Path) -> None:
    head = {"level": 30, "time": 1795171205123, "pid": 7, "hostname": "h", "ttft": 52}
    lines = [json.dumps({**head, "msg": each}) for each in ("LLM Metrics", "VAD task started")]
    lines.append(json.dumps({**head, "msg": "AgentSession closed"}))
    assert not measured(analyzed(tmp_path, "\n".join(lines) + "\n"))


@pytest.mark.skipif(not ready(), reason="the scan is not compiled")
@pytest.mark.parametrize(
    ("layout", "logger"), in_turn(LAYOUTS, ["my-agent", "livekit.agents", "livekit-demo"])
)
def test_the_scan_counts_the_same(layout: Layout, logger: str) -> None:
    others = "".join(
        f"{livekit(n, *each, logger)}\n" for n in range(300) for each in (*TURN, ("x", {}))
    )
    data = (log(layout, 200) + others).encode()
    layouts, chunk = look.look(data), Chunk(data, at=len(data))
    slow = careful.summarize(chunk, EVERYTHING, 1000.0, layouts)
    assert stored(fast.summarize(chunk, EVERYTHING, 1000.0, layouts=layouts)) == stored(slow)
    counted = sum(each.histogram("llm_ttft@own").n for each in (slow, slow.echo) if each)
    assert counted == 200 + 300 * (logger != "livekit.agents")
