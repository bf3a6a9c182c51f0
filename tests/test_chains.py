"""What the long benchmarks of advice make of an answer: which settings are run next."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from benchmarks import convergence, harm, tune
from benchmarks.convergence import Asked, Cell
from tests.test_tune import call
from tuner.model import Change, Recommendation

DELAY = "MIN_ENDPOINTING_DELAY"
CELL = Cell("slow-thinker", 0, "balanced", ((DELAY, "0.3"), ("MAX_TOKENS", "300")))


def advice(verdict: str, profile: str | None, *changes: Change) -> Recommendation:
    return Recommendation(verdict, profile, "balanced", "", changes, "", ())  # type: ignore[arg-type]


def test_a_switch_leaves_the_changes_behind() -> None:
    following = convergence.after(CELL, advice("switch", "patient"))
    assert following == Cell("slow-thinker", 1, "patient", ())


def test_changes_go_on_top_of_those_before() -> None:
    change = Change(DELAY, 0.3, 1.3, "", "", "estimated")
    following = convergence.after(CELL, advice("keep", "balanced", change))
    assert following.changes == ((DELAY, "1.3"), ("MAX_TOKENS", "300"))
    assert following.settings == f"balanced {DELAY}=1.3 MAX_TOKENS=300"


@pytest.mark.parametrize(
    ("found", "rests"),
    [
        (advice("keep", "balanced"), True),
        (advice("keep", "balanced", Change(DELAY, 0.3, 1.3, "", "", "estimated")), False),
        (advice("switch", "noisy"), False),
        (advice("undecided", None), False),
    ],
)
def test_only_keep_without_a_change_rests(found: Recommendation, rests: bool) -> None:
    assert convergence.rests(found) == rests


def test_advice_that_costs_certainly_more_is_named() -> None:
    pair = harm.Pair(CELL, CELL._replace(changes=((DELAY, "1.5"),)))
    waits = {pair.logged: 1.2, pair.advised: 1.9}
    calls = {cell: [call(number, wait) for number in range(8)] for cell, wait in waits.items()}
    worse, better = harm.dearer(pair, calls), harm.dearer(harm.Pair(*reversed(pair)), calls)
    assert worse.value == pytest.approx(0.7, abs=0.01)
    assert better.value == pytest.approx(-0.7, abs=0.01)
    lines = list(harm.report([(pair, worse), (pair, better)]))
    assert [line.endswith("HARMS") for line in lines] == [True, False, False]
    assert lines[-1].startswith("1 of 2")


def test_where_tune_keeps_the_settings_they_are_its_profile() -> None:
    rows = [{"profile": tune.BEFORE, **asdict(call(number, 1.2))} for number in (1, 0)]
    found = tune._read(rows, kept=True)
    assert found[tune.TUNED] is found[tune.BEFORE]
    assert [one.number for one in found[tune.TUNED]] == [0, 1]


def test_a_log_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    asked = Asked(tmp_path, 2, 4)
    CELL.log(tmp_path).write_text("")
    convergence.make_logs([CELL], asked)
    assert CELL.log(tmp_path).read_text() == ""
