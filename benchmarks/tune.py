"""`tuner tune` against the shipped profiles, with callers that it has never met.

    python -m benchmarks.tune FOLDER [--minutes 7] [--calls 20] [--at-once 22] [--scenario NAME]

For each scenario: a log of 20 callers under `balanced`, `tuner tune` on that log alone, then the
profile that it wrote and the shipped ones of a pipeline meet fresh callers of the scenario itself.
Its profile should cost no more than the best of them, or lie within the interval of the difference.

Each of the three steps is kept in FOLDER once it is done: the same command goes on where it was
stopped, at most 7 minutes back. A scenario takes 11 minutes on two cores that nothing else uses,
the seven 80. The machine must be quiet: calls whose event loops were late are not kept.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.calls_held import AT_ONCE, NotKept, hold
from tuner import whole_files
from tuner.bench.callers import scenarios
from tuner.bench.callers.scenario import Scenario
from tuner.bench.results import estimates, frontier
from tuner.bench.results.estimates import Draws
from tuner.bench.results.measures import CallMeasures, measure
from tuner.bench.running.job import CallJob
from tuner.bench.tuning.profile import with_interval
from tuner.limits import Limits
from tuner.settings import profiles
from tuner.settings.knob_table import Settings

TUNED, BEFORE = "tuned", "balanced"
ONLY_LOGS_MORE = "evidence"
"""Times turns as `balanced` does, so that there is nothing to compare."""
LOG_SEED, TUNE_SEED, FRESH_SEED = 7, 70, 700
LOG_CALLS = 20
Measured = dict[str, list[CallMeasures]]


class Options(NamedTuple):
    """Where finished steps are kept, how long tune has, and how many calls are held."""

    folder: Path
    minutes: float
    calls: int
    at_once: int

    def path(self, scenario: Scenario, end: str) -> Path:
        """The file of one step of one scenario."""
        return self.folder / f"{scenario.name}.{end}"


class Verdict(NamedTuple):
    """One scenario: what tune did, how its profile compares, and how long that took."""

    scenario: str
    kept: bool
    best: str
    as_good: bool
    better_than_before: bool
    lines: tuple[str, ...]
    minutes: float


def judged(scenario: Scenario, options: Options) -> Verdict:
    """Make the log, tune, and let fresh callers judge; what is there already is not done again."""
    _log(scenario, options)
    answer = _tuned(scenario, options)
    kept = answer["verdict"] == "keep"
    measured = _fresh(scenario, options, kept)
    return _verdict(scenario.name, measured, kept, answer["minutes"])


def _log(scenario: Scenario, options: Options) -> None:
    """The log that somebody has who runs `balanced`."""
    path, part = options.path(scenario, "jsonl"), options.path(scenario, "part")
    if path.exists():
        return
    part.unlink(missing_ok=True)
    settings = profiles.load(BEFORE)
    jobs = [
        CallJob(scenario, BEFORE, settings, number, LOG_SEED, str(part))
        for number in range(LOG_CALLS)
    ]
    hold(jobs, options.at_once, f"{scenario.name}, log")
    part.rename(path)


def _tuned(scenario: Scenario, options: Options) -> dict[str, Any]:
    """What tune answered, and the minutes it took; its profile, if any, is written beside."""
    path = options.path(scenario, "tune.json")
    if not path.exists():
        began = time.monotonic()
        command = [sys.executable, "-m", "tuner", "tune", str(options.path(scenario, "jsonl"))]
        command += ["-o", str(options.path(scenario, "env")), "--force", "--json", "-q"]
        command += ["--minutes", str(options.minutes), "--at-once", str(options.at_once)]
        command += ["--seed", str(TUNE_SEED)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            raise NotKept(f"{scenario.name}: tune ended with code {done.returncode}")
        minutes = (time.monotonic() - began) / 60
        answer = json.loads(done.stdout) | {"minutes": minutes}
        whole_files.write(path, json.dumps(answer, indent=1).encode(), mode=0o644)
        sys.stderr.write(f"{scenario.name}, tune: {answer['verdict']}, {minutes:.1f} minutes\n")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _fresh(scenario: Scenario, options: Options, kept: bool) -> Measured:
    """What fresh callers suffered under the profile of tune and the shipped ones."""
    path = options.path(scenario, "measured.json")
    if not path.exists():
        own = {} if kept else {TUNED: profiles.load(str(options.path(scenario, "env")))}
        jobs = [
            CallJob(scenario, name, settings, number, FRESH_SEED)
            for number in range(options.calls)
            for name, settings in (_shipped() | own).items()
        ]
        run = hold(jobs, options.at_once, f"{scenario.name}, fresh callers")
        rows = [{"profile": call.profile, **asdict(measure(call))} for call in run.good]
        whole_files.write(path, json.dumps(rows).encode(), mode=0o644)
    return _read(json.loads(path.read_text()), kept)


def _shipped() -> dict[str, Settings]:
    loaded = {name: profiles.load(name) for name in profiles.names() if name != ONLY_LOGS_MORE}
    return {name: one for name, one in loaded.items() if one.agent_mode == "pipeline"}


def _read(rows: list[dict[str, Any]], kept: bool) -> Measured:
    """The measures by profile; where tune kept the settings, they are its profile."""
    found: Measured = {}
    for row in sorted(rows, key=lambda row: row["number"]):
        name = row.pop("profile")
        found.setdefault(name, []).append(CallMeasures(**row))
    return found | ({TUNED: found[BEFORE]} if kept else {})


def _verdict(scenario: str, measured: Measured, kept: bool, minutes: float) -> Verdict:
    drawn = estimates.draw(measured, estimates.measures(Limits()), FRESH_SEED)
    choice = frontier.choose(drawn)
    assert choice is not None
    gain = _difference(drawn[BEFORE], drawn[TUNED]).estimate().low
    return Verdict(
        scenario,
        kept,
        choice.best,
        TUNED in choice.as_good,
        gain is not None and gain > 0,
        tuple(_lines(drawn)),
        minutes,
    )


def _lines(drawn: Mapping[str, Mapping[str, Draws]]) -> Iterator[str]:
    """Every profile, the cheapest first: cost, cut-offs, median wait, false stops."""
    for name in sorted(drawn, key=lambda name: drawn[name]["cost_s"].plain):
        shown = (
            with_interval(drawn[name][figure].estimate())
            for figure in ("cost_s", "cut_offs_per_turn", "wait_p50_s", "false_stops_per_min")
        )
        yield f"{name:10} {'  '.join(f'{one:22}' for one in shown)}".rstrip()


def _difference(one: Mapping[str, Draws], other: Mapping[str, Draws]) -> Draws:
    mine, its = one["cost_s"], other["cost_s"]
    return Draws(mine.plain - its.plain, mine.drawn - its.drawn, mine.n)


def report(found: list[Verdict]) -> Iterator[str]:
    """Every scenario, and how many hold."""
    for one in found:
        yield f"{one.scenario}: best {one.best}, tune {'kept' if one.kept else 'wrote a profile'}"
        better = f"better than {BEFORE}: {one.better_than_before}"
        yield f"  as good as the best: {one.as_good}; {better}"
        yield f"  tune took {one.minutes:.1f} minutes"
        yield "  cost of a turn (s), cut-offs a turn, median wait (s), false stops a minute:"
        yield from (f"    {line}" for line in one.lines)
    yield f"as good as the best: {sum(one.as_good for one in found)} of {len(found)}"
    yield f"better than {BEFORE}: {sum(one.better_than_before for one in found)} of {len(found)}"


def main(arguments: list[str]) -> int:
    """Judge the scenarios and print; 1 if one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tune")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--scenario", action="append", choices=scenarios.names())
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    options = Options(asked.folder, asked.minutes, asked.calls, asked.at_once)
    names = asked.scenario or scenarios.names()
    found, missing = [], []
    for name in names:
        try:
            found.append(judged(scenarios.load(name), options))
        except NotKept as error:
            missing.append(f"not measured, start it again: {error}")
    sys.stdout.writelines(f"{line}\n" for line in (*report(found), *missing))
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
