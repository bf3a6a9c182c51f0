"""Lines whose times are of whole seconds, as a formatter with a date format of its own writes them:
the cut-offs are those of the log in microseconds, and no delay is measured from such times."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.test_fast import both
from tuner import pipeline
from tuner.model import Report

LOG = "cut-offs.jsonl.gz"
_HEAD = ("message", "level", "name", "timestamp")


def basic(told: dict[str, Any], time: str) -> str:
    beside = {key: value for key, value in told.items() if key not in _HEAD}
    return f"{time} - {told['name']} - {told['level']} - {told['message']} {json.dumps(beside)}"


def levels_first(told: dict[str, Any], time: str) -> str:
    beside = {key: value for key, value in told.items() if key not in _HEAD}
    return f"[{told['level']}] {time} {told['name']}: {told['message']} {json.dumps(beside)}"


def as_json(told: dict[str, Any], time: str) -> str:
    return json.dumps(told | {"timestamp": f"{time}+00:00"})


Write = Callable[[dict[str, Any], str], str]
WAYS: dict[str, Write] = {"basic": basic, "level first": levels_first, "JSON": as_json}


def log(write: Write, form: str = "%Y-%m-%d %H:%M:%S", without: str = "\0") -> bytes:
    """The sample's lines, but for messages with such a text, with times of that form."""
    told = [json.loads(line) for line in samples.data(LOG).splitlines()]
    kept = [each for each in told if without not in each["message"]]
    times = [datetime.fromisoformat(each["timestamp"]).strftime(form) for each in kept]
    return "".join(write(*each) + "\n" for each in zip(kept, times, strict=True)).encode()


def analyzed(folder: Path, data: bytes) -> Report:
    path = folder / "a.log"
    path.write_bytes(data)
    return samples.report(path)


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_cut_offs_are_those_of_the_whole_times(write: Write, tmp_path: Path) -> None:
    report, whole = analyzed(tmp_path, log(write)), samples.report(samples.FOLDER / LOG)
    assert samples.headline(report) == samples.headline(whole)
    later, expected = (each.signals["false_cutoffs"].more["later"] for each in (report, whole))
    assert later == expected
    assert not [note for note in report.notes if "set aside" in note]


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_the_scan_judges_them_as_they_are_judged_line_by_line(write: Write) -> None:
    quick, by_python = both(log(write))
    assert quick == by_python


def test_no_delay_is_measured_from_whole_seconds(tmp_path: Path) -> None:
    coarse = analyzed(tmp_path, log(basic, without="etrics")).latency["end_of_turn_delay"]
    assert (coarse.n, coarse.observable) == (0, "no")
    assert "in whole seconds" in str(coarse.why)
    fine = analyzed(tmp_path, log(basic, "%Y-%m-%d %H:%M:%S.%f", "etrics"))
    assert fine.latency["end_of_turn_delay"].n == fine.exposure.turns


def test_on_a_timeline_no_turn_closes_before_it_ends(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(log(basic))
    calls = pipeline.calls([tmp_path / "a.log"]).calls
    turns = [
        turn
        for timeline in pipeline.timelines([tmp_path / "a.log"], [call.id for call in calls])
        for turn in timeline.turns
    ]
    assert turns
    assert all((turn.committed or 0) >= (turn.stopped or 0) for turn in turns)
