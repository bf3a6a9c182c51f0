"""A session report that an app logs among other lines is named, never passed off as understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_posted_logs import DEV, RECORDS, analyzed
from tuner.execution.units import SMALL_BYTES
from tuner.reading import reports_in_logs

REPORT = (Path(__file__).parent / "specimens/session_report.json").read_text()
COMPACT = json.dumps(json.loads(REPORT))
RECORD = json.loads(RECORDS[0])
LOGGED = {
    "alone": COMPACT,
    "behind words": f"2026-01-02 03:04:05,000 - INFO app - session report: {COMPACT}",
    "as a field": json.dumps({**RECORD, "message": "over", "report": json.loads(COMPACT)}),
    "as a text": json.dumps({**RECORD, "message": f"report {COMPACT}"}),
    "in Docker": json.dumps({"log": f"report: {COMPACT}\n", "stream": "stdout", "time": "2026"}),
}


@pytest.mark.parametrize("size", [0, SMALL_BYTES], ids=["small", "large"])
@pytest.mark.parametrize("logged", LOGGED)
@pytest.mark.parametrize("log", [DEV, RECORDS], ids=["text", "json"])
def test_a_report_in_a_log_is_named(log: list[str], logged: str, size: int, tmp_path: Path) -> None:
    lines = log * max(1, size // sum(map(len, log)) + 1)
    half = len(lines) // 2
    report = analyzed(tmp_path, "\n".join([*lines[:half], LOGGED[logged], *lines[half:]]) + "\n")
    (info,) = report.inputs
    assert info.unread == {reports_in_logs.REASON: 1}
    assert info.lines == len(lines) + 1 == info.understood + 1


def test_no_zero_is_called_one_where_most_of_a_log_is_a_report(tmp_path: Path) -> None:
    first = '2026-01-02 03:04:04,000 - INFO livekit.agents - received job {"job_id": "AJ_1"}'
    report = analyzed(tmp_path, "\n".join([first, LOGGED["behind words"]]) + "\n")
    assert {signal.observable for signal in report.signals.values()} == {"no"}


@pytest.mark.parametrize("at", [0, 1, 8191, 8192, 20_000])
def test_a_long_line_is_found_wherever_it_stands(at: int) -> None:
    data = b"x" * at + b"\n" * (at > 0) + COMPACT.encode() + b"\nrest\n"
    assert list(reports_in_logs.lines(data)) == [COMPACT.encode()]
    assert list(reports_in_logs.lines(memoryview(data))) == [COMPACT.encode()]


def test_other_long_lines_are_read() -> None:
    long = json.dumps({**RECORD, "events": [{"type": "x"}] * 9999}).encode()
    assert reports_in_logs.lines(long + b"\n" + b"a\n" * 99_999) == {}
