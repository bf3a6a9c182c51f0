"""Pipelines that make texts of all values: the figures are those of the log they were made of."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import tuner
from tuner.model import Report

ROOT = Path(__file__).parent.parent
LOGS = (
    "sample_logs/healthy-info.jsonl",
    "sample_logs/cut-offs.jsonl.gz",
    "sample_logs/bench/noisy-street.balanced.turns.jsonl",
    "sample_logs/bench/slow-thinker.realtime.turns.jsonl",
)
KEPT = ("pid",)


def lines(log: str) -> list[bytes]:
    raw = (ROOT / log).read_bytes()
    return (gzip.decompress(raw) if log.endswith(".gz") else raw).splitlines(keepends=True)


def as_texts(line: bytes) -> bytes:
    """The record with a text for every number, and for true and false."""
    record = json.loads(line)
    texts = {key: as_text(value) for key, value in record.items() if key not in KEPT}
    return json.dumps({**record, **texts}).encode() + b"\n"


def as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) else value


def figures(report: Report) -> dict[str, Any]:
    return {
        "signals": {name: one.count for name, one in report.signals.items()},
        "latency": {name: (one.n, one.p50, one.p99) for name, one in report.latency.items()},
        "exposure": report.exposure,
        "verdict": report.recommendation.verdict,
    }


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("copies", [1, 12], ids=["small", "scanned"])
def test_texts_for_numbers_count_as_numbers(log: str, copies: int, tmp_path: Path) -> None:
    own, texts = tmp_path / "own.jsonl", tmp_path / "texts.jsonl"
    own.write_bytes(b"".join(lines(log)) * copies)
    texts.write_bytes(b"".join(map(as_texts, lines(log))) * copies)
    wanted, found = (figures(tuner.analyze([str(path)])) for path in (own, texts))
    assert found == wanted
    assert any(one for one in wanted["signals"].values())


@pytest.mark.parametrize("value", ["1_0", "nan", "", "0.35 s", "٣", "1e400"])
def test_a_text_that_is_no_plain_number_is_no_figure(value: str, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    record = json.loads(next(one for one in lines(LOGS[0]) if b'"LLM metrics"' in one))
    log.write_text(json.dumps({**record, "ttft": value}))
    assert tuner.analyze([str(log)]).latency["llm_ttft"].n == 0
    log.write_text(json.dumps({**record, "ttft": "0.35"}))
    assert tuner.analyze([str(log)]).latency["llm_ttft"].n == 1
