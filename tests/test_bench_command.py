"""`tuner bench` from outside: what it lists, refuses and prints. Calls are held elsewhere."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("livekit.agents")

from tuner import pipeline
from tuner.bench import choices
from tuner.bench.callers import scenarios, sounds
from tuner.bench.callers.audio import Moment
from tuner.bench.callers.caller import SoundTruth
from tuner.bench.callers.sounds import SoundKind
from tuner.bench.latency import Empirical, Latency
from tuner.bench.latency_from_log import latencies
from tuner.bench.results import json as bench_json
from tuner.bench.results import report, results
from tuner.bench.results.results import Results
from tuner.bench.running import runner
from tuner.bench.running.job import CallTruth
from tuner.bench.running.runner import Run
from tuner.cli import bench as bench_cli
from tuner.cli import main as cli
from tuner.limits import Limits
from tuner.settings import profiles

SAMPLES = Path(__file__).parent.parent / "sample_logs"


def bench(*arguments: str) -> tuple[int, str, list[str]]:
    """Run the command; its code, what it printed, and its messages."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = cli.run(["bench", *arguments])
    return code, out.getvalue(), err.getvalue().splitlines()


# --- what can be asked for ----------------------------------------------------------------------


def test_the_list_names_every_profile_and_scenario() -> None:
    code, printed, _ = bench("--list")
    assert code == 0
    assert all(name in printed for name in (*profiles.names(), *scenarios.names()))


def test_the_help_names_every_option() -> None:
    code, printed, _ = bench("--help")
    assert code == 0
    wanted = ["profile", "scenario", "calls", "seed", "set", "mode", "latency-from", "logs", "list"]
    assert all(f"--{name}" in printed for name in wanted)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "noisy"], "unknown scenario 'noisy'"),
        (["--set", "MIN_ENDPOINTING_DELY=1"], "did you mean MIN_ENDPOINTING_DELAY"),
        (["--set", "MAX_TOKENS"], "has no value"),
        (["--calls", "0"], "0 is too small, the least is 1"),
        (["--mode", "sideways"], "'sideways' is not one of 'pipeline', 'realtime'"),
        (["--fast"], "No such option: --fast"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(arguments: list[str], message: str) -> None:
    code, printed, lines = bench(*arguments)
    assert (code, printed) == (2, "")
    assert message in lines[0]
    assert lines[1].strip(), "the next step"


def test_mistakes_end_with_code_2_and_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["--profile", "fats"], ["--set", "MAX_TOKENS=no"], ["--scenario", "a.toml"]):
        assert cli.run(["bench", *wrong]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("tuner: ")
        assert "internal error" not in err


def test_a_folder_with_logs_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text("old")
    for folder, message in ((tmp_path, "is not empty"), (tmp_path / "old.log", "exists|Not a dir")):
        code, _, lines = bench("--logs", str(folder))
        assert code == 2
        assert re.search(message, lines[0])


def test_missing_clips_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sounds.clips.cache_clear()
    monkeypatch.setattr(sounds, "CLIPS", tmp_path)
    code, _, lines = bench("--calls", "1")
    assert code == 2
    assert "no audio clips" in lines[0]
    sounds.clips.cache_clear()


def test_settings_of_a_run_are_profile_then_mode_then_single_knobs() -> None:
    def settings(name: str, *knobs: str, mode: str | None = None) -> Any:
        return choices.settings_of(name, (), knobs, mode)

    assert settings("fast") == profiles.load("fast")
    assert settings("fast", "MAX_TOKENS=77").max_tokens == 77
    assert settings("fast", mode="realtime").agent_mode == "realtime"
    assert settings("realtime", mode="pipeline").turn_detection == "vad"


# --- latencies of a user's own log --------------------------------------------------------------


def from_log(path: str) -> dict[str, Latency]:
    return latencies(path, pipeline.rows([path]))


def test_latencies_are_drawn_from_a_log() -> None:
    found = from_log(str(SAMPLES / "slow-model.dev.log"))
    assert set(found) == {"chat", "transcription", "speech"}
    chat = found["chat"]
    assert isinstance(chat, Empirical)
    assert max(chat.seconds) > 2.0
    assert all(0 < seconds < 10 for seconds in chat.seconds)


def test_old_logs_show_the_chat_model_only() -> None:
    assert set(from_log(str(SAMPLES / "openai-2.54.log"))) == {"chat"}


def test_a_log_without_latencies_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "empty.jsonl"
    log.write_text('{"message": "session closed", "level": "DEBUG", "name": "livekit.agents"}\n')
    code, _, lines = bench("--latency-from", str(log))
    assert code == 2
    assert "no latencies of a model" in lines[0]


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
        [scenarios.load("quiet-office")],
        ["slow", "quick"],
        seed=7,
        command="tuner bench --calls 8",
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
    found = json.loads(bench_json.render(concluded(Run(some_calls(), wanted=16))))
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
    assert json.loads(bench_json.render(found))["run"]["valid"] is False


SECONDS = st.floats(0, 13)
SOUNDS = st.builds(
    lambda kind, at, long_s, mid: SoundTruth(kind, "yes", "yes", at, at + long_s, at, False, mid),
    *(st.sampled_from(SoundKind), SECONDS, st.floats(0, 3), st.booleans()),
)
MOMENTS = st.builds(Moment, SECONDS, st.sampled_from(["start", "hold", "go_on", "cut", "end"]))
CALLS = st.builds(
    lambda sounds, moments, failure, tokens: CallTruth(
        *("quiet-office", "slow", 0, "AJ_0"),
        ended=12.0,
        sounds=tuple(sounds),
        tokens=tokens,
        failure=failure,
        moments=tuple(sorted(moments, key=lambda one: one.at)),
    ),
    *(st.lists(SOUNDS, max_size=3), st.lists(MOMENTS, max_size=5)),
    *(st.sampled_from(["", "", "TimeoutError"]), st.integers(0, 99)),
)


@given(st.lists(CALLS, max_size=2))
def test_whatever_happened_in_the_calls_there_is_a_report(calls: list[CallTruth]) -> None:
    """Also of callers who took no turn, and agents who never spoke."""
    both = [
        replace(call, profile=name) for call, name in zip(calls, ["slow", "quick"], strict=False)
    ]
    found = concluded(Run(both, wanted=2))
    assert report.text(found)
    json.loads(bench_json.render(found), parse_constant=lambda name: pytest.fail(name))


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
        [scenarios.load("quiet-office")],
        ["slow", "quick"],
        seed=7,
        command="",
        limits=Limits(),
        logs={("quiet-office", "slow"): Path("slow.jsonl")},
        analyze=analyze,
    )
    assert found.tables[0].figures
    return found


