"""A replay of the delay against runs of this project's own bench: tests/whatif/README.md."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from benchmarks.whatif import predictions
from tuner import pipeline
from tuner.whatif.predict import Replay
from tuner.whatif.timing import DELAY, FIGURES

DATA = Path(__file__).parent / "whatif"
MEASURED = json.loads((DATA / "measured.json").read_text())
LOGS = sorted(DATA.glob("*.jsonl.gz"))


@cache
def replay(path: Path) -> Replay:
    return pipeline.replay([path])


def test_there_are_ten_logs() -> None:
    assert len(LOGS) == 10


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_the_logged_setting_gives_back_the_logged_counts(path: Path) -> None:
    log = replay(path)
    found = log.predict(log.values)
    cut = sum(one.cut for call in log.calls for one in call.silences)
    assert found["cut_offs_per_turn"].value == pytest.approx(cut / log.turns)
    audio = sorted(one.audio for call in log.calls for one in call.answers)
    middle = (audio[(len(audio) - 1) // 2] + audio[len(audio) // 2]) / 2
    assert found["wait_p50_s"].value == pytest.approx(middle)
    for name in FIGURES:
        assert (found[name].change, found[name].low, found[name].high) == (0, 0, 0)
        assert found[name].label == "exact"


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_counts_are_those_of_the_lines(path: Path) -> None:
    """Read off the log by hand: turns that were not resumed are whole ones."""
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    turns = [line for line in lines if line["message"] == "turn"]
    resumed = sum(turn["resumed_after_commit"] for turn in turns)
    pauses = sum(len(turn["pauses"]) for turn in turns)
    log = replay(path)
    cut = sum(one.cut for call in log.calls for one in call.silences)
    assert resumed <= cut <= resumed + 2
    assert log.turns == len(turns) - cut
    assert sum(not one.cut for call in log.calls for one in call.silences) == pauses


def test_predictions_hold_what_callers_heard() -> None:
    hits = Counter(
        {
            figure: sum(one.inside for one in predictions(DATA) if one.figure == figure)
            for figure in ("cut_offs_per_turn", "wait_p50_s")
        }
    )
    assert hits["cut_offs_per_turn"] >= 37
    assert hits["wait_p50_s"] >= 37


def test_none_that_is_called_exact_misses() -> None:
    assert not [one for one in predictions(DATA) if one.label == "exact" and not one.inside]


def test_a_longer_delay_never_adds_cut_offs() -> None:
    for path in LOGS:
        log = replay(path)
        values = [
            log.predict({DELAY: delay})["cut_offs_per_turn"].value for delay in (0.5, 0.8, 1.2, 1.6)
        ]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=True)


def test_other_layouts_of_the_same_lines_give_the_same_answer(tmp_path: Path) -> None:
    """Docker's wrapper, and debug lines in between that are no turn log."""
    path = DATA / "slow-thinker.d05.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    wrapped = tmp_path / "docker.log"
    with wrapped.open("w") as file:
        for line in lines:
            stamp = "2026-11-25T22:35:00.000000001Z"
            file.write(json.dumps({"log": line + "\n", "stream": "stdout", "time": stamp}) + "\n")
    expected, found = replay(path), pipeline.replay([wrapped])
    assert found.calls == expected.calls
    assert found.values == expected.values
