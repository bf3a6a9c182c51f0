"""`tuner tune` against the shipped profiles, with callers that it has never met.

    python -m benchmarks.tune [--minutes 10] [--calls 30] [--at-once 20] [SCENARIO ...]

For each scenario: a log of 20 callers under `balanced`, `tuner tune` on that log alone, then the
profile that it wrote and all shipped ones meet fresh callers of the scenario itself. Its profile
should cost no more than the best of the shipped pipeline profiles, or lie within the interval of
the difference. On two cores that nothing else uses, a scenario takes 17 minutes, all six 100.
The machine must be quiet: a run whose event loops are late is refused.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tuner.bench.callers import scenarios
from tuner.bench.callers.scenario import Scenario
from tuner.bench.results import estimates, frontier
from tuner.bench.results.estimates import Draws
from tuner.bench.running import runner
from tuner.bench.running.job import CallJob
from tuner.bench.tuning.candidates import CURRENT, Candidate
from tuner.bench.tuning.holding import holder
from tuner.bench.tuning.profile import with_interval
from tuner.cli.main import run as tuner
from tuner.limits import Limits
from tuner.settings import profiles
from tuner.settings.knob_table import Settings

TUNED, BEFORE = "tuned", "balanced"
LOG_SEED, TUNE_SEED, FRESH_SEED = 7, 70, 700
LOG_CALLS = 20


class Options(NamedTuple):
    """How long and with how many calls."""

    minutes: float
    calls: int
    at_once: int


class Verdict(NamedTuple):
    """One scenario: what tune did, how its profile compares, and how long that took."""

    scenario: str
    kept: bool
    best: str
    as_good: bool
    better_than_before: bool
    lines: tuple[str, ...]
    minutes: float


def judged(scenario: Scenario, options: Options, folder: Path) -> Verdict:
    """Make the log, tune, and let fresh callers judge."""
    log, target = folder / f"{scenario.name}.jsonl", folder / f"{scenario.name}.env"
    _log(scenario, log, options.at_once)
    began = time.monotonic()
    budget = ["--minutes", str(options.minutes), "--at-once", str(options.at_once)]
    code = tuner(["tune", str(log), "-o", str(target), *budget, "--seed", str(TUNE_SEED)])
    minutes = (time.monotonic() - began) / 60
    if code:
        raise SystemExit(code)
    kept = not target.exists()
    found = profiles.load(BEFORE if kept else str(target))
    return _compared(scenario, found, kept, options, minutes)


def _log(scenario: Scenario, path: Path, at_once: int) -> None:
    """The log that somebody has who runs `balanced`."""
    settings = profiles.load(BEFORE)
    jobs = [
        CallJob(scenario, BEFORE, settings, number, LOG_SEED, str(path))
        for number in range(LOG_CALLS)
    ]
    held = runner.run(jobs, processes=runner.default_processes(), at_once=at_once)
    if held.too_slow:
        raise SystemExit(f"the machine is busy: event loops {held.lag_p99_s * 1000:.0f} ms late")


def _compared(
    scenario: Scenario, tuned: Settings, kept: bool, options: Options, minutes: float
) -> Verdict:
    """The profile of tune and the shipped ones of a pipeline, over the same fresh callers."""
    shipped = {name: profiles.load(name) for name in profiles.names()}
    tried = {TUNED: tuned} | {
        name: settings for name, settings in shipped.items() if settings.agent_mode == "pipeline"
    }
    found = [Candidate(name, {}, settings, {}) for name, settings in tried.items()]
    hold = holder(scenario, options.at_once, None, lambda *_: None)
    measured = hold(found, range(options.calls), FRESH_SEED)
    limits = Limits()
    drawn = estimates.draw(measured, estimates.measures(limits), FRESH_SEED)
    choice = frontier.choose(drawn)
    assert choice is not None
    gain = _difference(drawn[BEFORE], drawn[TUNED])
    costs = sorted(drawn, key=lambda name: drawn[name]["cost_s"].plain)
    return Verdict(
        scenario.name,
        kept,
        choice.best,
        TUNED in choice.as_good,
        gain.estimate().low is not None and (gain.estimate().low or 0.0) > 0,
        tuple(f"{name:10} {with_interval(drawn[name]['cost_s'].estimate())}" for name in costs),
        minutes,
    )


def _difference(one: dict[str, Draws], other: dict[str, Draws]) -> Draws:
    mine, its = one["cost_s"], other["cost_s"]
    return Draws(mine.plain - its.plain, mine.drawn - its.drawn, mine.n)


def report(found: list[Verdict]) -> Iterator[str]:
    """Every scenario, and how many hold."""
    for one in found:
        yield f"{one.scenario}: best {one.best}, tune {CURRENT if one.kept else 'wrote a profile'}"
        better = f"better than {BEFORE}: {one.better_than_before}"
        yield f"  as good as the best: {one.as_good}; {better}"
        yield f"  tune took {one.minutes:.1f} minutes; cost of a turn, s:"
        yield from (f"    {line}" for line in one.lines)
    yield f"as good as the best: {sum(one.as_good for one in found)} of {len(found)}"
    yield f"better than {BEFORE}: {sum(one.better_than_before for one in found)} of {len(found)}"


def main(arguments: list[str]) -> None:
    """Judge the scenarios and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tune")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--at-once", type=int, default=10 * runner.default_processes())
    parser.add_argument("scenarios", nargs="*")
    asked = parser.parse_args(arguments)
    options = Options(asked.minutes, asked.calls, asked.at_once)
    found = []
    with TemporaryDirectory(prefix="tuner-tune-") as folder:
        for name in asked.scenarios or scenarios.names():
            found.append(judged(scenarios.load(name), options, Path(folder)))
            sys.stdout.write(f"{found[-1].scenario} done\n")
    sys.stdout.writelines(f"{line}\n" for line in report(found))


if __name__ == "__main__":
    main(sys.argv[1:])
