"""`tuner bench` from outside: what it lists, refuses and prints. Calls are held elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from tuner.bench import command
from tuner.bench.callers import scenario, sounds
from tuner.bench.callers.audio import Moment
from tuner.bench.callers.caller import SoundTruth
from tuner.bench.callers.sounds import SoundKind
from tuner.bench.latency import Empirical
from tuner.bench.latency_from_log import from_log
from tuner.bench.results import report, results
from tuner.bench.results.results import Results
from tuner.bench.running import runner
from tuner.bench.running.call import CallTruth
from tuner.bench.running.runner import Run
from tuner.cli import main as cli
from tuner.errors import InputError, UsageError
from tuner.limits import Limits
from tuner.settings import profiles

SAMPLES = Path(__file__).parent.parent / "sample_logs"


def bench(*arguments: str) -> tuple[int, str, list[str]]:
    """Run the command; its code, what it printed, and what it told."""
    printed: list[str] = []
    told: list[str] = []
    code = command.main(arguments, printed.append, told.append)
    return code, "\n".join(printed), told


# --- what can be asked for ----------------------------------------------------------------------


def test_the_list_names_every_profile_and_scenario() -> None:
    code, printed, _ = bench("--list")
    assert code == 0
    assert all(name in printed for name in (*profiles.names(), *scenario.names()))


def test_the_help_names_every_option() -> None:
    code, printed, _ = bench("--help")
    assert code == 0
    wanted = ["profile", "scenario", "calls", "seed", "set", "mode", "latency-from", "logs", "list"]
    assert all(f"--{name}" in printed for name in wanted)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenario", "noisy"], "unknown scenario 'noisy'"),
        (["--set", "MIN_ENDPOINTING_DELY=1"], "did you mean MIN_ENDPOINTING_DELAY"),
        (["--set", "MAX_TOKENS"], "has no value"),
        (["--calls", "0"], "'0' is not a number from 1 up"),
        (["--mode", "sideways"], "invalid choice: 'sideways'"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        bench(*arguments)
    assert said in str(caught.value)
    assert caught.value.next_step


def test_mistakes_end_with_code_2_and_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["--profile", "fats"], ["--set", "MAX_TOKENS=no"], ["--scenario", "a.toml"]):
        assert cli.run(["bench", *wrong]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("tuner: ")
        assert "internal error" not in err


def test_a_folder_with_logs_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text("old")
    with pytest.raises(UsageError, match="is not empty"):
        bench("--logs", str(tmp_path))
    with pytest.raises(UsageError, match=r"Not a directory|File exists"):
        bench("--logs", str(tmp_path / "old.log"))


def test_clips_that_are_missing_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sounds.clips.cache_clear()
    monkeypatch.setattr(sounds, "_CLIPS", tmp_path)
    with pytest.raises(InputError, match="no audio clips"):
        bench("--calls", "1")
    sounds.clips.cache_clear()


def test_settings_of_a_run_are_profile_then_mode_then_single_knobs() -> None:
    def settings(name: str, *knobs: str, mode: str | None = None) -> Any:
        return command._settings(name, (), knobs, mode)

    assert settings("fast") == profiles.load("fast")
    assert settings("fast", "MAX_TOKENS=77").max_tokens == 77
    assert settings("fast", mode="realtime").agent_mode == "realtime"
    assert settings("realtime", mode="pipeline").turn_detection == "vad"


# --- latencies of a user's own log --------------------------------------------------------------


def test_latencies_are_drawn_from_a_log() -> None:
    found = from_log(str(SAMPLES / "slow-model.dev.log"))
    assert set(found) == {"chat", "transcription", "speech"}
    chat = found["chat"]
    assert isinstance(chat, Empirical)
    assert max(chat.seconds) > 2.0
    assert all(0 < seconds < 10 for seconds in chat.seconds)


def test_old_logs_tell_of_the_chat_model_only() -> None:
    assert set(from_log(str(SAMPLES / "openai-2.54.log"))) == {"chat"}


def test_a_log_without_latencies_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "empty.jsonl"
    log.write_text('{"message": "session closed", "level": "DEBUG", "name": "livekit.agents"}\n')
    with pytest.raises(InputError, match="no latencies of a model"):
        bench("--latency-from", str(log))


# --- what is printed ----------------------------------------------------------------------------


def truth(profile: str, number: int, wait: float, **more: Any) -> CallTruth:
    """A call of half a minute with one turn that is answered after so long."""
    said = SoundTruth(SoundKind.SENTENCE, "Hello.", "Hello.", 2.0, 3.0, 2.0, False)
    return CallTruth(
        "quiet-office",
        profile,
        number,
        f"AJ_{number}",
        began=0.0,
        ended=30.0,
        sounds=(said,),
        moments=(Moment(3.0 + wait, "start"), Moment(9.0, "end")),
        tokens=100,
        **more,
    )


def concluded(run: Run) -> Results:
    return results.conclude(
        run,
        [scenario.load("quiet-office")],
        ["slow", "quick"],
        seed=7,
        asked="tuner bench --calls 8",
        limits=Limits(),
        logs={},
        analyze=lambda _: pytest.fail("there is no log"),
    )


def some_calls() -> list[CallTruth]:
    waits = {"quick": 0.5, "slow": 1.0}
    return [truth(p, n, wait + n / 100) for n in range(8) for p, wait in waits.items()]


def test_the_text_shows_figures_with_intervals_and_the_choice() -> None:
    text = report.text(concluded(Run(some_calls(), wanted=16)))
    lines = [line.strip() for line in text.splitlines()]
    row = next(line for line in lines if line.startswith("slow"))
    assert row.split()[1:3] == ["1.03", "1.01-1.06"]
    assert "least cost: quick" in lines
    assert "frontier of wait and errors: quick" in lines
    assert "DO NOT BELIEVE" not in text
    assert max(len(line) for line in text.splitlines()) <= 110


def test_the_json_holds_the_same_and_more() -> None:
    found = json.loads(report.as_json(concluded(Run(some_calls(), wanted=16))))
    assert found["schema"] == 1
    assert found["run"]["valid"] is True
    table = found["scenarios"]["quiet-office"]
    assert (table["best"], table["as_good"], table["made_for"]) == ("quick", ["quick"], "fast")
    assert list(table["profiles"]) == ["slow", "quick"]
    wait = table["profiles"]["slow"]["wait_p50_s"]
    assert wait["low"] < wait["value"] < wait["high"]
    assert wait["n"] == 8
    assert table["dearer_s"]["slow"]["low"] > 0.4


def test_what_went_wrong_stands_in_the_report() -> None:
    calls = [*some_calls(), truth("slow", 8, 1.0, failure="TimeoutError")]
    broken = Run(calls, wanted=20, lags_s=[0.2] * 9, problem="stopped")
    found = concluded(broken)
    assert len(found.troubles) == 3
    assert found.troubles[0] == "stopped: 17 of 20 calls were measured"
    assert "could not keep up" in found.troubles[1]
    assert found.troubles[2] == "AJ_8 failed: TimeoutError"
    assert "DO NOT BELIEVE THIS" in report.text(found)
    assert json.loads(report.as_json(found))["run"]["valid"] is False


def test_an_analyzer_that_fails_costs_no_calls() -> None:
    def analyze(_: Path) -> Any:
        raise RuntimeError("no")

    assert conclude_with(16, analyze).troubles == (
        "quiet-office, slow: the analyzer failed (RuntimeError)",
    )
    assert conclude_with(18, analyze).troubles == (), "a log with more calls is not compared"


def conclude_with(wanted: int, analyze: Any) -> Results:

    found = results.conclude(
        Run(some_calls(), wanted=wanted),
        [scenario.load("quiet-office")],
        ["slow", "quick"],
        seed=7,
        asked="",
        limits=Limits(),
        logs={("quiet-office", "slow"): Path("slow.jsonl")},
        analyze=analyze,
    )
    assert found.tables[0].figures
    return found


def test_progress_is_for_terminals() -> None:
    told: list[str] = []
    command._progress(told.append, quiet=False)(1, 2, 30.0)
    assert told == []
    assert runner.default_processes() >= 1
