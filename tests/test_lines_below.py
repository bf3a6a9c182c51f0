"""A log that is put in order: what stands below a record stays with it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import rich_screens, samples
from tests.rich_screens import VERSIONS
from tests.test_order import at_once
from tuner.execution import engine
from tuner.execution.engine import ReadOptions
from tuner.execution.units import Job
from tuner.exports.entries import ExportEntry
from tuner.exports.lines_below import LinesBelow
from tuner.summary.summary import Summary

RECORDS = [
    json.loads(line) for line in samples.data("false-interruptions.jsonl").splitlines()[2360:2540]
]


def later(times: int) -> list[dict[str, Any]]:
    """Some records again and again, each time ten minutes later and in another call."""
    out = []
    for n in range(times):
        for found in RECORDS:
            at = datetime.fromisoformat(found["timestamp"]) + timedelta(minutes=10 * n)
            ids = {key: f"{found[key]}{n}" for key in ("job_id", "room") if key in found}
            out.append({**found, **ids, "timestamp": at.isoformat(timespec="microseconds")})
    return out


def stored(records: list[dict[str, Any]], version: str) -> list[str]:
    """The lines of a screen as a store keeps them, each with the time of its record."""
    screen = rich_screens.Screen(VERSIONS[version], 90)
    lines = []
    for found in records:
        fields = {k: v for k, v in found.items() if k not in rich_screens._OWN}
        stamp = found["timestamp"][:26] + "000Z "
        lines += [stamp + row for row in screen.printed(found, fields).splitlines()]
    return lines


def read(tmp_path: Path, lines: list[str]) -> Summary:
    path = tmp_path / "input.log"
    path.write_text("\n".join(lines) + "\n")
    (found,), _ = engine.read([path], Job(), ReadOptions(1))
    return found.summary


def counted(found: Summary) -> Any:
    figures = {name: dict(h.counts) for name, h in found.histograms.items()}
    return {kind: n for kind, n in found.counts.items() if n}, found.records, figures


@pytest.mark.parametrize("times", [1, 12])
@pytest.mark.parametrize("version", ["1.3.6", "1.5.8"])
def test_the_newest_lines_of_a_screen_first(version: str, times: int, tmp_path: Path) -> None:
    lines = stored(later(times), version)
    oldest, newest = read(tmp_path, lines), read(tmp_path, lines[::-1])
    assert oldest.counts["false_interruption"] > 2
    assert counted(newest) == counted(oldest)


@pytest.mark.parametrize("times", [1, 12])
def test_a_program_whose_times_go_back_between_the_lines_of_another(
    times: int, tmp_path: Path
) -> None:
    rows = rich_screens.screen(later(times), VERSIONS["1.5.8"], 90).splitlines()
    agent = [f"agent-1 | {row}" for row in rows]
    mixed = []
    for n, line in enumerate(agent):
        at = f"2026-11-20T09:{7 * n % 60:02d}:00.120Z"
        mixed += [line, f"server-1 | {at}\tINFO\tserver\troom.go:412\tactive"]
    alone, found = read(tmp_path, agent), read(tmp_path, mixed)
    assert alone.counts["false_interruption"] > 2
    for kind in ("false_interruption", "phantom", "llm_metrics", "openai_call"):
        assert found.counts[kind] == alone.counts[kind]
    assert counted(found)[2] == counted(alone)[2]


def test_a_record_among_many_lines_that_were_taken_at_once() -> None:
    below = LinesBelow()
    lines = (b"agent-1 | x", b"web-1 | y", b"web-1 | z")
    below.take(at_once([ExportEntry(line, float(n), n + 1) for n, line in enumerate(lines, 5)]))
    entry = ExportEntry(b"agent-1 |     a: 5", None, 9)
    assert list(below.placed(entry)) == [entry._replace(time=5.0)]
    assert list(below.placed(entry)) == [entry]
