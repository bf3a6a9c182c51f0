"""Every line of the catalogue is counted, every evidence exists, and what drifts fails at once."""

from __future__ import annotations

import ast
import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from tuner.inputs.chunks import Chunk
from tuner.lines import events
from tuner.lines.catalogue.row import CallFigure, Renamed
from tuner.lines.catalogue.table import BY_KIND, LINES
from tuner.model import EvidenceName, Kind, Record
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING
from tuner.redaction.evidence import evidence
from tuner.redaction.redact import HIDDEN, redact
from tuner.scan import dev_plan, json_plan, layout, library
from tuner.summary.call_counts import CallTotals
from tuner.summary.read_input import ReadInput

ROOT = Path(__file__).parent.parent
HEADERS = (
    "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'{}', b'{}')])"
)
COMMIT: dict[str, Any] = {"speech_start_time": 100.0, "last_speaking_time": 101.0}
AGAIN: dict[str, Any] = {"speech_start_time": 101.9, "last_speaking_time": 103.0}


def line(message: str, level: str = "DEBUG", logger: str = "livekit.agents", **extras: Any) -> str:
    record = {"message": message, "level": level, "name": logger, **extras, "job_id": "AJ_a1"}
    return json.dumps(record | {"timestamp": "1970-01-01T00:01:41.500000+00:00"})


def turn(message: str, **fields: Any) -> str:
    return line(message, "INFO", "tuner.turns", **fields)


SHOWN_BY: dict[EvidenceName, list[str]] = {
    "false_interruptions": [line("resumed false interrupted speech", timeout=2.0)],
    "poor_network": [turn("connection quality", poor=True, problem="loss", jitter=0.01)],
    "lost_replies": [turn("interruption", outcome="lost")],
    "sync_warnings": [line("_SegmentSynchronizerImpl.resume called after close", "WARNING")],
    "vad_slow": [line("inference is slower than realtime", "WARNING", delay=0.2)],
    "openai_calls": [line(HEADERS.format("openai-processing-ms", 5000), logger="httpcore2.http11")],
    "openai_retries": [line("Retrying request to /chat/completions", "INFO", "openai._base")],
    "http_connections": [line("connect_tcp.complete return_value=1", logger="httpcore2.x")],
    "http_timeouts": [line("Encountered a timeout exception: ReadTimeout", logger="openai.x")],
    "pool_timeouts": [line("Encountered a timeout exception: PoolTimeout", logger="openai.x")],
    "false_cutoffs": [line("user turn committed", **COMMIT), line("user turn committed", **AGAIN)],
    "late_transcripts": [
        line("transcript arrives after turn has been committed. consider raising", "WARNING")
    ],
    "eot_timeouts": [line("eot prediction timed out, committing", "WARNING", timeout=1.0)],
    "llm_failures": [line("failed to generate LLM completion: x, retrying in 2s", "WARNING")],
    "tts_failures": [line("failed to synthesize speech: x, retrying in 2s", "WARNING")],
    "stt_failures": [line("failed to recognize speech: x, retrying in 2s", "WARNING")],
    "slow_flushes": [line("flush audio emitter due to slow audio generation")],
    "sessions_failed": [line("AgentSession is closing due to unrecoverable error: x", "ERROR")],
    "jobs_failed": [line("unhandled exception while running the job task", "ERROR")],
    "workers_failed": [line("worker failed", "ERROR")],
    "processes_killed": [line("process is unresponsive, killing process", "ERROR")],
    "processes_unresponsive": [line("process is unresponsive", "WARNING", delay=900.0)],
    "memory_limits": [line("process exceeded memory limit, killing process", "ERROR")],
    "memory_high": [line("process memory usage is high", "WARNING", memory_usage_mb=582.8)],
    "connections_lost": [line("failed to connect to livekit, retrying in 0s", "WARNING")],
    "slow_starts": [line("assignment for job AJ_a1 timed out", "WARNING")],
    "full_capacity": [line("worker is at full capacity, marking as unavailable", "INFO")],
    "stt_tts_dropped": [line("Error in _run", "ERROR", "livekit.plugins.deepgram")],
    "realtime_timeouts": [line("failed to generate a reply: generate_reply timed out", "ERROR")],
    "loop_blocked": [line("event loop blocked for 301ms at x; synchronous work", "WARNING")],
    "detector_failures": [line("Error predicting end of turn", "ERROR")],
    "adaptive_off": [
        line("adaptive interruption is disabled by default in production mode", "INFO")
    ],
    "tool_errors": [line("exception occurred while executing tool", "ERROR", function="x")],
    "playback_lost": [line("rotate_segment called while previous segment is still", "WARNING")],
    "unread": ["{no record"],
    "llm_ttft": [line("LLM metrics", "INFO", ttft=0.9)],
    "tts_ttfb": [line("TTS metrics", "INFO", ttfb=0.9)],
    "end_of_turn_delay": [line("EOU metrics", "INFO", end_of_utterance_delay=1.9)],
    "transcription_delay": [line("received user transcript", transcript_delay=0.9)],
    "e2e": [turn("turn", e2e_latency=1.9)],
    "realtime_ttft": [line("RealtimeModel metrics", "INFO", ttft=0.9)],
}


