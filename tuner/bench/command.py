"""What `tuner bench` is asked for in, results out: settings, scenarios, jobs, the run, its figures.

The command line is in `tuner.cli.bench`. LiveKit is imported only when calls are held.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tuner.bench.callers import scenarios
from tuner.bench.callers.scenario import ENDPOINTS, Scenario
from tuner.bench.latency import Empirical
from tuner.bench.latency_from_log import latencies
from tuner.errors import InputError, UsageError, did_you_mean, missing_extra
from tuner.limits import Limits
from tuner.model import Report
from tuner.settings import profiles
from tuner.settings.knob_table import KNOBS, Settings, as_values, parse

if TYPE_CHECKING:
    from tuner.bench.results.results import Results
    from tuner.bench.running.job import CallJob
    from tuner.bench.running.runner import Run

_STAGES = {
    "pipeline": ("chat", "transcription", "speech"),
    "realtime": ("response", "transcript"),
}
"""The models that a mode uses, as scenarios name them."""


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """What is to be held: every scenario under every profile, `calls` times.

    `logs` is the folder for the agent's logs, in LiveKit's `layout`; `at_once` calls run at the
    same time, in `processes` (None = one per CPU). `command` is shown in the report.
    """

    profiles: Mapping[str, Settings]
    scenarios: Sequence[Scenario]
    calls: int
    seed: int
    logs: Path
    layout: str
    at_once: int
    processes: int | None
    command: str

    def log_of(self, scenario: str, profile: str) -> Path:
        """The log of one scenario under one profile."""
        end = "jsonl" if self.layout == "json" else f"{self.layout}.log"
        return self.logs / f"{scenario}.{profile}.{end}"


def hold(
    plan: BenchPlan,
    analyze: Callable[[Path], Report],
    progress: Callable[[int, int, float], None],
    *,
    keep_truth: bool = False,
) -> Results:
    """Hold the calls, measure them, compare the analyzer's counts with the truth.

    `keep_truth` writes `truth.json` beside the logs. `progress` gets calls done, calls in all and
    seconds since the start.

    Raises:
        UsageError: LiveKit is not installed.
        InputError: the callers' audio clips are missing.
    """
    try:
        from tuner.bench.results import results
        from tuner.bench.running import runner
    except ModuleNotFoundError as error:
        raise missing_extra("`tuner bench`", "agent", error) from error
    _check_clips()
    run = runner.run(
        _jobs(plan),
        processes=plan.processes or runner.default_processes(),
        at_once=plan.at_once,
        progress=progress,
    )
    if keep_truth:
        _write_truth(run, plan.logs / "truth.json")
    return results.conclude(
        run,
        plan.scenarios,
        list(plan.profiles),
        seed=plan.seed,
        command=plan.command,
        limits=Limits(),
        logs={
            (one.name, name): plan.log_of(one.name, name)
            for one in plan.scenarios
            for name in plan.profiles
        },
        analyze=analyze,
    )


def _jobs(plan: BenchPlan) -> list[CallJob]:
    """Every call; those of one caller are neighbours, so that all profiles meet the same load."""
    from tuner.bench.running.job import CallJob

    return [
        CallJob(
            scenario=one,
            profile=name,
            settings=settings,
            number=number,
            seed=plan.seed,
            log=str(plan.log_of(one.name, name)),
            layout=plan.layout,
        )
        for one in plan.scenarios
        for number in range(plan.calls)
        for name, settings in plan.profiles.items()
    ]


def _check_clips() -> None:
    from tuner.bench.callers.sounds import clips

    try:
        clips()
    except (OSError, ValueError) as error:
        raise InputError(
            f"no audio clips: {error}",
            "Install voice-tuner again, or make them with espeak-ng: "
            "python -m tuner.bench.callers.make_clips",
        ) from error


def _write_truth(run: Run, path: Path) -> None:
    truth = {"problem": run.problem, "calls": [asdict(call) for call in run.calls]}
    path.write_text(json.dumps(truth))


def settings_of(
    name: str, folders: Sequence[Path], knobs: Sequence[str], mode: str | None
) -> Settings:
    """Return a profile with single settings (KNOB=VALUE) on top; the environment is ignored.

    Raises:
        SettingsError: no such profile, or a value out of range.
        UsageError: no such setting, or no value.
    """
    values = as_values(profiles.load(name, folders))
    if mode:
        values["AGENT_MODE"] = mode
        if mode == "pipeline" and values["TURN_DETECTION"] == "realtime_llm":
            values["TURN_DETECTION"] = "vad"
    return parse(values | dict(_knob(pair) for pair in knobs))


def _knob(pair: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in pair.partition("="))
    if name not in KNOBS:
        raise UsageError(
            f"--set: {name!r} is not a setting{did_you_mean(name, KNOBS)}",
            "`tuner profiles show` lists every setting.",
        )
    if not equals:
        raise UsageError(f"--set {pair!r} has no value", f"Write --set {name}=VALUE.")
    return name, value


def with_latencies(
    log: str,
    rows: Iterable[Mapping[str, Any]],
    wanted: Sequence[Scenario],
    chosen: Iterable[Settings],
) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios with the latencies of a log, and notes on what the log does not show.

    Raises:
        InputError: the log shows no latency of a model.
    """
    times = latencies(log, rows)
    counts = {stage: len(one.seconds) for stage, one in times.items() if isinstance(one, Empirical)}
    notes = ["latencies from the log: " + ", ".join(f"{n} {stage}" for stage, n in counts.items())]
    used = {stage for one in chosen for stage in _STAGES[one.agent_mode]}
    if missing := [stage for stage in ENDPOINTS if stage in used - set(times)]:
        notes.append(f"not in the log, so taken from the scenario: {', '.join(missing)}")
    return [one.with_models(times) for one in wanted], notes


def listing(folders: Sequence[Path]) -> str:
    """Return the profiles and scenarios, each with what it is for."""
    loaded = [scenarios.load(name) for name in scenarios.names()]
    above = [(name, profiles.describe(name, folders)) for name in profiles.names(folders)]
    below = [(one.name, f"{one.title} (for {one.best})") for one in loaded]
    wide = max(len(name) for name, _ in above + below)

    def lines(rows: Iterable[tuple[str, str]]) -> list[str]:
        return [f"  {name:{wide}}  {text}" for name, text in rows]

    return "\n".join(["profiles", *lines(above), "scenarios", *lines(below)])


@contextmanager
def log_folder(kept: Path | None) -> Iterator[Path]:
    """Give the folder for the logs: a new or empty one to keep, or a temporary one.

    Raises:
        UsageError: the folder is not empty, or cannot be written.
    """
    if kept is None:
        with TemporaryDirectory(prefix="tuner-bench-") as name:
            yield Path(name)
        return
    try:
        kept.mkdir(parents=True, exist_ok=True)
        used = any(kept.iterdir())
    except OSError as error:
        raise UsageError(
            f"--logs {kept}: {error.strerror}", "Name a folder to write to."
        ) from error
    if used:
        raise UsageError(f"--logs {kept} is not empty", "Name a new folder, or empty this one.")
    yield kept
