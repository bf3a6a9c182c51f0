"""A profile of one's own is one profile for every command."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuner.cli.main import run
from tuner.settings.candidates import candidates, replaced
from tuner.settings.shipped import shipped

LOG = Path(__file__).parent / "whatif" / "slow-thinker.d05.jsonl.gz"
MINE = "# for slow speakers\nMIN_ENDPOINTING_DELAY=0.5\nMAX_TOKENS=77\n"
LISTENER = LOG.parent / "stops" / "back-channelling-listener.base.jsonl.gz"
Place = Callable[[str], None]


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A log that does not name its settings."""
    lines = gzip.decompress(LOG.read_bytes()).splitlines()
    log = tmp_path / "bare.jsonl"
    log.write_bytes(b"\n".join(line for line in lines if b'"session started"' not in line))
    return str(log)


@pytest.fixture(params=["beside", "variable", "dotenv"])
def mine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`mine`, in ./profiles, in AGENT_PROFILES_DIR, or in the folder that `.env` names."""
    folder = tmp_path / ("profiles" if request.param == "beside" else "elsewhere")
    folder.mkdir()
    (folder / "mine.env").write_text(MINE)
    dotenv = "AGENT_PROFILE=mine\n"
    if request.param == "variable":
        monkeypatch.setenv("AGENT_PROFILES_DIR", str(folder))
    elif request.param == "dotenv":
        dotenv += "AGENT_PROFILES_DIR=elsewhere\n"
    (tmp_path / ".env").write_text(dotenv)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("mine")
class TestSeen:
    def test_by_analyze(self, bare: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["analyze", bare, "--current", "mine", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["recommendation"]["current"] == "mine"

    def test_by_analyze_where_dotenv_names_it(
        self, bare: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["analyze", bare, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["recommendation"]["current"] == "mine"

    def test_by_what_if(self, bare: str, capsys: pytest.CaptureFixture[str]) -> None:
        question = ["--current", "mine", "--set", "MIN_ENDPOINTING_DELAY=1.0"]
        assert run(["what-if", bare, *question]) == 0
        assert "0.5 -> 1.0" in capsys.readouterr().out
        assert run(["what-if", str(LOG), "--profile", "mine"]) == 0

    def test_by_bench(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["bench", "--list"]) == 0
        assert "for slow speakers" in capsys.readouterr().out

    def test_by_profiles(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["profiles", "list"]) == 0
        assert "* mine" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["profiles", "list"], ["bench", "--list"]])
def test_one_that_does_not_say_what_it_is_for_says_where_to_write_that(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "silent.env").write_text("MIN_ENDPOINTING_DELAY=0.7\n")
    monkeypatch.chdir(tmp_path)
    assert run(command) == 0
    shown = "".join(capsys.readouterr().out.split())  # a long path may be broken
    assert f"silentdoesnotsaywhatitisfor:begin{tmp_path}" in shown


@pytest.mark.usefixtures("mine")
def test_an_unknown_profile_is_an_error_that_lists_the_own_ones(
    bare: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", bare, "--current", "mien"]) == 2
    assert "did you mean mine" in capsys.readouterr().err


def test_a_broken_own_profile_that_nobody_names_hides_nothing(
    bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "broken.env").write_text("MIN_ENDPOINTING_DELAY=soon\n")
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", bare, "--json"]) == 0
    capsys.readouterr()
    assert run(["analyze", bare, "--current", "broken"]) == 2
    assert "MIN_ENDPOINTING_DELAY" in capsys.readouterr().err


def test_what_a_log_stamps_was_in_force_whatever_profile_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["analyze", str(LOG), "--current", "patient", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["current"]["settings"]["MIN_ENDPOINTING_DELAY"] == 0.5
    assert "MIN_ENDPOINTING_DELAY" in document["current"]["contradicted"]
    assert "not made with `patient` as it is" in document["notes"][0]
    question = ["--current", "patient", "--set", "MIN_ENDPOINTING_DELAY=1.0"]
    assert run(["what-if", str(LOG), *question]) == 0
    assert "0.5 -> 1.0" in capsys.readouterr().out


def advice(capsys: pytest.CaptureFixture[str], *options: str, log: Path = LOG) -> dict[str, Any]:
    """The report on the log of callers who pause, at a delay of 0.5 s."""
    assert run(["analyze", str(log), "--json", *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


class TestPriced:
    """`slower` is cheapest for these callers, also where it bears the name of the one in use."""

    @pytest.fixture(autouse=True)
    def slower(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "profiles").mkdir()
        (tmp_path / "profiles" / "slower.env").write_text("MIN_ENDPOINTING_DELAY=1.3\n")
        monkeypatch.chdir(tmp_path)

    @pytest.mark.parametrize("options", [(), ("--current", "slower"), ("--current", "balanced")])
    def test_whatever_profile_is_named(
        self, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = {point["name"]: point for point in advice(capsys, *options)["frontier"]}
        assert found["slower"]["cut_offs_per_turn"] == pytest.approx(0.02, abs=0.005)
        assert "balanced" not in found, "its timing is that of the log"

    def test_patient_is_not_in_use_where_the_log_has_other_values(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = advice(capsys, "--current", "patient")
        told = found["recommendation"]
        assert "made with other values" in told["why"]
        assert [one["setting"] for one in told["changes"]] == ["MIN_ENDPOINTING_DELAY"]
        cut_off = next(one for one in found["findings"] if one["rule"] == "false-cutoffs")
        assert "is in use" not in cut_off["advice"]

    def test_the_price_is_the_wait_that_the_replay_found(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = advice(capsys)["recommendation"]
        assert told["profile"] == "patient"
        assert told["price"].startswith("the median reply comes 0.20 s later (0.12 to 0.32)")


class TestAgainstFalseStops:
    """`deaf` is priced by the sounds of the log, as `noisy` is."""

    DEAF = "MIN_INTERRUPTION_DURATION=1.2\nFALSE_INTERRUPTION_TIMEOUT=0.8\n"

    @pytest.fixture(autouse=True)
    def deaf(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "profiles").mkdir()
        (tmp_path / "profiles" / "deaf.env").write_text(self.DEAF)
        monkeypatch.chdir(tmp_path)

    def test_the_one_that_costs_least_is_advised(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = advice(capsys, log=LISTENER)["recommendation"]
        assert (told["verdict"], told["profile"]) == ("switch", "deaf")
        assert "false stops a minute" in told["changes"][0]["effect"]

    def test_where_it_is_named_it_is_kept_with_its_values(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = advice(capsys, "--current", "deaf", log=LISTENER)["recommendation"]
        assert (told["verdict"], told["profile"]) == ("keep", "deaf")
        assert "made with other values" in told["why"]
        assert {one["setting"] for one in told["changes"]} >= {"MIN_INTERRUPTION_DURATION"}

    def test_one_that_gains_nothing_is_not(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "profiles" / "deaf.env").write_text("FALSE_INTERRUPTION_TIMEOUT=2.5\n")
        assert advice(capsys, log=LISTENER)["recommendation"]["profile"] == "noisy"


def test_a_profile_in_the_place_of_a_shipped_one_is_known_as_such(tmp_path: Path) -> None:
    """A copy, as `tuner init` writes them, is the shipped one; nothing was measured of another."""
    (tmp_path / "profiles").mkdir()
    shutil.copy(shipped() / "patient.env", tmp_path / "profiles")
    (tmp_path / "profiles" / "noisy.env").write_text("MIN_INTERRUPTION_DURATION=1.2\n")
    assert replaced(candidates({}, tmp_path)) == {"noisy"}
