"""The logs that `tuner bench` made: their reports, held to what was truly heard and answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tuner.model import Report
from tuner.report import json as report_json
from tuner.report import text as report_text

FOLDER = samples.FOLDER / "bench"
TRUTH: dict[str, dict[str, Any]] = json.loads((FOLDER / "truth.json").read_text())
GOLDEN = Path(__file__).parent / "golden_bench"


def counts(report: Report) -> dict[str, int | None]:
    """What the analyzer says of each thing that the truth tells of."""
    stops, openai = report.signals["false_interruptions"], report.signals["openai_calls"]
    phantom = int(stops.more.get("phantom") or 0)
    return {
        "calls": report.exposure.calls,
        "turns": report.exposure.turns,
        "false interruptions": None if stops.count is None else stops.count - phantom,
        "OpenAI responses": openai.count,
        "slow OpenAI responses": openai.more.get("slow"),
    }


def test_every_log_has_its_truth() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*TRUTH, "truth.json"}


@pytest.mark.parametrize("name", TRUTH)
def test_counts_equal_truth(name: str) -> None:
    found = counts(samples.report(FOLDER / name))
    for what, true in TRUTH[name]["counts"].items():
        if true is None:
            assert found[what] is None, what
        else:
            low, high = true if isinstance(true, list) else (true, true)
            number = found[what]
            assert number is not None, what
            assert low <= number <= high, what


@pytest.mark.parametrize("name", TRUTH)
def test_every_line_is_understood(name: str) -> None:
    (info,) = samples.report(FOLDER / name).inputs
    assert info.understood == info.lines > 0
    assert not info.unread


@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.parametrize("kind", ["txt", "json"])
def test_golden_report(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    report = samples.report(Path("sample_logs") / "bench" / name)
    found = report_text.render(report) if kind == "txt" else report_json.render(report) + "\n"
    golden = GOLDEN / f"{name}.{kind}"
    if request.config.getoption("--rewrite-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found)
    assert found == golden.read_text()
    assert "INSTRUCTIONS" not in report_text.render(report)
