"""The advice on logs of this project's own bench, whose outcome under other delays was measured."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuner import pipeline
from tuner.advice.choices import PricedChoice, TurnPrice, cheapest, choices
from tuner.cli.main import run
from tuner.limits import Limits
from tuner.model import Report
from tuner.settings.candidates import candidates
from tuner.whatif.timing import DELAY, SILENCE

DATA = Path(__file__).parent / "whatif"
MEASURED = json.loads((DATA / "measured.json").read_text())
LOGS = sorted(DATA.glob("*.jsonl.gz"))
LIMITS = Limits()
FLOOR_S = 0.56
"""What the median transcript of these runs takes: no turn closes sooner."""
SEEN_S = 0.05
"""Two prices this near are the same to a caller."""


@cache
def report(path: Path) -> Report:
    return pipeline.analyze([path], environ={})


def advised(path: Path) -> dict[str, Any]:
    """The settings under the advice."""
    found = report(path)
    advice = found.recommendation
    profile = candidates({}, DATA)[advice.profile] if advice.verdict == "switch" else {}  # type: ignore[index]
    changes = {change.setting: change.to for change in advice.changes}
    return {**found.current.settings, **profile, **changes}


def waits(settings: dict[str, Any]) -> float:
    """The silence after which a turn closes at the soonest, its transcript aside."""
    return max(float(settings[DELAY]), float(settings[SILENCE]))


def cost(scenario: str, delay: float) -> float:
    """Seconds a turn that callers pay: their pauses at the shortest delay, the waits measured.

    At 0.3 s nearly every pause of theirs is in the log; waits in between are interpolated.
    """
    log = pipeline.replay([DATA / f"{scenario}.d03.jsonl.gz"])
    runs = MEASURED[scenario].values()
    waits = np.interp(delay, [one["delay_s"] for one in runs], [one["wait_p50_s"] for one in runs])
    cut = sum(pause > max(delay, FLOOR_S) for pause in log.pauses) / log.turns
    return float(cut * LIMITS.cost_false_cutoff_s + waits * LIMITS.cost_wait_s)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_no_advice_costs_callers_more_than_what_they_had(path: Path) -> None:
    scenario = path.name.split(".", maxsplit=1)[0]
    before = cost(scenario, waits(dict(report(path).current.settings)))
    assert cost(scenario, waits(advised(path))) <= before + SEEN_S


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_callers_who_pause_are_never_advised_a_delay_that_cuts_them_off(path: Path) -> None:
    if path.name.startswith("slow-thinker"):
        logged = float(report(path).current.settings[DELAY])
        assert waits(advised(path)) >= min(logged, 1.1)
        assert report(path).recommendation.profile != "fast"


@pytest.mark.parametrize("name", ["d03", "d05", "d08"])
def test_the_profile_for_callers_who_pause_is_the_advice_where_no_delay_beats_it(name: str) -> None:
    advice = report(DATA / f"slow-thinker.{name}.jsonl.gz").recommendation
    assert (advice.verdict, advice.profile) == ("switch", "patient")
    assert "later" in advice.price


def test_the_advice_converges() -> None:
    """Under the delay that is advised, no log of that caller asks for one that is far from it."""
    first = advised(DATA / "slow-thinker.d05.jsonl.gz")[DELAY]
    for name in ("d10", "d15"):
        there = advised(DATA / f"slow-thinker.{name}.jsonl.gz")[DELAY]
        assert abs(float(there) - float(first)) <= 0.31
    for path in LOGS:
        if (
            path.name.startswith("quiet-office")
            and waits(dict(report(path).current.settings)) < 1.2
        ):
            assert report(path).recommendation.verdict == "keep"
            assert not report(path).recommendation.changes


@pytest.mark.parametrize("path", sorted((DATA / "advised").glob("*.gz")), ids=lambda p: p.name)
def test_on_logs_made_under_the_advice_the_advice_is_keep(path: Path) -> None:
    """Other callers of both scenarios, under the 1.3 s that was advised for the slow thinkers."""
    advice = report(path).recommendation
    assert float(report(path).current.settings[DELAY]) == 1.3
    assert (advice.verdict, advice.changes) == ("keep", ())


def test_the_effect_of_a_delay_comes_from_the_pauses() -> None:
    changes = report(DATA / "slow-thinker.d05.jsonl.gz").recommendation.changes
    change = next(one for one in changes if one.setting == DELAY)
    assert change.effect.startswith("cut-offs a turn 0.52 → 0.0")
    assert change.label == "estimated"


# --- all candidates ------------------------------------------------------------------------------


def test_the_report_shows_the_frontier(capsys: pytest.CaptureFixture[str]) -> None:
    path = DATA / "slow-thinker.d05.jsonl.gz"
    points = report(path).frontier
    assert points[0].name == ""
    assert points[1].name == f"{DELAY}=1.3"
    assert points[1].cost_interval_s[1] < 0
    waits = sorted((point.wait_p50_s, point.cut_offs_per_turn) for point in points[1:])
    assert [cut for _, cut in waits] == sorted((cut for _, cut in waits), reverse=True)
    assert run(["analyze", str(path), "--no-color"]) == 0
    shown = capsys.readouterr().out
    assert "FRONTIER\n   in use: cut-offs a turn 0.52, median wait 1.36 s\n" in shown
    assert run(["analyze", str(path), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["frontier"][:2]
    assert (first["name"], first["cost_s"]) == ("", 0.0)
    assert second["cut_offs_interval"][0] <= second["cut_offs_per_turn"]


def test_where_nothing_was_replayed_there_is_no_frontier() -> None:
    assert report(DATA / "quiet-office.d05.jsonl.gz").frontier == ()


def priced(profile: str, value: float, high: float = -0.1, **values: float) -> PricedChoice:
    return PricedChoice(profile, values, TurnPrice(value, value - 0.5, high), {})


@pytest.mark.parametrize(
    ("candidates", "best"),
    [
        ([priced("", -1.0, A=1.0), priced("", -1.0, A=1.3)], "A=1.3"),
        ([priced("", -1.0, A=1.3), priced("mine", -1.05)], "A=1.3"),
        ([priced("", -1.0, A=1.3), priced("mine", -1.2)], "mine"),
        ([priced("", -1.0, high=0.1, A=1.3), priced("mine", -0.3)], "mine"),
        ([priced("", -0.05, A=1.3)], None),
        ([priced("mine", -2.0, high=0.0)], None),
    ],
)
def test_the_cheapest_that_is_supported_wins(
    candidates: list[PricedChoice], best: str | None
) -> None:
    found = cheapest(candidates)
    assert (found and found.name) == best


def relabelled(path: Path, to: Path, profile: str) -> Path:
    """The log as if it had been made under another name."""
    lines = gzip.decompress(path.read_bytes()).decode()
    to.write_text(re.sub(r'"profile": "[^"]*"', f'"profile": "{profile}"', lines))
    return to


@pytest.mark.parametrize("first", ["slow-thinker.d05", "slow-thinker.d08"])
def test_a_chain_ends_with_keep_also_with_own_profiles(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers who pause: what is advised for them, or an own profile of it, stays."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "ours.env").write_text(f"{DELAY}=1.3\n")
    (folder / "quick.env").write_text(f"{DELAY}=0.4\n")
    monkeypatch.chdir(tmp_path)
    start = relabelled(DATA / f"{first}.jsonl.gz", tmp_path / "start.jsonl", "balanced")
    advice = pipeline.analyze([start], environ={}).recommendation
    assert (advice.verdict, advice.profile) == ("switch", "patient")
    for name in ("ours", "balanced"):
        later = relabelled(DATA / "advised" / "slow-thinker.d13.jsonl.gz", tmp_path / "l", name)
        last = pipeline.analyze([later], environ={}).recommendation
        assert (last.verdict, last.profile, last.changes) == ("keep", name, ())


def test_a_profile_that_waits_less_than_callers_pause_is_no_candidate(tmp_path: Path) -> None:
    log = pipeline.replay([DATA / "slow-thinker.d05.jsonl.gz"])
    known = choices(log, candidates({}, tmp_path), LIMITS)
    assert all(
        not one.price.supported
        for one in known
        if one.profile in ("", "fast") and float(one.values[DELAY]) < 0.5
    )
    assert {one.profile for one in known}.isdisjoint({"realtime", "phone", "evidence"})


def test_a_stream_cannot_be_asked_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = gzip.decompress((DATA / "slow-thinker.d15.jsonl.gz").read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run(["analyze", "-", "--json"]) == 0
    advice = json.loads(capsys.readouterr().out)["recommendation"]
    assert advice["verdict"] == "undecided"
    assert "as a file" in advice["needs"]


def test_what_a_replay_needs_is_not_loaded_where_nothing_is_replayed() -> None:
    code = (
        "import sys; from tuner import pipeline; "
        "pipeline.analyze(['sample_logs/false-interruptions.jsonl']); "
        "sys.exit('numpy' in sys.modules)"
    )
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
