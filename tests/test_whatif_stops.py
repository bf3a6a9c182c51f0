"""The replay of sounds, on runs of the bench with the same callers under other values of a knob."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import pytest

from benchmarks.whatif_knobs import FIGURES, FOLDER, outcomes
from tuner import pipeline
from tuner.whatif import harmless
from tuner.whatif.predict import Replay
from tuner.whatif.stops import REAL
from tuner.whatif.timing import MINIMUM, THRESHOLD, TIMEOUT, timing

LOGS = sorted(FOLDER.glob("*.jsonl.gz"))


@cache
def replay(path: Path) -> Replay:
    return pipeline.replay([path])


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_the_logged_settings_give_back_the_logged_counts(path: Path) -> None:
    log = replay(path)
    found = log.predict({name: log.values[name] for name in (MINIMUM, THRESHOLD, TIMEOUT)})
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    stops = [line for line in lines if line["message"] == "interruption" and line["agent_audible"]]
    false = sum(line["outcome"] != REAL for line in stops)
    minutes = sum(call.minutes for call in log.calls)
    for name in ("false_stops_per_min", "dead_air_s_per_min"):
        assert (found[name].change, found[name].label) == (0.0, "exact")
    assert found["false_stops_per_min"].logged == pytest.approx(false / minutes)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_what_would_stop_the_agent_did(path: Path) -> None:
    """Of the sounds over an audible agent, by length and words alone."""
    log = replay(path)
    now = timing(log.values)
    sounds = [one for call in log.calls for one in call.sounds if one.audible]
    right = sum(harmless.would_stop(one, now) == one.stopped for one in sounds)
    assert right >= 0.9 * len(sounds)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_every_call_has_its_sounds_and_their_probabilities(path: Path) -> None:
    log = replay(path)
    assert all(call.sounds for call in log.calls)
    assert THRESHOLD in log.shown


def test_what_was_measured_lies_within_the_interval() -> None:
    found = list(outcomes())
    assert len(found) >= 40
    for name in FIGURES:
        mine = [one.inside for one in found if one.figure == name]
        assert sum(mine) >= 0.9 * len(mine)
    assert all(one.inside for one in found if one.label == "exact")


def test_a_longer_minimum_is_predicted_within_its_interval() -> None:
    """From 0.5 to 0.9 s and back: half of the stops go, and come again."""
    both = {"back-channelling-listener.base", "back-channelling-listener.duration09"}
    found = [one for one in outcomes() if {one.before, one.after} == both]
    assert len(found) == 4
    assert all(one.inside for one in found)
    assert max(abs(one.measured) for one in found) > 1
