"""Takes jobs off a queue, holds so many calls at once in one process, puts their truth on another.

The process also measures how late its own event loop runs: a caller who is served by a starved
machine hears something else than the profile.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tuner.bench.running import call_logs
from tuner.bench.running.call import hold
from tuner.bench.running.job import CallJob, CallTruth
from tuner.livekit.http_client import make_client
from tuner.livekit.vad import make_vad
from tuner.settings.knob_table import Settings

TICK_S = 0.02
START_GAP_S = 0.2  # calls that ring in the same moment would all speak in the same moment
_GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A process has loaded everything and begins with its jobs."""

    pid: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A process has no more jobs; `lags_s` is how late its event loop was, tick by tick."""

    pid: int
    lags_s: tuple[float, ...]


@dataclass(slots=True)
class LagWatch:
    """Measures by how much a sleep of TICK_S is too long; seconds."""

    lags_s: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.lags_s.append(max(0.0, time.perf_counter() - before - TICK_S))


def work(jobs: Any, results: Any, at_once: int, settings: Sequence[Settings], logs: bool) -> None:
    """What a process of the runner does; both queues are of `multiprocessing`."""
    for name in ("OPENAI_API_VERSION", "OPENAI_BASE_URL"):
        os.environ.pop(name, None)
    call_logs.set_up(settings, wanted=logs)
    _warm_up(settings[0])
    results.put(Ready(os.getpid()))
    try:
        lags = asyncio.run(_serve(jobs, results, at_once))
    except KeyboardInterrupt:
        return
    results.put(Finished(os.getpid(), tuple(lags)))


def _warm_up(settings: Settings) -> None:
    """Load now what the first call would have to wait for."""
    make_vad(settings)
    make_client(settings, api_key="sk-bench", base_url="http://127.0.0.1:1/v1")


async def _serve(jobs: Any, results: Any, at_once: int) -> list[float]:
    watch = LagWatch()
    watching = asyncio.create_task(watch.run())
    starting = asyncio.Lock()
    await asyncio.gather(*(_line(jobs, results, watch, starting) for _ in range(at_once)))
    watching.cancel()
    return watch.lags_s


async def _line(jobs: Any, results: Any, watch: LagWatch, starting: asyncio.Lock) -> None:
    """One telephone line: call after call, until there are no more jobs."""
    while True:
        async with starting:
            job = await asyncio.to_thread(jobs.get)
            await asyncio.sleep(START_GAP_S)
        if job is None:
            return
        results.put(await _held(job, watch))


async def _held(job: CallJob, watch: LagWatch) -> CallTruth:
    first = len(watch.lags_s)
    try:
        truth = await asyncio.wait_for(hold(job), job.scenario.seconds + _GRACE_S)
    except Exception as error:
        why = f"{type(error).__name__}: {error}".strip(": ")
        return CallTruth(
            job.scenario.name, job.profile, job.number, job.job_id, failure=why or "failed"
        )
    return replace(truth, lag_p99_s=quantile(watch.lags_s[first:], 0.99))


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; 0 without values."""
    return float(np.quantile(values, share, method="inverted_cdf")) if len(values) else 0.0
