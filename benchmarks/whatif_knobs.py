"""Predictions of `tuner what-if` for knobs that stop the agent, against runs of the bench.

    python -m benchmarks.whatif_knobs                    # the runs in tests/whatif/stops
    python -m benchmarks.whatif_knobs --record FOLDER    # new ones: 7 minutes, a quiet machine
    python -m benchmarks.whatif_knobs --record FOLDER --seed 14 --run streaming --run base
    python -m benchmarks.whatif_knobs FOLDER

Each run has the same callers under another value of one knob, SCENARIO.RUN.jsonl.gz. From every log
every other run of its scenario is predicted. What was measured is what the other log counts, for
each minute of the first one, with its own 95 % interval (bootstrap over the same callers). Two runs
with the same callers differ by a sound or two, because they take place in real time.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.calls_held import AT_ONCE, hold
from tuner import pipeline
from tuner.bench import choices
from tuner.bench.callers import scenarios
from tuner.bench.running.job import CallJob
from tuner.model import Label
from tuner.settings.knob_table import Settings
from tuner.whatif.calls import LoggedCall
from tuner.whatif.draws import interval
from tuner.whatif.predict import Replay
from tuner.whatif.stops import REAL
from tuner.whatif.timing import SWEEPS, FigureName

FOLDER = Path(__file__).parent.parent / "tests" / "whatif" / "stops"
SCENARIOS = ("back-channelling-listener", "noisy-street")
RUNS = {
    "base": "",
    "duration035": "MIN_INTERRUPTION_DURATION=0.35",
    "duration07": "MIN_INTERRUPTION_DURATION=0.7",
    "duration09": "MIN_INTERRUPTION_DURATION=0.9",
    "threshold05": "INTERRUPTION_THRESHOLD=0.5",
    "threshold095": "INTERRUPTION_THRESHOLD=0.95",
    "timeout1": "FALSE_INTERRUPTION_TIMEOUT=1.0",
    "streaming": "STT_MODEL=gpt-live-transcribe",
    "streaming-words2": "STT_MODEL=gpt-live-transcribe MIN_INTERRUPTION_WORDS=2",
}
FIGURES: tuple[FigureName, ...] = ("false_stops_per_min", "dead_air_s_per_min")
ROUNDED = 0.001
LOGGER = b'"tuner.turns"'


class Plan(NamedTuple):
    """What is run: every scenario under every set of settings, by the name of the run."""

    scenarios: Sequence[str]
    runs: Mapping[str, str]

    def settings(self, run: str) -> Settings:
        """Those of one run, on top of `balanced`."""
        return choices.settings_of("balanced", (), self.runs[run].split(), None)


class StopOutcome(NamedTuple):
    """A predicted change with its interval, and the measured one with its own."""

    before: str
    after: str
    knobs: str
    figure: FigureName
    label: Label
    predicted: tuple[float, float]
    measured: float
    measured_interval: tuple[float, float]

    @property
    def inside(self) -> bool:
        """Whether the measured change lies in the predicted interval."""
        low, high = self.predicted
        return low - ROUNDED <= self.measured <= high + ROUNDED

    @property
    def agrees(self) -> bool:
        """Whether the two intervals overlap."""
        (low, high), (least, most) = self.predicted, self.measured_interval
        return low - ROUNDED <= most and least <= high + ROUNDED


def outcomes(folder: Path = FOLDER) -> Iterator[StopOutcome]:
    """Every prediction that has an interval."""
    logs = {path.name: pipeline.replay([path]) for path in sorted(folder.glob("*.jsonl.gz"))}
    for before, old in logs.items():
        for after, new in logs.items():
            same = before.partition(".")[0] == after.partition(".")[0]
            if before != after and same and _rest(old) == _rest(new):
                yield from _outcomes(before, old, after, new)


def _rest(log: Replay) -> dict[str, object]:
    """The settings that no replay changes."""
    return {name: value for name, value in log.values.items() if name not in SWEEPS}


def _outcomes(before: str, old: Replay, after: str, new: Replay) -> Iterator[StopOutcome]:
    found = old.predict({name: new.values[name] for name in SWEEPS if name in new.values})
    for name in FIGURES:
        low, high, label = found[name].low, found[name].high, found[name].label
        if low is None or high is None:
            continue
        change, ends = _measured(old, new, name)
        names = before.removesuffix(".jsonl.gz"), after.removesuffix(".jsonl.gz")
        knobs = ", ".join(one for one in SWEEPS if old.values.get(one) != new.values.get(one))
        yield StopOutcome(*names, knobs, name, label, (low, high), change, ends)


def _measured(old: Replay, new: Replay, name: FigureName) -> tuple[float, tuple[float, float]]:
    first, second = ({call.key: call for call in log.calls} for log in (old, new))
    both = [(first[key], second[key]) for key in first if key in second]
    change = np.array([_amount(b, name) - _amount(a, name) for a, b in both])
    minutes = np.array([a.minutes for a, _ in both])
    drawn = np.random.default_rng(1).multinomial(len(both), [1 / len(both)] * len(both), 1000)
    return float(change.sum() / minutes.sum()), interval(drawn @ change / (drawn @ minutes))


def _amount(call: LoggedCall, name: FigureName) -> float:
    false = [stop for stop in call.stops if stop.outcome != REAL]
    return float(len(false)) if name == FIGURES[0] else sum(stop.dead_air for stop in false)


def report(found: list[StopOutcome]) -> Iterator[str]:
    """Every prediction, and how many hold."""
    for one in found:
        note = "" if one.inside else "  agrees" if one.agrees else "  MISSED"
        yield (
            f"{one.before} -> {one.after:14} {one.figure:20} ({one.predicted[0]:6.2f} to "
            f"{one.predicted[1]:6.2f}) measured {one.measured:6.2f} {one.label}{note}"
        )
    for name in FIGURES:
        mine = [one for one in found if one.figure == name]
        inside, agree = sum(one.inside for one in mine), sum(one.agrees for one in mine)
        yield f"{name}: {inside} of {len(mine)} inside, {agree} of {len(mine)} agree"
        for knob in dict.fromkeys(one.knobs for one in mine):
            each = [one.inside for one in mine if one.knobs == knob]
            yield f"  {knob}: {sum(each)} of {len(each)}"


def record(folder: Path, plan: Plan, calls: int, seed: int, at_once: int) -> None:
    """Hold the calls of these runs side by side, and keep the turn log of each."""
    parts = {
        (scenario, run): folder / f"{scenario}.{run}.jsonl"
        for scenario in plan.scenarios
        for run in plan.runs
    }
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts.values():
        part.unlink(missing_ok=True)
    jobs = [
        CallJob(scenarios.load(scenario), "balanced", plan.settings(run), number, seed, str(part))
        for number in range(calls)
        for (scenario, run), part in parts.items()
    ]
    hold(jobs, at_once, f"{len(parts)} runs")
    for part in parts.values():
        lines = part.read_bytes().splitlines(keepends=True)
        kept = b"".join(line for line in lines if LOGGER in line)
        part.with_name(f"{part.name}.gz").write_bytes(gzip.compress(kept, mtime=0))
        part.unlink()


def recorded(arguments: Sequence[str], what: str | None, plan: Plan, folder: Path | None) -> Path:
    """The folder that the command line names, with new runs in it if they were asked for."""
    parser = argparse.ArgumentParser(description=what, add_help=True)
    parser.add_argument("folder", type=Path, nargs="?" if folder else None, default=folder)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--run", action="append", choices=plan.runs)
    parser.add_argument("--calls", type=int, default=12)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    chosen = parser.parse_args(arguments)
    if chosen.record:
        runs = {name: plan.runs[name] for name in chosen.run or plan.runs}
        plan = plan._replace(runs=runs)
        record(chosen.folder, plan, chosen.calls, chosen.seed, chosen.at_once)
    return Path(chosen.folder)


def main(arguments: list[str]) -> None:
    """Record, or predict, compare and print."""
    folder = recorded(arguments, __doc__, Plan(SCENARIOS, RUNS), FOLDER)
    sys.stdout.writelines(f"{line}\n" for line in report(list(outcomes(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
