"""The plan against published tables, against libraries, and against sums that were done by hand."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from scipy import stats

from tuner.capacity import cost, erlang, plan
from tuner.capacity.cost import Talk
from tuner.capacity.plan import Demand
from tuner.capacity.prices import SHIPPED, read
from tuner.cli import main as cli
from tuner.errors import UsageError

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
    busy = stats.poisson(erlangs)
    assert erlang.blocked(erlangs, lines) == pytest.approx(busy.pmf(lines) / busy.cdf(lines))
    assert erlang.blocked(100, 100) == pytest.approx(0.0757, abs=1e-4)


@pytest.mark.parametrize("expected", [0.0, 0.3, 4 / 3, 20.0])
def test_a_burst_is_a_quantile_of_poisson(expected: float) -> None:
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
    assert made.notes[0] == "phase 2: webhook and agents apart"
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
