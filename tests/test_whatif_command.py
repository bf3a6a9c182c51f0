from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tuner.cli.main import run

DATA = Path(__file__).parent / "whatif"
LOG = str(DATA / "slow-thinker.d05.jsonl.gz")


def test_one_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["what-if", LOG, "--set", "MIN_ENDPOINTING_DELAY=1.0"]) == 0
    shown = capsys.readouterr().out
    assert "MIN_ENDPOINTING_DELAY 0.5 -> 1.0" in shown
    assert "estimated" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_the_table_has_every_knob_and_the_logged_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["what-if", LOG]) == 0
    shown = capsys.readouterr().out
    assert "MIN_ENDPOINTING_DELAY (in the log: 0.5)" in shown
    assert "FALSE_INTERRUPTION_TIMEOUT (in the log: 2.0)" in shown
    assert "no speech probability" in shown
    assert "p90" not in shown


def test_json_holds_the_labels(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["what-if", LOG, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    delay = document["knobs"][0]
    by_value = {each["set"]["MIN_ENDPOINTING_DELAY"]: each for each in delay["predictions"]}
    assert by_value[0.5]["figures"]["cut_offs_per_turn"]["label"] == "exact"
    assert by_value[1.3]["figures"]["cut_offs_per_turn"]["value"] < 0.1


def test_two_words_for_one_value_are_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log stamps LiveKit's own 3 s of warm-up, the profile has "auto" for it."""
    (tmp_path / "mine.env").write_text("MIN_ENDPOINTING_DELAY=1.2\n")
    monkeypatch.setenv("AGENT_PROFILES_DIR", str(tmp_path))
    assert run(["what-if", LOG, "--profile", "mine"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "MIN_ENDPOINTING_DELAY 0.5 -> 1.2"


def test_a_whole_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["what-if", LOG, "--profile", "patient"]) == 0
    shown = capsys.readouterr().out
    assert "MIN_ENDPOINTING_DELAY 0.5 -> 1.3, MIN_INTERRUPTION_DURATION 0.5 -> 0.6" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "MIN_ENDPOINTING_DELY=1"], "did you mean MIN_ENDPOINTING_DELAY"),
        (["--set", "MAX_TOKENS=100"], "cannot answer"),
        (["--set", "MIN_ENDPOINTING_DELAY="], "no value"),
        (["--set", "MIN_ENDPOINTING_DELAY=99"], "MIN_ENDPOINTING_DELAY"),
        (["--profile", "nobody"], "unknown profile"),
        (["--call", "AJ_slow-thinker.d05.3"], "1 call has turns"),
    ],
)
def test_bad_questions_say_what_is_wrong(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["what-if", LOG, *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert not shown.out


def test_mixed_settings_are_not_pooled(capsys: pytest.CaptureFixture[str]) -> None:
    other = str(DATA / "slow-thinker.d10.jsonl.gz")
    assert run(["what-if", LOG, other]) == 2
    assert "mixes calls with MIN_ENDPOINTING_DELAY 0.5 and 1.0" in capsys.readouterr().err


def test_a_log_without_turn_log_says_how_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "plain.log"
    log.write_text('{"message": "hello", "level": "INFO", "name": "app"}\n')
    assert run(["what-if", str(log)]) == 2
    assert "TURN_LOG=stdout" in capsys.readouterr().err


def test_a_log_without_settings_takes_the_profile_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = gzip.decompress(Path(LOG).read_bytes()).splitlines()
    bare = [line for line in lines if b'"session started"' not in line]
    log = tmp_path / "bare.jsonl"
    log.write_bytes(b"\n".join(bare))
    assert run(["what-if", str(log)]) == 2
    assert "--current" in capsys.readouterr().err
    assert run(["what-if", str(log), "--current", "balanced"]) == 0
    assert "MIN_ENDPOINTING_DELAY (in the log: 0.5)" in capsys.readouterr().out


def test_words_that_pass_are_a_change_as_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["what-if", LOG, "--set", "BACKCHANNEL_WORDS=auto"]) == 0
    shown = capsys.readouterr().out
    assert "BACKCHANNEL_WORDS off -> auto" in shown
    assert "words come only after the sentence" in shown


def test_a_setting_that_is_one_is_not_taken_for_a_misspelt_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["what-if", LOG, "--set", "VAD_ACTIVATION_THRESHOLD=0.6"]) == 2
    assert "did you mean" not in capsys.readouterr().err
    assert run(["what-if", LOG, "--set", "INTERRUPTION_TRESHOLD=0.6"]) == 2
    assert "did you mean INTERRUPTION_THRESHOLD?" in capsys.readouterr().err
