"""The plan against published tables, against libraries, and against sums that were done by hand."""

from __future__ import annotations

import gzip
import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tuner.capacity import cost, erlang, observed, plan
from tuner.capacity.cost import Talk
from tuner.capacity.observed import ObservedCall
from tuner.capacity.plan import Demand
from tuner.capacity.prices import SHIPPED, read
from tuner.cli import main as cli
from tuner.errors import InputError, UsageError
from tuner.execution.turn_log_rows import turn_log_rows
from tuner.reading.record_filter import EVERYTHING

PRICES = read()


@pytest.mark.parametrize(
    ("erlangs", "five", "one", "tenth"),
    [
        (25, 31, 36, 41),
        (50, 56, 64, 71),
        (100, 105, 117, 128),
        (150, 154, 170, 183),
        (300, 298, 324, 344),
        (500, 489, 527, 555),
    ],
)
def test_lines_are_those_of_the_erlang_tables(
    erlangs: int, five: int, one: int, tenth: int
) -> None:
    assert [erlang.lines_for(erlangs, share) for share in (0.05, 0.01, 0.001)] == [five, one, tenth]


@pytest.mark.parametrize(("erlangs", "lines"), [(0.5, 1), (10, 7), (84, 100), (400, 380)])
def test_blocking_is_the_truncated_poisson_distribution(erlangs: float, lines: int) -> None:
    from scipy import stats  # takes a second to import

    busy = stats.poisson(erlangs)
    assert erlang.blocked(erlangs, lines) == pytest.approx(busy.pmf(lines) / busy.cdf(lines))
    assert erlang.blocked(100, 100) == pytest.approx(0.0757, abs=1e-4)


@pytest.mark.parametrize("expected", [0.0, 0.3, 4 / 3, 20.0])
def test_a_burst_is_a_quantile_of_poisson(expected: float) -> None:
    from scipy import stats

    assert erlang.burst(expected) == max(0, int(stats.poisson(expected).ppf(0.999)))


def test_a_realtime_call_costs_what_the_sum_by_hand_says() -> None:
    parts = cost.realtime(PRICES, "gpt-realtime-2.1", Talk())
    assert parts["caller's speech"] == pytest.approx(1500 * 32 / 1e6)
    assert parts["agent's speech"] == pytest.approx(2400 * 64 / 1e6)
    history = sum(195 * turn for turn in range(20))  # 195 tokens a turn, one turn after another
    again = (history * 0.40 + 20 * 800 * 0.40) / 1e6
    assert parts["history sent again"] == pytest.approx(again)
    assert sum(parts.values()) == pytest.approx(0.223, abs=0.0005)
    mini = cost.realtime(PRICES, "gpt-realtime-2.1-mini", Talk())
    assert sum(mini.values()) == pytest.approx(0.075, abs=0.005)
    missed = cost.realtime(PRICES, "gpt-realtime-2.1", Talk(cached=0.0))
    assert missed["history sent again"] == pytest.approx((history * 32 + 16_000 * 4) / 1e6)


def test_the_telephone_is_billed_by_started_minutes() -> None:
    assert cost.lines(PRICES, Talk(minutes=4.1)) == cost.lines(PRICES, Talk(minutes=5.0))
    assert sum(cost.lines(PRICES, Talk(minutes=5.0)).values()) == pytest.approx(5 * 0.0165)


def test_a_plan_for_100_calls_at_once() -> None:
    made = plan.make(Demand(1200, realtime=True, cores=8, memory_gb=16), PRICES)
    assert made.figure("calls at once") == 100
    assert made.figure("lines") == 117
    assert made.figure("callers who hear busy") <= 1.0
    assert made.figure("calls on a machine") == int(8 * 0.7 / 0.38) == 14
    assert made.figure("machines for agents") == math.ceil(117 / 14)
    assert made.figure("webhooks") == 2.0
    assert made.figure("a busy hour") == pytest.approx(1200 * sum(made.parts.values()), abs=0.01)
    assert made.notes[0].startswith("phase 2: webhook and agents apart (deploy/")
    assert any("agent's speech" in note for note in made.notes)
    assert sum("not enough" in note for note in made.notes) == 3


