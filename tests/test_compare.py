from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.compare_power import Callers, calls, verdicts
from tuner import pipeline
from tuner.cli.main import run
from tuner.report import compared
from tuner.report.compared import Compared
from tuner.whatif.calls import LoggedRow
from tuner.whatif.compare import (
    COST,
    MEASURES,
    MeasuredDifference,
    Verdict,
    _Chance,
    _difference,
    compare,
    overall,
)
from tuner.whatif.groups import two_groups
from tuner.whatif.pairs import pairs

DATA = Path(__file__).parent / "whatif"
LOG = str(DATA / "slow-thinker.d05.jsonl.gz")
LATER = str(DATA / "slow-thinker.d10.jsonl.gz")
QUICK = str(DATA / "slow-thinker.d03.jsonl.gz")
SLOW = str(DATA / "quiet-office.d15.jsonl.gz")


@pytest.mark.parametrize("paired", [False, True], ids=["other callers", "the same callers"])
def test_without_a_change_it_errs_in_at_most_5_percent(paired: bool) -> None:
    counts = verdicts(200, 20, Callers(), paired=paired)
    assert counts["better"] + counts["worse"] <= 10


def test_a_change_of_known_size_is_seen() -> None:
    assert verdicts(20, 60, Callers(cut_offs=0.05))["better"] >= 18
    assert verdicts(20, 60, Callers(wait_s=1.8))["worse"] >= 18


def test_the_same_callers_show_a_smaller_change() -> None:
    change = Callers(wait_s=1.25)
    counts = [verdicts(20, 20, change, paired=paired)["better"] for paired in (False, True)]
    assert counts[1] > counts[0] + 3


def test_a_log_equals_itself() -> None:
    some = calls(20, Callers(), np.random.default_rng(1))
    found = compare(some, some)
    assert overall(found) == "cannot tell"
    assert all(one.before == one.after for one in found)


@pytest.mark.parametrize("paired", [False, True])
def test_what_is_left_to_chance_is_the_same_whichever_figures_are_asked_for(paired: bool) -> None:
    some, others = (
        calls(20, one, np.random.default_rng(1)) for one in (Callers(), Callers(cut_offs=0.05))
    )
    chances = (_Chance(20, 20, paired) for _ in MEASURES)
    alone = [
        _difference(measure, some, others, chance)
        for measure, chance in zip(MEASURES, chances, strict=True)
    ]
    assert "better" in {one.verdict for one in alone}
    assert compare(some, others, paired=paired)[: len(MEASURES)] == tuple(alone)


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


SLOWER = str(DATA / "slow-thinker.d15.jsonl.gz")
"""Callers who pause: nobody is cut off any more, and everybody waits longer."""


