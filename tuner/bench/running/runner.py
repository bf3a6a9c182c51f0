"""Takes jobs, holds them in several processes in real time, gives their truth.

What has been measured is never lost: a call that fails is a result with its failure, and a
process that dies or a user who stops the run leaves the results so far.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuner.bench.running.job import CallJob, CallTruth
from tuner.bench.running.worker import Finished, Ready, quantile, work
from tuner.execution.interrupt import shielded

LAG_LIMIT_S = 0.05
"""A run whose event loops were later than this in more than one tick of a hundred is invalid."""
_SILENCE_LIMIT_S = 240.0

Progress = Callable[[int, int, float], None]
"""Gets calls done, calls in all, seconds since the start."""


@dataclass(slots=True)
class Run:
    """All that was measured; `problem` says why there is not more of it, "" if nothing is missing.

    `lag_p99_s` is how late the event loops ran, at worst one tick of a hundred; `at_once` how many
    calls were held at the same time.
    """

    calls: list[CallTruth] = field(default_factory=list)
    wanted: int = 0
    at_once: int = 0
    processes: int = 0
    seconds: float = 0.0
    lags_s: list[float] = field(default_factory=list)
    problem: str = ""

    @property
    def lag_p99_s(self) -> float:
        """The 99th percentile of the lag over all processes; of the calls when none ended."""
        if self.lags_s:
            return quantile(self.lags_s, 0.99)
        return max((call.lag_p99_s for call in self.calls), default=0.0)

    @property
    def too_slow(self) -> bool:
        """Whether the machine could not keep up, so that the figures are not the profiles'."""
        return self.lag_p99_s > LAG_LIMIT_S

    @property
    def good(self) -> list[CallTruth]:
        """The calls that ran to their end."""
        return [call for call in self.calls if not call.failure]


def default_processes() -> int:
    """One process for each CPU that this program may use."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


def run(
    jobs: Sequence[CallJob],
    *,
    processes: int,
    at_once: int,
    progress: Progress = lambda *_: None,
    clock: Callable[[], float] = time.monotonic,
) -> Run:
    """Hold all calls, `at_once` of them at a time over all processes."""
    made = Run(wanted=len(jobs), at_once=min(at_once, len(jobs)))
    made.processes = processes = max(1, min(processes, made.at_once))
    context = multiprocessing.get_context("spawn")
    todo: Any = context.Queue()
    results: Any = context.Queue()
    lines = [len(range(number, made.at_once, processes)) for number in range(processes)]
    for job in [*jobs, *[None] * sum(lines)]:
        todo.put(job)
    settings = list({job.profile: job.settings for job in jobs}.values())
    logs = any(job.log for job in jobs)
    workers = [
        context.Process(target=work, args=(todo, results, line, settings, logs), daemon=True)
        for line in lines
    ]
    began = clock()
    try:
        with shielded():  # Ctrl-C is for this process; theirs would only print what they were at
            for worker in workers:
                worker.start()
        _collect(made, workers, results, lambda: clock() - began, progress)
    except KeyboardInterrupt:
        made.problem = "stopped"
    finally:
        todo.cancel_join_thread()
        for worker in workers:
            worker.terminate()
            worker.join()
    made.seconds = clock() - began
    return made


def _collect(
    made: Run,
    workers: Sequence[Any],
    results: Any,
    gone: Callable[[], float],
    progress: Progress,
) -> None:
    """Take results until every process has finished, or one has died, or nothing comes any more."""
    running, heard = len(workers), gone()
    while running:
        progress(len(made.calls), made.wanted, gone())
        try:
            found = results.get(timeout=0.5)
        except queue.Empty:
            dead = [worker for worker in workers if worker.exitcode not in (None, 0)]
            if dead or gone() - heard > _SILENCE_LIMIT_S:
                made.problem = (
                    f"a process of the run ended with code {dead[0].exitcode}"
                    if dead
                    else f"nothing has come for {_SILENCE_LIMIT_S:.0f} s"
                )
                return
            continue
        heard = gone()
        if isinstance(found, CallTruth):
            made.calls.append(found)
        elif isinstance(found, Finished):
            made.lags_s += found.lags_s
            running -= 1
        else:
            assert isinstance(found, Ready)
    progress(len(made.calls), made.wanted, gone())
