"""Where many lines were not understood, what they may hold is in no count and makes no zero."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import export_shapes, samples
from tuner import pipeline
from tuner.inputs.chunks import MAX_LINE
from tuner.model import Report

LINES = samples.data("false-interruptions.jsonl").splitlines()
RECORDS = [json.loads(line) for line in LINES]
HALF = len(LINES) // 2
"""Behind it stand all synchroniser warnings, before it 7 of 27 false interruptions."""


def report(folder: Path, data: bytes) -> Report:
    path = folder / "log"
    path.write_bytes(data)
    return pipeline.analyze([path], environ={})


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("logcli", "elastic_lines"),
        ("logcli", "loki_lines"),
        ("event_stream", "insights_csv"),
        ("gcloud_yaml_text", "elastic_lines"),
    ],
)
def test_an_export_behind_another_makes_no_zero(above: str, below: str, tmp_path: Path) -> None:
    first = export_shapes.SHAPES[above](RECORDS[:HALF])
    found = report(tmp_path, first + export_shapes.SHAPES[below](RECORDS[HALF:]))
    seen = found.signals["false_interruptions"]
    assert (seen.count, seen.observable) == (7, "partly")
    assert "lines could not be read, and may hold more of it" in (seen.why or "")
    hidden = found.signals["sync_warnings"]
    assert (hidden.count, hidden.observable) == (None, "no")
    assert "lines could not be read, and may hold it" in (hidden.why or "")


def test_one_long_line_may_hold_half_a_log(tmp_path: Path) -> None:
    whole = b'{"data": [' + b",".join(LINES[HALF:-900]).replace(b"message", b"said") + b"]}\n"
    assert len(whole) < MAX_LINE
    found = report(tmp_path, b"\n".join(LINES[:HALF]) + b"\n" + whole)
    assert sum(found.inputs[0].unread.values()) == 1
    assert found.signals["sync_warnings"].observable == "no"


@pytest.mark.parametrize(
    ("printed", "times"),
    [
        (b"Customer has 3 orders", HALF),
        (b'{"orders": 3, "customer": "yes"}', HALF // 20),
    ],
    ids=["many texts", "some objects"],
)
def test_what_an_app_prints_hides_nothing(printed: bytes, times: int, tmp_path: Path) -> None:
    lines = LINES[:HALF]
    for n in range(times):
        lines.insert((7 * n) % len(lines), printed)
    signals = report(tmp_path, b"\n".join(lines) + b"\n").signals
    found = signals["false_interruptions"], signals["sync_warnings"]
    assert [(one.count, one.observable) for one in found] == [(7, "yes"), (0, "yes")]
