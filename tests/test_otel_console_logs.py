"""Log records that OpenTelemetry's SDK itself prints are a log, though each names a span."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.test_posted_logs import analyzed

api = pytest.importorskip("opentelemetry._logs")
logs = pytest.importorskip("opentelemetry.sdk._logs")
export = pytest.importorskip("opentelemetry.sdk._logs.export")
SAID: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("DEBUG", "resumed false interrupted speech", {"timeout": 2.0}),
    ("DEBUG", "resumed false interrupted speech", {"timeout": 0}),
    ("WARN", "_SegmentSynchronizerImpl.push_audio called after close", {}),
    ("INFO", "LLM metrics", {"ttft": 0.5}),
)


def printed() -> str:
    """Records as the console exporter prints them."""
    out = io.StringIO()
    kind: Any = getattr(export, "ConsoleLogRecordExporter", None) or export.ConsoleLogExporter
    provider = logs.LoggerProvider()
    provider.add_log_record_processor(export.SimpleLogRecordProcessor(kind(out=out)))
    log = provider.get_logger("livekit.agents")
    for n, (level, message, fields) in enumerate(SAID):
        log.emit(
            api.LogRecord(
                timestamp=1795167366_000_000_000 + n * 10**9,
                severity_text=level,
                severity_number=api.SeverityNumber[level],
                body=message,
                attributes={**fields, "job_id": "AJ_1"},
            )
        )
    provider.shutdown()
    return out.getvalue()


def on_a_line_each(text: str) -> str:
    decoder, lines, at = json.JSONDecoder(), [], 0
    while at < len(text):
        found, at = decoder.raw_decode(text, at)
        lines.append(json.dumps(found))
        at += text[at : at + 1] == "\n"
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("form", [str, on_a_line_each])
def test_it_is_read_as_a_log(form: Any, tmp_path: Path) -> None:
    text = form(printed())
    assert '"span_id": "0x0000000000000000"' in text
    found = analyzed(tmp_path, text)
    assert found.signals["false_interruptions"].count == 2
    assert found.signals["false_interruptions"].more["phantom"] == 1
    assert found.signals["sync_warnings"].count == 1
    assert found.latency["llm_ttft"].p50 == 0.5
    assert not found.inputs[0].unread