def test_what_is_gained_may_outweigh_what_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """Else both directions of one change would be rolled back."""
    assert run(["compare", LOG, SLOWER, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    verdicts = {one["name"]: one["verdict"] for one in document["figures"]}
    assert verdicts["cut_offs_per_turn"] == verdicts["cost_s_per_turn"] == "better"
    assert verdicts["wait_p50_s"] == "worse"
    assert document["verdict"] == "better"
    assert run(["compare", SLOWER, LOG]) == 1
    shown = capsys.readouterr().out
    assert "worse: roll the change back (cut-offs a turn, cost of a turn, s)" in shown
    assert "The cost counts 4 s for a cut-off" in " ".join(shown.split())


def test_a_gain_that_may_not_outweigh_the_loss_is_worse() -> None:
    def figure(name: str, verdict: Verdict) -> MeasuredDifference:
        return MeasuredDifference(name, name, 1.0, 1.0, 0.0, 0.0, verdict)

    mixed = [figure("cut_offs_per_turn", "better"), figure("wait_p50_s", "worse")]
    assert overall([*mixed, figure(COST, "cannot tell")]) == "worse"
    assert overall([*mixed, figure(COST, "better")]) == "better"


def test_one_log_given_twice_is_named_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", LOG, LOG]) == 0
    assert "every call is the same on both sides" in capsys.readouterr().out


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


# --- groups of one log ---------------------------------------------------------------------------


def test_two_profiles_of_one_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", LOG, LATER, "--by", "profile"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("before: d05\nafter: d10\n")
    assert "better: keep the change" in shown
    assert "each is compared with itself" in shown


def test_names_choose_the_groups_and_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--by", "profile", "--before", "d10", "--after", "d05", "--json"]
    assert run(["compare", LOG, LATER, QUICK, *arguments]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["before"]["group"], document["after"]["group"]) == ("d10", "d05")
    assert document["settings_changed"] == {"MIN_ENDPOINTING_DELAY": ["1.0", "0.5"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([LOG], "1 log given"),
        ([LOG, LATER, QUICK], "3 logs given"),
        ([LOG, LATER, "--before", "d05"], "Add --by"),
        ([LOG, "--by", "profile"], "only one group"),
        ([LOG, "--by", "version"], "only one group"),
        ([LOG, LATER, QUICK, "--by", "profile"], "choose two of: d03, d05, d10"),
        ([LOG, LATER, "--by", "profile", "--before", "d5", "--after", "d10"], "did you mean d05"),
        ([LOG, LATER, "--by", "profile", "--before", "d05"], "--after: is missing"),
    ],
)
def test_groups_that_are_not_clear_are_an_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert not shown.out


def test_a_log_that_is_too_long_is_not_compared_in_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tuner.pipeline.turn_logs.MOST_ROWS", 100)
    assert run(["compare", LOG, LATER]) == 2
    assert "more than 100 events" in capsys.readouterr().err


def started(call: str, time: float, profile: str = "a", room: str = "") -> LoggedRow:
    fields = {"profile": profile, "versions": {"livekit-agents": "1.8.9"}}
    return LoggedRow(call, time, "session_started", fields, room)


DAY = 86400.0


def test_the_last_day_is_compared_with_all_before_it() -> None:
    rows = [started(f"job:{day}", day * DAY) for day in (3, 1, 2)]
    found = two_groups(rows, "day")
    assert [row.call for row in found.before] == ["job:1", "job:2"]
    assert [row.call for row in found.after] == ["job:3"]
    assert found.names == ("1970-01-02 to 1970-01-03", "1970-01-04")


def test_rooms_that_differ_in_a_number_are_one_group() -> None:
    names = ("variant-a-17", "variant-a-1b2f", "variant-b-99", "variant-b_4")
    rows = [started(f"job:{at}", 1.0 + at, room=name) for at, name in enumerate(names)]
    found = two_groups(rows, "room")
    assert [row.call for row in found.before] == ["job:0", "job:1"]
    assert [row.call for row in found.after] == ["job:2", "job:3"]


def test_a_number_to_call_is_not_shown() -> None:
    rows = [started("job:1", 1.0, room="sip-+4915112345678"), started("job:2", 2.0, room="Miller")]
    names = two_groups(rows, "room").names
    assert "49151" not in names[0]
    assert "Miller" not in names[1]
    mine = two_groups(rows, "room", before="Miller", after="sip")
    assert [row.call for row in mine.before] == ["job:2"]


def test_what_else_changed_is_listed() -> None:
    change = {"settings": {"LLM_MODEL": ("a", "b")}, "versions": {"openai": ("1.0", "2.0")}}
    some = calls(20, Callers(), np.random.default_rng(1))
    shown = compared.text(Compared(some, some, **change, differences=compare(some, some)))  # type: ignore[arg-type]
    assert "LLM_MODEL a -> b\nopenai 1.0 -> 2.0\nMore than one thing changed" in shown


def test_calls_match_by_their_id_without_the_name_of_the_run() -> None:
    some = calls(10, Callers(), np.random.default_rng(1))
    old, new = (
        [one._replace(key=f"job:AJ_quiet.{run}.{at}") for at, one in enumerate(some)]
        for run in ("a", "b")
    )
    assert pairs(old, new) is None
    found = pairs(old, new[::-1][1:], ("a", "b"))
    assert found is not None
    assert [one.key[-1] for one in found[0]] == [one.key[-1] for one in found[1]]
    assert len(found[0]) == 9
    assert pairs(old, new[:7], ("a", "b")) is None
    by_process = [one._replace(key=f"pid:{at}") for at, one in enumerate(some)]
    assert pairs(by_process, by_process) is None


PIPECAT = Path(__file__).parent / "specimens" / "pipecat-default-format.log"
STAMP = re.compile(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
EPOCH = re.compile(r"(?<![\d.])1[67]\d{8}\.\d+")


def calls_of_pipecat(path: Path, calls: int) -> str:
    """A log of so many calls, one every seven minutes."""
    path.write_text("".join(pipecat_later(timedelta(minutes=7 * n)) for n in range(calls)))
    return str(path)


def pipecat_later(later: timedelta) -> str:
    def dated(at: re.Match[str]) -> str:
        return f"{datetime.fromisoformat(at[0]) + later}"[:23]

    def moved(at: re.Match[str]) -> str:
        return repr(float(at[0]) + later.total_seconds())

    return EPOCH.sub(moved, STAMP.sub(dated, PIPECAT.read_text()))


def test_a_log_that_cannot_show_false_stops_is_not_better_for_having_none(tmp_path: Path) -> None:
    """Pipecat never resumes: it has none, whatever its callers do."""
    log = calls_of_pipecat(tmp_path / "a.log", 12)
    found = pipeline.compare([LOG], [log])
    shown = {one.name: (one.before, one.after, one.verdict) for one in found.differences}
    for name in ("false_stops_per_min", "dead_air_s_per_min"):
        before, after, verdict = shown[name]
        assert before is not None
        assert (after, verdict) == (None, "cannot tell")
    assert "cost_s_per_turn" not in shown or shown["cost_s_per_turn"][1] is None
    replay = pipeline.replay([log], current="balanced", environ={})
    figures = replay.predict({"MIN_INTERRUPTION_DURATION": 0.7})
    assert figures["false_stops_per_min"].logged is None
    assert figures["dead_air_s_per_min"].logged is None
