"""A profile of one's own is one profile for every command."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tuner.cli.main import run

LOG = Path(__file__).parent / "whatif" / "slow-thinker.d05.jsonl.gz"
MINE = "# for slow speakers\nMIN_ENDPOINTING_DELAY=0.5\nMAX_TOKENS=77\n"
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