def test_memory_can_be_what_limits_a_machine() -> None:
    small = Demand(1200, cores=64, memory_gb=1)
    assert plan.calls_a_machine(small) == (1024 - 119) // 67


def test_every_figure_says_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["capacity", "--calls", "1200"]) == 0
    text = capsys.readouterr().out
    figures, _, rest = text.partition("\n\n")
    grades = ("given", "computed", "measured", "listed", "assumed")
    for line in figures.splitlines():
        assert sum(grade in line for grade in grades) == 1, line
    assert f"prices of {PRICES.date}" in rest
    assert cli.run(["capacity", "--calls", "1200", "--realtime", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["prices_of"] == PRICES.date


def test_prices_can_be_your_own_and_mistakes_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(SHIPPED.read_text().replace("2026-11-25", "2027-01-01"))
    assert cli.run(["capacity", "--calls", "10", "--prices", str(own)]) == 0
    assert "prices of 2027-01-01" in capsys.readouterr().out
    own.write_text('date = "2027-01-01"')
    for arguments in (["--prices", str(own)], ["--prices", "nowhere"], ["--model", "gpt-9"]):
        assert cli.run(["capacity", "--calls", "10", *arguments]) == 2
    assert "no price of gpt-9" in capsys.readouterr().err


# --- from the user's own logs ---------------------------------------------------------------------


def ended(job: int, at: float, seconds: float, **used: float | None) -> str:
    """The last line of a call's turn log, written at `at` (epoch s)."""
    line = {
        "message": "session ended",
        "level": "INFO",
        "name": "tuner.turns",
        "reason": "participant_disconnected",
        "duration": seconds,
        **used,
        "job_id": f"AJ_{job}",
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
    }
    return json.dumps(line)


def a_day(path: Path, **used: float | None) -> Path:
    """Two hours: 20 calls of 120 s in the first, 60 in the second, evenly."""
    begins = [*range(0, 3600, 180), *range(3600, 7200, 60)]
    lines = (ended(n, 1_795_000_000 + at + 120, 120.0, **used) for n, at in enumerate(begins))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_busiest_hour_is_found_wherever_it_begins() -> None:
    assert observed.most_within([0, 10, 20, 3600, 3605, 3609], 3600) == 5
    assert observed.most_within([], 3600) == 0
    assert observed.most_within([5, 5, 5], 4) == 3
    calls = [ObservedCall(at, 60.0) for at in (0, 30, 60, 90, 7200)]
    assert observed.observe(calls, 4.0).most_at_once == 2, "one ends as another begins"
    assert observed.observe(calls, 4.0).calls_an_hour == 4


def test_cpu_and_memory_are_those_of_the_calls() -> None:
    calls = [ObservedCall(n, 100.0, 30.0, 60.0 + n) for n in range(20)]
    found = observed.observe(calls, 4.0)
    assert found.cores_a_call == pytest.approx(0.3)
    assert found.mb_a_call == 78, "the 95th percentile: 19th of 20"
    assert found.most_in_start_s == 4
    without = observed.observe([ObservedCall(n, 100.0) for n in range(20)], 4.0)
    assert (without.cores_a_call, without.mb_a_call) == (None, None)
    assert any("no CPU time" in note for note in without.notes)
    with pytest.raises(InputError, match="too few"):
        observed.observe(calls[:4], 4.0)


def test_a_call_that_stands_in_two_logs_counts_once(tmp_path: Path) -> None:
    day, part = a_day(tmp_path / "day.jsonl"), tmp_path / "part.jsonl"
    part.write_text("\n".join(day.read_text().splitlines()[:30]) + "\n")
    once = observed.ended(turn_log_rows([day], EVERYTHING))
    assert observed.ended(turn_log_rows([day, part, day], EVERYTHING)) == once
    assert len(once) == 80


def test_a_damaged_log_costs_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day, cut = a_day(tmp_path / "day.jsonl"), tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(day.read_bytes())[:-20])
    assert cli.run(["capacity", str(day), str(cut), str(tmp_path / "none")]) == 2
    out, err = capsys.readouterr()
    assert "80 calls of your logs" in out
    assert "cut off after byte" in err
    assert "none: no such file" in err


def test_a_short_log_is_no_hour_and_says_so() -> None:
    calls = [ObservedCall(60.0 * n, 60.0) for n in range(10)]
    found = observed.observe(calls, 4.0)
    assert found.calls_an_hour == pytest.approx(60)
    assert any("covers 10 minutes" in note for note in found.notes)


def test_a_plan_from_turn_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = a_day(tmp_path / "turns.jsonl", cpu_s=24.0, memory_mb=80.0)
    assert cli.run(["capacity", str(log), "--json", "--cores", "8"]) == 0
    made = json.loads(capsys.readouterr().out)
    figures = {figure["name"]: figure for figure in made["figures"]}
    assert figures["calls an hour"]["value"] == 60
    assert figures["calls an hour"]["grade"] == "measured"
    assert figures["calls an hour"]["why"] == "80 calls of your logs"
    assert figures["length of a call"]["value"] == 2
    assert figures["calls at once"]["value"] == 2
    assert figures["lines"]["value"] == erlang.lines_for(2.0, 0.01)
    assert figures["calls on a machine"]["value"] == int(8 * 0.7 / 0.2)
    assert "0.2 cores and 80 MB a call" in figures["calls on a machine"]["why"]
    assert "at most 2 calls at once in the logs" in made["notes"]
    assert cli.run(["capacity", str(log), "--calls", "600", "--minutes", "3"]) == 0
    text = capsys.readouterr().out
    assert "calls an hour          600" in text
    assert "length of a call       3 minutes" in text


def test_calls_must_come_from_somewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["capacity"]) == 2
    assert "Give --calls N, or turn logs" in capsys.readouterr().err
    plain = tmp_path / "plain.log"
    plain.write_text("nothing of interest\n")
    assert cli.run(["capacity", str(plain)]) == 2
    assert "0 calls that ended in the turn log" in capsys.readouterr().err
    assert cli.run(["capacity", str(tmp_path / "missing")]) == 2