def test_progress_is_for_terminals(capsys: pytest.CaptureFixture[str]) -> None:
    with bench_cli.call_progress(quiet=False) as progress:
        progress(1, 2, 30.0)
    assert capsys.readouterr() == ("", "")
    assert runner.default_processes() >= 1


def test_progress_is_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_cli, "on_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with bench_cli.call_progress(quiet=False) as progress:
        progress(1, 2, 30.0)
    out, err = capsys.readouterr()
    assert out == ""
    assert "1/2" in err


def test_the_report_names_the_command_without_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Any] = []

    def hold(plan: Any, **_: Any) -> int:
        plans.append(plan)
        return 0

    monkeypatch.setattr(bench_cli, "_hold", hold)
    assert cli.run(["bench", "--profile", "fast", "--profile=noisy", "--mode", "realtime"]) == 0
    assert cli.run(["bench", "--set", "MAX_TOKENS=9", "--json", "--calls", "20"]) == 0
    assert [plan.command for plan in plans] == [
        "tuner bench --profile fast --profile noisy --mode realtime",
        "tuner bench --set MAX_TOKENS=9 --json",
    ]


def test_the_silence_that_a_log_stamps_is_known() -> None:
    log = str(Path(__file__).parent / "whatif" / "slow-thinker.d05.jsonl.gz")
    assert pipeline.stamped_number([log], "VAD_MIN_SILENCE_DURATION") == 0.3
    assert pipeline.stamped_number([str(SAMPLES / "openai-2.54.log")], "MAX_TOKENS") is None
