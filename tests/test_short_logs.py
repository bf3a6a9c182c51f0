"""Lines that span a moment are counted; what they come to in a minute is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.samples import report
from tuner.report import json as report_json


def line(second: float) -> str:
    own = {"message": "resumed false interrupted speech", "level": "DEBUG", "timeout": 2.0}
    same = {"name": "livekit.agents", "job_id": "AJ_x"}
    return json.dumps(own | same | {"timestamp": f"2026-11-20T09:00:{second:09.6f}+00:00"})


@pytest.mark.parametrize(("seconds", "is_known"), [(0.4, False), (4.9, False), (6.0, True)])
def test_a_rate_needs_calls_of_some_seconds(seconds: float, is_known: bool, tmp_path: Path) -> None:
    lines = [line(0), line(seconds / 2), line(seconds)]
    (tmp_path / "some.log").write_text("\n".join(lines) + "\n")
    shown = json.loads(report_json.render(report(tmp_path / "some.log")))
    found = shown["signals"]["false_interruptions"]
    assert found["count"] == 3
    assert (found.get("per_minute") is not None) is is_known
