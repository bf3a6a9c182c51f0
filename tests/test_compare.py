from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.compare_power import Callers, calls, verdicts
from tuner.cli.main import run
from tuner.whatif.compare import compare, overall

DATA = Path(__file__).parent / "whatif"
LOG = str(DATA / "slow-thinker.d05.jsonl.gz")
LATER = str(DATA / "slow-thinker.d10.jsonl.gz")
QUICK = str(DATA / "slow-thinker.d03.jsonl.gz")
SLOW = str(DATA / "quiet-office.d15.jsonl.gz")


def test_without_a_change_it_errs_in_at_most_5_percent() -> None:
    counts = verdicts(100, 20, Callers())
    assert counts["better"] + counts["worse"] <= 5


def test_a_change_of_known_size_is_seen() -> None:
    assert verdicts(20, 60, Callers(cut_offs=0.05))["better"] >= 18
    assert verdicts(20, 60, Callers(wait_s=1.8))["worse"] >= 18


def test_a_log_equals_itself() -> None:
    some = calls(20, Callers(), np.random.default_rng(1))
    found = compare(some, some)
    assert overall(found) == "cannot tell"
    assert all(one.before == one.after for one in found)


def test_what_nobody_measured_is_not_compared() -> None:
    bare = [call._replace(answers=()) for call in calls(20, Callers(), np.random.default_rng(1))]
    wait = next(one for one in compare(bare, bare) if one.name == "wait_p50_s")
    assert (wait.before, wait.verdict) == (None, "cannot tell")


def test_events_on_one_side_only_are_no_proof_when_they_are_few() -> None:
    some = calls(20, Callers(stops=0.0), np.random.default_rng(1))
    noisy = calls(20, Callers(stops=0.0), np.random.default_rng(2))
    stop = calls(40, Callers(stops=5.0), np.random.default_rng(3))
    (one,) = next(call.stops for call in stop if call.stops)[:1]
    noisy[0] = noisy[0]._replace(stops=(one, one))
    false = next(each for each in compare(some, noisy) if each.name == "false_stops_per_min")
    assert false.verdict == "cannot tell"


def test_better_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", LOG, LATER]) == 0
    shown = capsys.readouterr().out
    assert "better: keep the change (cut-offs a turn)" in shown
    assert "MIN_ENDPOINTING_DELAY 0.5 -> 1.0" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_worse_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", LATER, LOG, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == "worse"
    assert "roll the change back" in document["text"]
    figures = {one["name"]: one for one in document["figures"]}
    assert figures["cut_offs_per_turn"]["verdict"] == "worse"
    assert document["settings_changed"]["MIN_ENDPOINTING_DELAY"] == ["1.0", "0.5"]


def test_cannot_tell_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", QUICK, LOG]) == 0
    assert "cannot tell: more calls are needed" in capsys.readouterr().out


def test_a_longer_wait_is_worse(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", str(DATA / "quiet-office.d05.jsonl.gz"), SLOW]) == 1
    assert "worse: roll the change back (median wait, s)" in capsys.readouterr().out


def test_a_log_that_cannot_be_compared_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "plain.log"
    plain.write_text('{"message": "hello", "level": "INFO", "name": "app"}\n')
    assert run(["compare", LOG, str(plain)]) == 2
    assert "no turn of a turn log was found" in capsys.readouterr().err
