"""Turns whose line was cut off before the ids of its call: counted once, and judged only where the
log has one call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import samples
from tests.test_posted_logs import analyzed
from tests.test_second_prints import dev
from tuner.model import Report

RECORDS = [json.loads(line) for line in samples.two_calls()]
IDS = ("job_id", "room", "pid", "room_id")


def text(calls: int) -> str:
    """Dev text of so many calls, cut where the ids of a commit begin."""
    jobs = sorted({r["job_id"] for r in RECORDS if r.get("job_id")})[:calls]
    kept = [r for r in RECORDS if r.get("job_id") in jobs and r["name"] == "livekit.agents"]
    lines = []
    for record in kept:
        fields = {key: value for key, value in record.items() if key not in IDS}
        is_commit = record["message"] == "user turn committed"
        lines.append(dev(fields).rstrip("}") + ', "jo' if is_commit else dev(record))
    return "\n".join(lines) + "\n"


def whole(calls: int) -> str:
    return text(calls).replace(', "jo\n', "}\n")


@pytest.mark.parametrize("calls", [1, 2])
def test_a_turn_counts_once(calls: int, tmp_path: Path) -> None:
    found = analyzed(tmp_path, text(calls))
    assert found.exposure.calls == calls
    ends = sum(m in text(calls) for m in ("EOU metrics",)) and text(calls).count("EOU metrics")
    assert found.exposure.turns == ends > 2
    assert found.latency["end_of_turn_delay"].n == ends


def of_cut_offs(report: Report) -> tuple[int | None, str]:
    return report.signals["false_cutoffs"].count, report.signals["false_cutoffs"].observable


def test_cut_offs_are_judged_in_one_call_only(tmp_path: Path) -> None:
    count, seen = of_cut_offs(analyzed(tmp_path, text(1)))
    assert count is not None and seen == "partly"
    assert of_cut_offs(analyzed(tmp_path, text(2))) == (None, "no")
    why = analyzed(tmp_path, text(2)).signals["false_cutoffs"].why
    assert why and "ends of turns name no call" in why