def test_a_call_writes_what_its_process_used(tmp_path: Path) -> None:
    from tests.test_turn_log import a_call

    a_call(tmp_path / "turns.jsonl")
    last = json.loads((tmp_path / "turns.jsonl").read_text().splitlines()[-1])
    assert 0 <= last["cpu_s"] < 60
    if Path("/proc/self/smaps_rollup").exists():
        assert 10 < last["memory_mb"] < 10_000


@pytest.mark.parametrize(
    ("price", "why"),
    [
        ("-1.0", "Expected `float` >= 0.0"),
        ("inf", "Expected `float` <= 1"),
        ("nan", "Expected `float`"),
        ('"two"', "Expected `float`, got `str`"),
        ("9" * 5_000, "Exceeds the limit"),
        ("[" * 3_000 + "]" * 3_000, "nested too deep"),
    ],
)
def test_prices_that_cannot_be_are_named(price: str, why: str, tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(SHIPPED.read_text().replace("audio_in = 32.0", f"audio_in = {price}", 1))
    with pytest.raises(UsageError, match=re.escape(why)) as error:
        read(own)
    assert str(error.value).startswith(f"{own}: ")


@pytest.mark.parametrize(
    ("arguments", "price"),
    [
        (["--realtime", "--model", "gpt-5.4-mini"], "no price 'audio_in' of gpt-5.4-mini"),
        (["--model", "gpt-realtime-2.1"], "no price 'text_out' of gpt-realtime-2.1"),
    ],
)
def test_a_model_of_the_other_kind_is_named(
    arguments: list[str], price: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["capacity", "--calls", "10", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"tuner: {price}\n  Name another --model")


def test_a_free_call_has_a_plan(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(re.sub(r"^(\S+|\".*\") = [\d.]+$", r"\1 = 0.0", SHIPPED.read_text(), flags=re.M))
    assert cli.run(["capacity", "--calls", "10", "--prices", str(own)]) == 0
