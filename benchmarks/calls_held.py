"""Calls of the bench for benchmarks that take long: jobs in, a run that may be believed out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tuner.bench.running import runner
from tuner.bench.running.job import CallJob

AT_ONCE = 11 * runner.default_processes()
"""So many calls leave event loops in time on CPUs that do nothing else (docs/bench.md)."""
LEAST_GOOD = 0.97
"""A run in which more calls failed than this leaves is not believed."""


class NotKept(Exception):
    """A run that says nothing about the settings; the text says why."""


def hold(jobs: Sequence[CallJob], at_once: int, what: str) -> runner.Run:
    """Hold the calls, and say on stderr how long that took and how late the event loops were.

    Raises:
        NotKept: the run was stopped, calls failed, or the machine could not keep up.
    """
    run = runner.run(jobs, processes=runner.default_processes(), at_once=at_once)
    late = f"event loops {run.lag_p99_s * 1000:.0f} ms late at the 99th percentile"
    failed = [call.failure for call in run.calls if call.failure]
    if run.problem == "stopped":
        raise KeyboardInterrupt
    if run.problem or run.too_slow or len(run.good) < LEAST_GOOD * len(jobs):
        raise NotKept(f"{what}: {run.problem or (late if run.too_slow else failed[0])}")
    sys.stderr.write(
        f"{what}: {len(run.good)} of {len(jobs)} calls, {run.seconds / 60:.1f} minutes, {late}\n"
    )
    return run