def shown(lines: list[str]) -> dict[EvidenceName, list[int]]:
    chunk = Chunk("".join(text + "\n" for text in lines).encode())
    summary = careful.summarize(chunk, EVERYTHING, 1000.0)
    found = evidence([ReadInput("a.jsonl", summary)])
    return {name: [place.line for place in places] for name, places in found.items()}


@pytest.mark.parametrize("name", get_args(EvidenceName))
def test_a_log_can_show_each_evidence(name: EvidenceName) -> None:
    assert shown(SHOWN_BY[name]) == {name: [len(SHOWN_BY[name])]}


def asked_for(path: Path) -> set[str]:
    """The names that a rule's calls of `evidence` may pass; constants are looked up in it."""
    module = importlib.import_module(f"tuner.rules.{path.stem}")
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for arg in node.args[1:] if node.func.id == "evidence" else ():
                names |= values_of(arg, module)
    return names


def values_of(arg: ast.expr, module: Any) -> set[str]:
    if isinstance(arg, ast.Constant):
        return {str(arg.value)}
    if isinstance(arg, ast.Starred):
        return values_of(arg.value, module)
    assert isinstance(arg, ast.Name)
    value = getattr(module, arg.id, None)
    if value is None:  # slow_first_token: one of two stages
        return {module.STAGE, module.REALTIME}
    return {value} if isinstance(value, str) else set(value)


def test_every_evidence_that_a_rule_asks_for_can_be_shown() -> None:
    rules = sorted((ROOT / "tuner/rules").glob("*.py"))
    names = set().union(
        *map(asked_for, (path for path in rules if path.stem not in ("answers", "judging")))
    )
    assert names
    assert names <= set(get_args(EvidenceName))


def test_every_kind_has_one_row() -> None:
    assert [row.kind for row in LINES] == list(BY_KIND)
    assert set(BY_KIND) == set(get_args(Kind))


def test_every_beginning_of_a_line_passes_redaction_whole() -> None:
    for row in LINES:
        for spelling in row.spellings:
            logger = spelling.loggers[0] or "livekit.agents"
            text = redact(line(spelling.starts, spelling.level, logger), 1000)
            assert spelling.starts.strip() in text
            assert HIDDEN not in text


def test_evidence_keeps_its_message_where_the_time_stands_behind_it() -> None:
    record = {"timeout": "2.0", "event": "resumed false interrupted speech", "level": "debug"}
    record |= {"logger": "livekit.agents", "timestamp": "2026-11-20T09:36:12Z"}
    text = redact(json.dumps(record))
    assert "livekit.agents resumed false interrupted speech timeout=2.0" in text


