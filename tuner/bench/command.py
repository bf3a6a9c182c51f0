"""A plan in, results out: the jobs of `tuner bench`, the run, its figures.

The command line is in `tuner.cli.bench`. LiveKit is imported only when calls are held.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tuner.bench.callers.scenario import Scenario
from tuner.errors import InputError, UsageError, missing_extra
from tuner.limits import Limits
from tuner.model import Report
from tuner.settings.knob_table import Settings

if TYPE_CHECKING:
    from tuner.bench.results.results import Results
    from tuner.bench.running.job import CallJob
    from tuner.bench.running.runner import Run


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

    @property
    def logs_held(self) -> dict[tuple[str, str], Path]:
        """Every log, by scenario and profile."""
        pairs = product((one.name for one in self.scenarios), self.profiles)
        return {pair: self.log_of(*pair) for pair in pairs}


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
    run = _held(plan, progress)
    if keep_truth:
        _write_truth(run, plan.logs / "truth.json")
    return _concluded(run, plan, analyze)


def _concluded(run: Run, plan: BenchPlan, analyze: Callable[[Path], Report]) -> Results:
    """The figures of the calls, and the analyzer's counts of their logs beside the truth."""
    from tuner.bench.results import results

    return results.conclude(
        run,
        plan.scenarios,
        list(plan.profiles),
        seed=plan.seed,
        command=plan.command,
        limits=Limits(),
        logs=plan.logs_held,
        analyze=analyze,
    )


def _held(plan: BenchPlan, progress: Callable[[int, int, float], None]) -> Run:
    """The calls, held in real time. Needs LiveKit."""
    try:
        from tuner.bench.running import runner
    except ModuleNotFoundError as error:
        raise missing_extra("`tuner bench`", "agent", error) from error
    _check_clips()
    return runner.run(
        _jobs(plan),
        processes=plan.processes or runner.default_processes(),
        at_once=plan.at_once,
        progress=progress,
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
