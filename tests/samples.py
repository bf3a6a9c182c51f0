"""The sample logs as data: their paths, bytes and truth."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from tuner import pipeline
from tuner.model import Report

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "sample_logs"
TRUTH: dict[str, dict[str, Any]] = json.loads((FOLDER / "truth.json").read_text())
NAMES = tuple(TRUTH)


def data(name: str) -> bytes:
    """The log's bytes, unpacked."""
    raw = (FOLDER / name).read_bytes()
    return gzip.decompress(raw) if name.endswith(".gz") else raw


def two_calls() -> list[bytes]:
    """The first half of two calls, logged at once: few lines with cut-offs, false interruptions
    and responses of every endpoint."""
    lines = data("cut-offs.jsonl.gz").splitlines()
    calls = [
        [line for line in lines if job in line] for job in (b"AJ_tzratf0000", b"AJ_thwhum0005")
    ]
    kept = {line for call in calls for line in call[: len(call) // 2]}
    return [line for line in lines if line in kept]


def report(*paths: Path | str) -> Report:
    return pipeline.analyze(list(paths), environ={})


def headline(report: Report) -> dict[str, Any]:
    """The counts that must survive any shipping of a log."""
    signals = report.signals
    calls = signals["openai_calls"]
    return {
        "false interruptions": signals["false_interruptions"].count,
        "sync warnings": signals["sync_warnings"].count,
        "openai calls": calls.count,
        "slow": calls.more.get("slow"),
        "processing": calls.more.get("processing_ms"),
        "by endpoint": calls.more.get("by_endpoint"),
        "cut-offs": signals["false_cutoffs"].count,
        "calls": report.exposure.calls,
        "turns": report.exposure.turns,
        "ttft": report.latency["llm_ttft"].p90,
        "end of turn": report.latency["end_of_turn_delay"].p50,
    }


@cache  # a log is shipped in many ways, and each is compared with it
def shown(name: str) -> dict[str, Any]:
    """The same of a sample log as it is."""
    return headline(report(FOLDER / name))


def expected(name: str) -> dict[str, Any]:
    """What truth.json says that the log shows; None where the log could not show it."""
    truth = TRUTH[name]
    livekit = truth["calls"] is not None
    debug = livekit and "info" not in name
    openai = truth["openai_responses_in_log"] > 0
    return {
        "false interruptions": truth["false_interruptions_in_log"] if debug else None,
        "sync warnings": truth["sync_warnings"] if livekit else None,
        "openai calls": truth["openai_responses_in_log"] if openai else None,
        "slow": truth["openai_over_1000_ms"] if openai else None,
        "calls": truth["calls"],
    }
