"""Times without a year that pass New Year: January stands behind December."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tuner import pipeline
from tuner.model import Report

MESSAGES = (
    ("INFO", "received job request"),
    ("DEBUG", "user turn committed"),
    ("WARNING", "_SegmentSynchronizerImpl.resume called after close"),
    ("DEBUG", "using preemptive generation"),
    ("INFO", "session closed"),
)
BEGAN = datetime(2026, 12, 31, 23, 50)
EVE, DAY = "1972-12-31", "1973-01-01"
Layout = Callable[[datetime, str, str], str]


def syslog(at: datetime, level: str, message: str) -> str:
    return f"{at:%b} {at.day:2d} {at:%H:%M:%S} host python[4000]: {level}:livekit.agents:{message}"


def month_and_day(at: datetime, level: str, message: str) -> str:
    return f"{at:%m-%d %H:%M:%S},000 {level} [4000] livekit.agents - {message}"


def glog(at: datetime, level: str, message: str) -> str:
    return f"{level[0]}{at:%m%d %H:%M:%S.%f} 4000 agent.py:10] {message}"


LAYOUTS = (syslog, month_and_day, glog)


def lines(layout: Layout, began: datetime, apart: timedelta, n: int = 100) -> list[str]:
    return [layout(began + k * apart, *MESSAGES[k % len(MESSAGES)]) for k in range(n)]


def analyzed(folder: Path, written: list[str]) -> Report:
    log = folder / "agent.log"
    log.write_text("\n".join(written) + "\n")
    return pipeline.analyze([log], environ={})


def span(report: Report) -> list[str]:
    from tuner.lines.timestamps import iso

    (found,) = report.inputs
    return [str(iso(time))[:16] for time in (found.first, found.last)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("newest_first", [False, True])
def test_new_year_within_the_beginning(layout: Layout, newest_first: bool, tmp_path: Path) -> None:
    written = lines(layout, BEGAN, timedelta(seconds=20))
    report = analyzed(tmp_path, written[::-1] if newest_first else written)
    assert span(report) == [f"{EVE}T23:50", f"{DAY}T00:23"]
    if layout is not glog:
        assert report.exposure.minutes == pytest.approx(33.0, abs=0.4)
    assert ("put in order of time" in report.inputs[0].wrappers) is newest_first


@pytest.mark.parametrize("layout", LAYOUTS)
def test_new_year_far_behind_the_beginning(layout: Layout, tmp_path: Path) -> None:
    written = lines(layout, BEGAN - timedelta(days=2), timedelta(seconds=40), 6000)
    report = analyzed(tmp_path, written)
    assert span(report) == ["1972-12-29T23:50", "1973-01-01T18:29"]
    assert "put in order of time" not in report.inputs[0].wrappers


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_year_that_is_not_passed_stays_one(
    layout: Layout, newest_first: bool, tmp_path: Path
) -> None:
    """From January to December, by days."""
    written = lines(layout, datetime(2026, 1, 2), timedelta(days=3, minutes=1), 120)
    report = analyzed(tmp_path, written[::-1] if newest_first else written)
    assert [each[:10] for each in span(report)] == ["1972-01-02", "1972-12-25"]
