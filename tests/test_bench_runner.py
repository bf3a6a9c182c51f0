"""Real calls in real processes, short ones; and what is left when something goes wrong."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from tuner.bench.callers import scenarios
from tuner.bench.results.measures import measure
from tuner.bench.running import runner
from tuner.bench.running.job import CallJob, CallTruth
from tuner.bench.running.runner import Run
from tuner.cli import main as cli
from tuner.settings.knob_table import Settings

SHORT = """
title = "One question, one answer"
best = "fast"
seconds = 14
reply_s = [0.8, 1.2]
[caller]
think_s = [0.1, 0.3]
[models.chat]
median_s = 0.1
sigma = 0
[failures]
"""
BUSY = "could not keep up"
"""What a run says on a machine that has other things to do; no fault of the code."""


def short(folder: Path) -> Path:
    path = folder / "short.toml"
    path.write_text(SHORT)
    return path


def bench(*arguments: str) -> tuple[int, str, list[str]]:
    """Run the command; its code, what it printed, and its messages."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = cli.run(["bench", *arguments])
    assert out.getvalue(), f"code {code}, and nothing printed: {err.getvalue()}"
    return code, out.getvalue(), err.getvalue().splitlines()


def test_two_profiles_meet_the_same_caller_and_the_analyzer_agrees(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    code, printed, told = bench(
        *("--profile", "fast", "--profile", "evidence", "--scenario", str(short(tmp_path))),
        *("--calls", "1", "--at-once", "2", "--processes", "1", "--json", "--logs", str(kept)),
    )
    found = json.loads(printed)
    troubles = [line for line in told if BUSY not in line]
    assert troubles == []
    assert code == (2 if told else 0)
    assert found["run"]["calls"] == found["run"]["wanted"] == 2
    assert found["analyzer"]
    assert all(check["agrees"] for check in found["analyzer"] if check["binding"])
    profiles = found["scenarios"]["short"]["profiles"]
    assert set(profiles) == {"fast", "evidence"}
    assert all(one["wait_p50_s"]["value"] > 0 for one in profiles.values())

    truth = json.loads((kept / "truth.json").read_text())["calls"]
    first, second = (
        [(s["kind"], s["text"], s["ends_s"] - s["starts_s"]) for s in one["sounds"]]
        for one in sorted(truth, key=lambda one: str(one["profile"]))
    )
    both = min(len(first), len(second))
    assert both >= 1
    assert first[:both] == second[:both]
    names = {path.name for path in kept.iterdir()}
    assert names == {"short.fast.jsonl", "short.evidence.jsonl", "truth.json"}
    debug = (kept / "short.evidence.jsonl").read_text()
    assert '"level": "DEBUG"' in debug
    assert '"level": "DEBUG"' not in (kept / "short.fast.jsonl").read_text()


def test_a_log_of_another_layout_without_a_turn_log_agrees_as_far_as_it_shows(
    tmp_path: Path,
) -> None:
    kept = tmp_path / "kept"
    code, printed, told = bench(
        *("--profile", "fast", "--profile", "evidence", "--scenario", str(short(tmp_path))),
        *("--set", "TURN_LOG=off", "--log-format", "console", "--calls", "1", "--at-once", "2"),
        *("--processes", "1", "--json", "--logs", str(kept)),
    )
    found = json.loads(printed)["analyzer"]
    assert [line for line in told if BUSY not in line] == []
    assert code == (2 if told else 0)
    quiet = {check["what"] for check in found if check["found"] is None}
    assert {"turns", "OpenAI responses"} <= quiet
    loud = [check for check in found if check["profile"] == "evidence" and check["binding"]]
    assert len(loud) == 5
    assert all(check["agrees"] for check in loud)
    first = (kept / "short.evidence.console.log").read_bytes().split(b"\n")[0]
    assert re.match(rb"\r\d\d:\d\d:\d\d \x1b\[3\dm[A-Z]+", first)


def test_realtime_is_measured_too(tmp_path: Path) -> None:
    code, printed, told = bench(
        *("--profile", "realtime", "--scenario", str(short(tmp_path)), "--calls", "1", "--json"),
    )
    found = json.loads(printed)["scenarios"]["short"]["profiles"]["realtime"]
    assert [line for line in told if BUSY not in line] == []
    assert found["answered"]["value"] == 1
    assert found["tokens_per_turn"]["value"] > 0
    assert code in (0, 2)


def job(folder: Path, **more: Any) -> CallJob:
    one = scenarios.load(str(short(folder)))
    return CallJob(one, "fast", more.pop("settings", Settings()), 0, 7, **more)


def test_a_call_that_cannot_be_made_is_kept_and_marked(tmp_path: Path) -> None:
    settings = Settings(instructions_file=str(tmp_path / "none.txt"))
    made = runner.run([job(tmp_path, settings=settings)], processes=1, at_once=1)
    assert [call.failure[:13] for call in made.calls] == ["SettingsError"]
    assert made.good == []
    assert made.problem == ""


class Deadly(CallJob):
    """A job that takes its process with it."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        return os._exit, (3,)


def test_a_process_that_dies_leaves_what_was_measured(tmp_path: Path) -> None:
    made = runner.run([Deadly(*_fields(job(tmp_path)))], processes=1, at_once=1)
    assert made.problem == "a process of the run ended with code 3"
    assert made.calls == []


def _fields(one: CallJob) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in CallJob.__dataclass_fields__)


def test_a_run_is_invalid_when_the_machine_could_not_keep_up() -> None:
    calls = [CallTruth("s", "p", 0, "AJ_1", lag_p99_s=0.2)]
    assert Run(calls, lags_s=[0.001] * 98 + [0.06] * 2).too_slow
    assert not Run(calls, lags_s=[0.001] * 99 + [0.4]).too_slow
    assert Run(calls).too_slow, "without an end of the processes, the calls' own lag counts"


def test_the_same_job_has_the_same_seed_under_every_profile(tmp_path: Path) -> None:
    one = job(tmp_path)
    assert replace(one, profile="noisy").call_seed == one.call_seed
    assert replace(one, number=1).call_seed != one.call_seed
    assert replace(one, seed=8).call_seed != one.call_seed
    assert measure(CallTruth("s", "p", 0, "AJ_1")).turns == 0


STOPPED = """
from pathlib import Path

from tuner.bench.callers.scenarios import load
from tuner.bench.running import runner
from tuner.bench.running.job import CallJob
from tuner.settings.knob_table import Settings

if __name__ == "__main__":
    jobs = [CallJob(load("quiet-office"), "balanced", Settings(), 0, 7)]
    run = runner.run(jobs, processes=1, at_once=1, progress=lambda *_: print("up", flush=True))
    print(run.problem)
"""


def test_processes_that_are_stopped_as_they_start_say_nothing(tmp_path: Path) -> None:
    """A terminal sends Ctrl-C to all of them; each would print what it was importing."""
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED)
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert out.splitlines()[-1] == "stopped"
    assert err == ""
