"""What documents and reports say about prices, against what the bench and the replay measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.whatif import predictions
from tuner.settings.prices import PRICES

ROOT = Path(__file__).parent.parent
BENCH = (ROOT / "docs" / "bench.md").read_text()
WHAT_IF = (ROOT / "docs" / "what-if.md").read_text()
Measured = dict[str, dict[str, float]]


def tables() -> list[Measured]:
    """Of each scenario in docs/bench.md the figures of each profile, by the name of the column."""
    found, header = [], None
    for line in BENCH.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| profile | wait p50"):
            header = cells[1:]
            found.append(Measured())
        elif header and line.startswith("|") and not line.startswith("|-"):
            numbers = [float(re.split(r"[ (]", cell)[0]) for cell in cells[1:]]
            found[-1][cells[0].strip("*")] = dict(zip(header, numbers, strict=True))
        elif not line.startswith("|"):
            header = None
    return found


def test_there_is_a_table_for_each_scenario() -> None:
    assert len(tables()) == 6
    assert all(PRICES.keys() >= table.keys() >= {"balanced", "fast", "noisy"} for table in tables())


def differences(profile: str, column: str) -> list[float]:
    return [table[profile][column] - table["balanced"][column] for table in tables()]


def claimed(profile: str, pattern: str) -> tuple[float, ...]:
    found = re.search(pattern, PRICES[profile].cost)
    assert found, PRICES[profile].cost
    return tuple(float(number) for number in found.groups())


def test_patient_replies_later_by_what_is_claimed() -> None:
    low, high = claimed("patient", r"reply comes ([\d.]+) to ([\d.]+) s later")
    measured = differences("patient", "wait p50")
    assert low == round(min(measured), 1)
    assert high == round(max(measured), 1)


@pytest.mark.parametrize("profile", ["patient", "noisy"])
def test_an_interrupted_agent_stops_later_by_what_is_claimed(profile: str) -> None:
    (later,) = claimed(profile, r"interrupted agent stops ([\d.]+) s later")
    assert {round(measured, 1) for measured in differences(profile, "stop p50")} == {later}


def test_realtime_costs_as_many_tokens_as_is_claimed() -> None:
    low, high = claimed("realtime", r"(\d) to (\d) times the tokens")
    times = [t["realtime"]["tokens/turn"] / t["balanced"]["tokens/turn"] for t in tables()]
    assert low == round(min(times))
    assert high == round(max(times))


def test_fast_is_quicker_and_cuts_off_no_fewer() -> None:
    assert "more callers are cut off" in PRICES["fast"].cost
    assert max(differences("fast", "wait p50")) < 0
    assert min(differences("fast", "cut-offs/turn")) >= 0


def test_the_profile_against_a_problem_lessens_it_where_it_is_meant_for() -> None:
    by_title = dict(
        zip(re.findall(r"^### (\w[\w-]+)$", BENCH, re.MULTILINE), tables(), strict=False)
    )
    for scenario, profile, column in (
        ("back-channelling-listener", "noisy", "false stops/min"),
        ("noisy-street", "noisy", "false stops/min"),
        ("slow-thinker", "patient", "cut-offs/turn"),
        ("quiet-office", "fast", "wait p50"),
    ):
        table = by_title[scenario]
        assert table[profile][column] < table["balanced"][column]


def test_the_replay_predicts_as_well_as_its_document_says() -> None:
    outcomes = list(predictions())
    for title, figure in (("cut-offs a turn", "cut_offs_per_turn"), ("median wait", "wait_p50_s")):
        mine = [one for one in outcomes if one.figure == figure]
        inside = sum(one.inside for one in mine)
        assert f"| {title} | {inside} of {len(mine)} |" in WHAT_IF
