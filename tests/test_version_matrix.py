"""One conversation, logged by every minor version in every layout, shipped in every way.

The texts and `truth.json` are made by `tools.version_logs`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tuner
from tests.version_shipping import WAYS
from tuner.model import Latency, Report, Signal

FOLDER = Path(__file__).parent / "version_logs"
TRUTH: dict[str, dict[str, Any]] = json.loads((FOLDER / "truth.json").read_text())


def count(signal: Signal, key: str = "") -> int | None:
    """The signal's count or another of its figures; None only where it was not observable."""
    assert (signal.count is None) == (signal.observable == "no")
    return signal.more[key] if key and signal.count is not None else signal.count


def latency(found: Latency) -> dict[str, Any]:
    """How many and the largest; metrics are logged with two decimals."""
    assert (found.observable == "no") == (found.n == 0)
    return {"n": found.n, "max": pytest.approx(found.max, abs=0.01)}


def figures(report: Report, truth: dict[str, Any]) -> dict[str, Any]:
    """What the report says of everything that the truth names."""
    return {
        "calls": report.exposure.calls,
        "signals": {name: count(report.signals[name]) for name in truth["signals"]},
        "phantom": count(report.signals["false_interruptions"], "phantom"),
        "slow_openai_calls": count(report.signals["openai_calls"], "slow"),
        "latency": {name: latency(report.latency[name]) for name in truth["latency"]},
    }


@pytest.mark.parametrize("name", TRUTH)
def test_counts_and_observability(name: str, tmp_path: Path) -> None:
    """A cell of the matrix for each way, all of which are tried and told when one differs."""
    log, cells = (FOLDER / name).read_bytes(), {}
    for number, (way, wrap) in enumerate(WAYS.items()):
        shipped = tmp_path / f"shipped-{number}"
        shipped.write_bytes(wrap(log))
        cells[way] = figures(tuner.analyze([shipped], environ={}, jobs=1), TRUTH[name])
    assert cells == dict.fromkeys(WAYS, TRUTH[name])
