"""A store that exports times of a zone without naming it moves no cut-off and no delay."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.test_fast import both
from tests.test_whole_seconds import LOG, analyzed

HOURS = (-4.0, 2.0, 5.75)
"""New York, Berlin and Kathmandu in summer."""


def moved(hours: float, without: str = "etrics") -> bytes:
    """The sample as JSON, its times that much later and still called UTC, without its metrics."""
    told = [json.loads(line) for line in samples.data(LOG).splitlines()]
    kept = [each for each in told if without not in each["message"]]
    return "".join(
        json.dumps(each | {"timestamp": later(each, hours)}) + "\n" for each in kept
    ).encode()


def later(record: dict[str, Any], hours: float) -> str:
    moment = datetime.fromisoformat(record["timestamp"]) + timedelta(hours=hours)
    return moment.isoformat(timespec="microseconds")


@pytest.mark.parametrize("hours", HOURS)
def test_delays_and_cut_offs_are_those_in_utc(hours: float, tmp_path: Path) -> None:
    found, true = analyzed(tmp_path, moved(hours)), analyzed(tmp_path, moved(0.0))
    for name in ("p50", "max", "n"):
        mine = getattr(found.latency["end_of_turn_delay"], name)
        assert mine == pytest.approx(getattr(true.latency["end_of_turn_delay"], name))
    assert found.signals["false_cutoffs"] == true.signals["false_cutoffs"]
    assert not [note for note in found.notes if "set aside" in note]


@pytest.mark.parametrize("hours", HOURS)
def test_the_scan_judges_them_as_they_are_judged_line_by_line(hours: float) -> None:
    quick, by_python = both(moved(hours))
    assert quick == by_python
