"""`tuner tune`: candidates by replay, callers fitted to a log, the race, the profile."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tuner import pipeline
from tuner.bench.latency import Empirical
from tuner.bench.latency_from_log import latencies
from tuner.bench.results.measures import CallMeasures
from tuner.bench.tuning import candidates as choosing
from tuner.bench.tuning import fitted, profile, race
from tuner.bench.tuning.candidates import CURRENT, Candidate
from tuner.bench.tuning.race import RacePlan
from tuner.bench.tuning.result import RaceResult
from tuner.cli.main import run
from tuner.errors import Interrupted, TunerError, UsageError
from tuner.limits import Limits
from tuner.settings import profiles
from tuner.settings.checks import MISTAKES, check
from tuner.settings.knob_table import KNOBS
from tuner.whatif.predict import Replay
from tuner.whatif.sounds import LoggedSound
from tuner.whatif.timing import DELAY

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "whatif"
SLOW = DATA / "slow-thinker.d05.jsonl.gz"
QUIET = DATA / "quiet-office.d05.jsonl.gz"
LIMITS = Limits()


@pytest.fixture(scope="module")
def slow() -> Replay:
    return pipeline.replay([SLOW])


# --- candidates ---------------------------------------------------------------------------------


def test_the_current_settings_are_a_candidate_and_no_two_are_the_same(slow: Replay) -> None:
    found = choosing.candidates(slow, LIMITS)
    assert (found[0].name, dict(found[0].changes)) == (CURRENT, {})
    settings = [one.settings for one in found]
    assert all(one not in settings[:at] for at, one in enumerate(settings))
    assert {"fast", "patient", "noisy"} <= {one.name for one in found}
    for one in found:
        assert not {problem.kind for problem in check(one.settings)} & set(MISTAKES)


def test_callers_who_pause_are_given_time_by_replay_alone(slow: Replay) -> None:
    best = choosing.best(choosing.candidates(slow, LIMITS), slow, LIMITS)
    assert best is not None
    assert 1.0 <= best.changes[DELAY] <= 1.3


def test_without_support_no_change_is_chosen() -> None:
    quiet = pipeline.replay([QUIET])
    assert choosing.best(choosing.candidates(quiet, LIMITS), quiet, LIMITS) is None


def test_a_lower_bar_for_interruptions_is_never_composed(slow: Replay) -> None:
    for one in choosing.candidates(slow, LIMITS):
        if one.name not in profiles.names():
            tried = one.settings
            bar = tried.min_interruption_duration - tried.vad_min_silence_duration
            assert bar >= 0.2 - 1e-9


def test_own_profiles_take_part_unless_they_certainly_cost_more(
    slow: Replay, tmp_path: Path
) -> None:
    for name, text in {
        "mine": "MIN_ENDPOINTING_DELAY=1.2",
        "current": "MIN_ENDPOINTING_DELAY=1.0",
        "same": "MAX_TOKENS=77",
        "endless": "MIN_ENDPOINTING_DELAY=4.0\nMAX_ENDPOINTING_DELAY=5.0",
        "broken": "MIN_ENDPOINTING_DELAY=soon",
    }.items():
        (tmp_path / f"{name}.env").write_text(f"{text}\n")
    found = choosing.candidates(slow, LIMITS, [tmp_path, profiles.folders({}, ROOT)[-1]])
    shipped = {one.name for one in choosing.candidates(slow, LIMITS)}
    assert {one.name for one in found} - shipped == {"mine", "current.env"}
    assert dict(found[0].changes) == {}


def test_words_may_pass_only_where_they_come_in_time(slow: Replay) -> None:
    streaming = Replay(slow.calls, {**slow.values, "STT_MODEL": "gpt-live-transcribe"})
    assert "back-channels" in {one.name for one in choosing.candidates(streaming, LIMITS)}
    assert "back-channels" not in {one.name for one in choosing.candidates(slow, LIMITS)}


# --- callers ------------------------------------------------------------------------------------


def callers_of(log: Path) -> fitted.FittedCallers:
    return fitted.fitted(pipeline.replay([log]), pipeline.rows([log]), "a log")


def test_callers_pause_as_those_of_the_log() -> None:
    """The bench drew these pauses from 0.45 to 1.15 s, in 65 % of the sentences."""
    style = callers_of(DATA / "slow-thinker.d15.jsonl.gz").scenario.caller
    long = [one for one in style.pauses_s if one > 0.3]
    assert 0.4 < np.quantile(long, 0.05) < 0.6
    assert abs(float(np.mean(long)) - 0.8) < 0.08
    assert style.pause_chance * len(long) / len(style.pauses_s) == pytest.approx(0.65, abs=0.1)


def test_pauses_that_an_answer_cut_short_count_too() -> None:
    """The same callers at half a second: most long pauses end in an answer."""
    known, cut = (
        callers_of(DATA / f"slow-thinker.{run}.jsonl.gz").scenario.caller for run in ("d15", "d05")
    )
    for share in (0.25, 0.5, 0.75):
        assert np.quantile(cut.pauses_s, share) == pytest.approx(
            np.quantile(known.pauses_s, share), abs=0.15
        )


def test_real_pauses_outlast_what_was_measured() -> None:
    lengths = np.array(fitted.real_pauses(4000))
    assert fitted.outlasting(0.3) == pytest.approx(0.56)
    assert (lengths > 0.6).mean() == pytest.approx((0.22 - 0.05) / 0.95, abs=0.01)


def test_models_are_as_slow_as_in_the_log() -> None:
    found = callers_of(SLOW)
    chat = found.scenario.models["chat"]
    assert isinstance(chat, Empirical)
    assert 0.2 < float(np.median(chat.seconds)) < 0.6
    assert "room noise" in found.notes[-1]


def test_the_silence_of_the_voice_detection_is_not_counted_twice() -> None:
    rows = [{"kind": "transcript", "transcript_delay": 0.7}] * 5 + [
        {"kind": "llm_metrics", "ttft": 0.4}
    ] * 5
    found = latencies("log", rows, vad_silence_s=0.55)
    assert found["transcription"] == Empirical((pytest.approx(0.15),) * 5)  # type: ignore[arg-type]


def test_sounds_that_stopped_nothing_are_made_too(slow: Replay) -> None:
    """Half a second of sound once a call, which no line about an interruption holds."""
    hum = LoggedSound(1000.0, 1000.4, True, False, None, None, 0.6, 0.5, 1.0, None, None)
    speech = hum._replace(started=1010.0, ended=1012.0, words=5)
    calls = tuple(call._replace(sounds=(hum, speech)) for call in slow.calls)
    heard = Replay(calls, slow.values)
    style = fitted.fitted(heard, pipeline.rows([SLOW]), "a log").scenario.caller
    replies = sum(len(call.answers) for call in calls)
    assert style.backchannel_chance == pytest.approx(len(calls) / replies)
    assert set(style.backchannels_s) == {0.4}
    assert style.heard_as_words == 0.0


def test_noise_of_the_log_is_there_at_any_time(slow: Replay) -> None:
    """Two wordless sounds a call while the agent is silent: as many are over the agent."""
    silent = LoggedSound(1000.0, 1000.5, False, False, None, None, 0.6, 0.5, 1.0, None, None)
    sounds = (silent, silent._replace(started=1010.0, ended=1010.7))
    over = silent._replace(started=1005.0, ended=1005.5, audible=True)
    calls = tuple(
        call._replace(sounds=(*sounds, over, over), transcribed_each=True) for call in slow.calls
    )
    found = fitted.fitted(Replay(calls, slow.values), pipeline.rows([SLOW]), "a log")
    style = found.scenario.caller
    minutes = sum(call.minutes for call in calls)
    assert style.bystanders_per_minute == pytest.approx(4 * len(calls) / minutes, abs=0.01)
    assert style.bystander_s == (0.5, 0.7)
    assert style.backchannel_chance == 0.0
    assert "noise that is taken for speech" in found.notes[-2]


def test_a_streaming_transcriber_is_as_late_as_in_the_log() -> None:
    log = pipeline.replay([SLOW])
    streaming = Replay(log.calls, {**log.values, "STT_MODEL": "gpt-live-transcribe"})
    found = fitted.fitted(streaming, pipeline.rows([SLOW]), "a log").scenario.models["transcript"]
    assert isinstance(found, Empirical)
    assert 0.1 < float(np.median(found.seconds)) < 0.6


# --- the race -----------------------------------------------------------------------------------


def call(number: int, wait: float) -> CallMeasures:
    """A call of four turns, each answered after so long."""
    waits = (wait,) * 4
    zeros = dict.fromkeys(
        ("false_stops", "lost", "resumed", "pauses", "talk_overs", "silent_splits", "missed"), 0
    )
    more = dict.fromkeys(("interruptions", "late", "needless_replies", "tokens"), 0)
    return CallMeasures(number, 0.6, waits, 4, 4, dead_air_s=0.0, stops_s=(), **zeros, **more)


class Callers:
    """Holds calls on paper: every setting has a wait of its own, every caller a mood."""

    def __init__(self, waits: dict[str, float]) -> None:
        self.waits = waits
        self.held: list[tuple[list[str], int, int]] = []

    def __call__(
        self, found: Sequence[Candidate], numbers: Iterable[int], seed: int
    ) -> dict[str, list[CallMeasures]]:
        each = list(numbers)
        self.held.append(([one.name for one in found], len(each), seed))
        moods = {number: random.Random(f"{seed}:{number}").gauss(0, 0.3) for number in each}
        return {
            one.name: [
                call(number, 2 + self.waits[one.name] + moods[number] + self._luck(one, number))
                for number in each
            ]
            for one in found
        }

    def _luck(self, one: Candidate, number: int) -> float:
        return random.Random(f"{one.name}:{number}:{len(self.held)}").gauss(0, 0.2)


def raced(slow: Replay, waits: dict[str, float]) -> tuple[RaceResult, Callers]:
    settings = choosing.candidates(slow, LIMITS)[0]
    found = [settings._replace(name=name) for name in waits]
    hold = Callers(waits)
    return race.race(found, RacePlan(12, 20, 40), hold, 7, LIMITS), hold


def test_the_cheapest_wins_and_meets_fresh_callers(slow: Replay) -> None:
    waits = {CURRENT: 1.0, "good": 0.0, "close": 0.1, "bad": 2.0}
    found, hold = raced(slow, waits)
    assert found.winner.name == "good"
    assert found.better
    first, second, fresh = hold.held
    assert first == ([*waits], 12, 7)
    assert "bad" not in second[0]
    assert fresh == ([CURRENT, "good"], 40, 8)
    assert found.standings[0].name == "good"


def test_where_nothing_beats_the_current_settings_no_fresh_callers_are_held(slow: Replay) -> None:
    found, hold = raced(slow, {CURRENT: 0.0, "worse": 1.0, "much worse": 2.0})
    assert (found.winner.name, found.better, found.gain) == (CURRENT, False, None)
    assert all(seed == 7 for _, _, seed in hold.held)


def test_settings_that_are_all_the_same_are_seldom_called_better(slow: Replay) -> None:
    better = 0
    for number in range(10):
        found, _ = raced(slow, {CURRENT: 0.0, **{f"same {number}.{i}": 0.0 for i in range(4)}})
        better += found.better
    assert better <= 2


def test_the_time_is_shared_out_and_too_little_is_refused() -> None:
    found = race.plan(10, 36.0, 20, 9)
    calls = found.first * 9 + found.second * race.FINALISTS + found.final * 2
    assert 0.9 * 10 * 60 < calls / 20 * 40 + 18 <= 10 * 60
    with pytest.raises(UsageError, match="too short") as refused:
        race.plan(1, 36.0, 20, 9)
    needed = float(refused.value.next_step.split()[2])
    assert race.plan(needed, 36.0, 20, 9).first >= race.LEAST_CALLERS


def test_calls_are_held_for_every_candidate_and_caller(
    slow: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("livekit.agents")
    from tuner.bench.running.job import CallJob, CallTruth
    from tuner.bench.running.runner import Run
    from tuner.bench.tuning import holding

    asked: list[CallJob] = []
    run_ = Run()

    def held(jobs: Sequence[CallJob], **_: object) -> Run:
        asked.extend(jobs)
        run_.calls = [CallTruth("", one.profile, one.number, one.job_id) for one in jobs]
        return run_

    monkeypatch.setattr("tuner.bench.tuning.holding.runner.run", held)
    found = choosing.candidates(slow, LIMITS)[:2]
    callers = callers_of(SLOW).scenario
    hold = holding.holder(callers, 5, 1, lambda *_: None)
    names = {one.name for one in found}
    assert {name: len(calls) for name, calls in hold(found, range(3), 9).items()} == dict.fromkeys(
        names, 3
    )
    assert {(one.profile, one.number, one.seed) for one in asked} == {
        (name, number, 9) for name in names for number in range(3)
    }
    run_.lags_s = [0.2] * 100
    with pytest.raises(TunerError, match="could not keep up"):
        hold(found, range(3), 9)
    run_.problem = "stopped"
    with pytest.raises(Interrupted, match="nothing was written"):
        hold(found, range(3), 9)


# --- the profile --------------------------------------------------------------------------------

ORIGIN = profile.ProfileOrigin("calls.jsonl", "tuner tune calls.jsonl", "2026-11-26", 7)


def test_the_profile_says_what_each_value_rests_on(slow: Replay, tmp_path: Path) -> None:
    found = choosing.candidates(slow, LIMITS)
    winner = next(one for one in found if DELAY in one.changes)
    hold = Callers({CURRENT: 1.0, winner.name: 0.0})
    result = race.race([found[0], winner], RacePlan(12, 0, 40), hold, 7, LIMITS)
    text = profile.text(winner, slow, ORIGIN, result)
    path = tmp_path / "ours.env"
    profile.write(path, text)
    loaded = profiles.load(str(path))
    assert loaded == winner.settings
    assert "40 simulated callers" in text
    assert "seed 8" in text
    assert f"Was {slow.values[DELAY]:g} s." in text
    assert "By replay of the log, this alone: cut-offs a turn" in text
    assert profiles.describe(str(path)).startswith("For the callers of calls.jsonl.")
    assert max(map(len, text.splitlines()[1:])) <= 100
    assert run(["profiles", "check", str(path)]) == 0


def test_what_differs_from_the_defaults_in_the_log_stays(tmp_path: Path) -> None:
    slow = pipeline.replay([SLOW])
    slow.values["MAX_TOKENS"] = 123  # type: ignore[index]
    found = choosing.candidates(slow, LIMITS)
    text = profile.text(found[1], slow, ORIGIN, None)
    assert "MAX_TOKENS=123" in text
    assert "INSTRUCTIONS" not in text
    path = tmp_path / "ours.env"
    profile.write(path, text)
    assert profiles.load(str(path)).max_tokens == 123


def test_a_profile_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ours.env"
    path.write_text("# Mine.\n")

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        profile.write(path, "# New.\n")
    assert path.read_text() == "# Mine.\n"
    assert [one.name for one in tmp_path.iterdir()] == ["ours.env"]


# --- the command --------------------------------------------------------------------------------


def tune(*arguments: str) -> int:
    return run(["tune", *arguments])


def test_offline_writes_a_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ours.env"
    assert tune(str(SLOW), "-o", str(path), "--offline") == 0
    shown = capsys.readouterr().out
    assert f"WROTE {path}" in shown
    assert "CANDIDATES" in shown
    text = path.read_text()
    assert "No call was held" in text
    assert str(DATA) not in text
    assert profiles.load(str(path)).min_endpointing_delay > 0.9
    assert tune(str(SLOW), "-o", str(path), "--offline") == 2
    assert "--force" in capsys.readouterr().err
    assert tune(str(SLOW), "-o", str(path), "--offline", "--force", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["verdict"], document["profile"]) == ("write", str(path))
    assert document["candidates"][0]["name"] == CURRENT


def test_keep_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(str(QUIET), "-o", str(tmp_path / "ours.env"), "--offline") == 0
    assert "KEEP the current settings" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def no_pauses(folder: Path) -> str:
    """The log of slow thinkers, of each call only the first whole turn."""
    path, had = folder / "one-turn.jsonl", set[str]()
    with path.open("w") as file:
        for line in gzip.decompress(SLOW.read_bytes()).decode().splitlines():
            record = json.loads(line)
            if record["message"] == "turn":
                if record["job_id"] in had or record["pauses"] or record["resumed_after_commit"]:
                    continue
                had.add(record["job_id"])
            file.write(line + "\n")
    return str(path)


def unstamped(folder: Path) -> str:
    """The log of slow thinkers as an agent writes it that stamps no settings."""
    path = folder / "unstamped.jsonl"
    with path.open("w") as file:
        for line in gzip.decompress(SLOW.read_bytes()).decode().splitlines():
            record = json.loads(line)
            record.pop("settings", None)
            file.write(json.dumps(record) + "\n")
    return str(path)


@pytest.mark.parametrize("offline", [True, False])
def test_bad_logs_are_refused_and_nothing_is_written(
    offline: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("livekit.agents")
    plain = tmp_path / "plain.log"
    plain.write_text('{"message": "hello", "level": "INFO", "name": "app"}\n')
    target = tmp_path / "ours.env"
    cases = {
        "TURN_LOG=stdout": [str(plain)],
        "1 call has turns": [str(SLOW), "--call", "AJ_slow-thinker.d05.3"],
        "mixes calls with MIN_ENDPOINTING_DELAY": [
            str(SLOW),
            str(DATA / "slow-thinker.d10.jsonl.gz"),
        ],
        "nothing to tune": [unstamped(tmp_path), "--current", "realtime"],
        "no pause in": [no_pauses(tmp_path)],
        "stdin": ["-"],
    }
    for message, arguments in cases.items():
        assert tune(*arguments, "-o", str(target), *(["--offline"] if offline else [])) == 2
        said = capsys.readouterr()
        assert message in said.err, message
        assert len(said.err.strip().splitlines()) >= 2, "the next step"
        assert not said.out
        assert not target.exists()


@pytest.mark.parametrize(
    ("output", "message"),
    [("ours.txt", "ends in .env"), ("missing/ours.env", "no folder")],
)
def test_a_target_that_cannot_be_written_is_refused_first(
    output: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune("no-such-log.jsonl", "-o", str(tmp_path / output)) == 2
    assert message in capsys.readouterr().err


def test_without_livekit_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['livekit.agents'] = None; from tuner.cli.main import run; "
        f"sys.exit(run(['tune', {str(SLOW)!r}, '-o', {str(tmp_path / 'ours.env')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert "needs the extra `agent`" in done.stderr
    assert "--offline" in done.stderr
    offline = code.replace("'-o'", "'--offline', '-o'")
    assert subprocess.call([sys.executable, "-c", offline], cwd=ROOT) == 0


def test_too_little_time_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("livekit.agents")
    arguments = (str(SLOW), "-o", str(tmp_path / "ours.env"), "--minutes", "1", "--at-once", "2")
    assert tune(*arguments) == 2
    assert "too short" in capsys.readouterr().err


def test_every_timing_that_is_tried_is_a_setting() -> None:
    slow = pipeline.replay([SLOW])
    for one in choosing.candidates(slow, LIMITS):
        assert set(one.changes) <= set(KNOBS)
