"""Candidates and callers in, what the callers suffered out: calls of the bench, in real time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tuner.bench.callers.scenario import Scenario
from tuner.bench.results.measures import CallMeasures, measure
from tuner.bench.running import runner
from tuner.bench.running.job import CallJob
from tuner.bench.tuning.candidates import Candidate
from tuner.bench.tuning.race import Hold, Measured
from tuner.errors import Interrupted, TunerError

Progress = Callable[[int, int, float], None]


def holder(scenario: Scenario, at_once: int, processes: int | None, progress: Progress) -> Hold:
    """Hold calls of this scenario, `at_once` at a time; `progress` is that of `runner.run`."""

    def hold(candidates: Sequence[Candidate], numbers: Iterable[int], seed: int) -> Measured:
        jobs = [
            CallJob(scenario, one.name, one.settings, number, seed)
            for number in numbers
            for one in candidates
        ]
        run = runner.run(
            jobs,
            processes=processes or runner.default_processes(),
            at_once=at_once,
            progress=progress,
        )
        _must_be_whole(run)
        found: dict[str, list[CallMeasures]] = {one.name: [] for one in candidates}
        for call in sorted(run.good, key=lambda one: one.number):
            found[call.profile].append(measure(call))
        return found

    return hold


def _must_be_whole(run: runner.Run) -> None:
    """Raise an error where the calls do not show what the settings do."""
    if run.problem == "stopped":
        raise Interrupted("stopped: nothing was written", "Give fewer --minutes, or --offline.")
    if run.problem or not run.good:
        why = run.problem or f"every call failed ({run.calls[0].failure if run.calls else ''})"
        raise TunerError(f"the calls could not be held: {why}", "Try `tuner bench --calls 2`.")
    if run.too_slow:
        late = run.lag_p99_s * 1000
        raise TunerError(
            f"the machine could not keep up: event loops {late:.0f} ms late at the 99th "
            f"percentile (limit {runner.LAG_LIMIT_S * 1000:.0f})",
            f"Stop other work on it, or give --at-once {max(1, run.at_once * 2 // 3)}.",
        )