def test_a_field_can_be_named_otherwise_and_in_another_unit() -> None:
    row = BY_KIND["llm_metrics"]
    node = row.spellings[0]._replace(renamed=(Renamed("ttftMs", "ttft", 0.001),))
    body = b'{"ttftMs": 250, "model_name": "m"}'
    record = Record("LLM metrics", "INFO", "livekit.agents", body=body)
    fields = events._fields(record, events._reading(row, node))
    assert fields == {"ttft": 0.25, "model_name": "m"}


def test_every_figure_is_one_of_a_call() -> None:
    assert set(get_args(CallFigure)) <= set(CallTotals.__struct_fields__)


def test_each_row_fits_into_what_the_scan_is_given() -> None:
    for plan in (json_plan(), dev_plan()):
        assert len(plan.rows) <= layout.MOST_ROWS
        assert len(plan.kinds) <= layout.MOST_KINDS
        assert len(plan.fields) <= layout.MOST_FIELDS
        assert len(plan.latencies) <= layout.MOST_LATENCIES
        assert len(plan.sums) <= layout.MOST_SUMS
        assert len(plan.figures) <= layout.MOST_FIGURES
        assert max(plan.notes.values()) < layout.MOST_NOTES
        assert all(len(row.starts) <= layout.STARTS_BYTES for row in plan.rows)
        assert all(len(row.measures) <= layout.MOST_MEASURES for row in plan.rows)


# --- drift ---------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package in a folder of its own."""
    shutil.copytree(
        ROOT / "tuner", tmp_path / "tuner", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_two_swapped_members_of_a_struct_are_an_error(copy: Path) -> None:
    before = '("places_n", c_int32),\n        ("answers_n", c_int32),'
    after = '("answers_n", c_int32),\n        ("places_n", c_int32),'
    change(copy / "tuner/scan/layout.py", before, after)
    done = run(copy, "from tuner import scan; scan.ready()")
    assert "scan.h and layout.py disagree about Scan.answers_n, Scan.places_n" in done.stderr


def test_two_swapped_names_are_an_error(copy: Path) -> None:
    change(copy / "tuner/scan/layout.py", '"JOB", "ROOM"', '"ROOM", "JOB"')
    done = run(copy, "from tuner import scan; scan.ready()")
    assert "scan.h and layout.py disagree about JOB, ROOM" in done.stderr


def test_the_library_agrees_with_these_sources() -> None:
    library.library.cache_clear()
    assert library.ready()


def test_two_swapped_rows_change_nothing(copy: Path) -> None:
    path = copy / "tuner/lines/catalogue/metrics.py"
    source = path.read_text()
    rows = source.split("    LogLine(\n")
    rows[1], rows[2] = rows[2], rows[1]
    path.write_text("    LogLine(\n".join(rows))
    code = (
        "from pathlib import Path; from tuner.inputs.chunks import Chunk; from tuner import scan\n"
        "from tuner.reading import fast; from tuner.reading.record_filter import EVERYTHING\n"
        f"data = Path({str(ROOT / 'sample_logs/healthy-info.jsonl')!r}).read_bytes()\n"
        "s = fast.summarize(Chunk(data), EVERYTHING, 1000.0); assert scan.ready()\n"
        "print(sorted(s.counts.items()), sorted((n, sorted(h.counts.items()))"
        " for n, h in s.histograms.items()))"
    )
    swapped, as_it_is = run(copy, code), run(ROOT, code)
    assert swapped.stdout == as_it_is.stdout != ""


def test_a_dropped_figure_of_a_call_is_an_error_at_once(copy: Path) -> None:
    change(copy / "tuner/summary/call_counts.py", "    eous: int = 0\n", "")
    done = run(copy, "import tuner.summary.call_counts")
    assert "figures that a call does not have: {'eous'}" in done.stderr
