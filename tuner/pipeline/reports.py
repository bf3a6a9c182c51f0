"""Logs in, their report out; and what a page or a store needs beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner.execution import engine as execution
from tuner.execution import outcome
from tuner.execution.kept_turn_logs import KeptTurnLogs
from tuner.execution.units import Job
from tuner.limits import Limits
from tuner.model import Report
from tuner.pipeline.calls_beside import CallsBeside, SingleCalls
from tuner.pipeline.pauses import Pauses
from tuner.pipeline.turn_logs import MOST_CALLS
from tuner.reading.record_filter import Filter
from tuner.settings import candidates

if TYPE_CHECKING:
    from tuner.whatif.predict import Replay

Progress = Callable[[int, int], None]


def analyze(
    paths: Sequence[str | Path],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    jobs: int | None = None,
    state: Path | None = None,
    engine: str = "local",
    scheduler: str = "",
    limits: Limits | None = None,
    show_text: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Read logs and return the report.

    `paths` are files, folders, globs, URLs or "-" for stdin. `current` names the profile that the
    logs were made under; without it, the one stamped in the log counts, then AGENT_PROFILE in
    `environ` (default: the process's) or in `.env`. `since` and `until` are epoch seconds. `jobs`
    processes read large inputs (default: one for each core). `state` is a file that remembers what
    was read, so that a later run reads only what is new and reports on all. `engine` "dask" reads
    on the cluster of `scheduler`, or on one it starts. `show_text` leaves the evidence unredacted.
    `progress` is called with (bytes read, bytes in all).

    Raises InputError when nothing could be understood, SettingsError for an unknown profile.
    """
    return analysis(
        paths,
        current=current,
        environ=environ,
        since=since,
        until=until,
        call=call,
        jobs=jobs,
        state=state,
        engine=engine,
        scheduler=scheduler,
        limits=limits,
        show_text=show_text,
        progress=progress,
    ).report


class Analysis(NamedTuple):
    """A report, the replay of its log and its single calls: both are read when they are first
    asked for. `calls` raises InputError where no line names its call."""

    report: Report
    replay: Callable[[], Replay | str]
    calls: Callable[[], SingleCalls]


def analysis(
    paths: Sequence[str | Path],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    jobs: int | None = None,
    state: Path | None = None,
    engine: str = "local",
    scheduler: str = "",
    limits: Limits | None = None,
    show_text: bool = False,
    progress: Progress | None = None,
    single_calls: bool = False,
    worst: int = 10,
) -> Analysis:
    """Read logs as `analyze` does, and keep what a page or a store needs beside the report.

    With `single_calls` other processes begin to read these while the report is made. The `worst` of
    them, so many, are drawn on timelines.
    """
    limits = limits or Limits()
    environ = os.environ if environ is None else environ
    job = Job(Filter(since, until, call), limits.openai_slow_ms)
    meanwhile = _Meanwhile(progress, environ, single_calls)
    kept = KeptTurnLogs(MOST_CALLS)
    inputs, stopped = execution.read(
        paths, job, execution.ReadOptions(jobs, state, engine, scheduler), meanwhile.tick, kept
    )
    inputs = outcome.without_other_programs(inputs)
    calls = CallsBeside((paths, job, limits, jobs, None, inputs), (worst, current, environ))
    if single_calls and not stopped:
        calls.begin()
    ask = Pauses(paths, job.only, current, environ, kept)
    try:
        from tuner.pipeline.judging import judged

        report = judged(inputs, stopped, ask, limits, show_text, meanwhile.profiles)
    except BaseException:
        calls.close()
        raise
    return Analysis(report, ask, calls)


class _Meanwhile:
    """What does not depend on the logs: while other processes read, this one has nothing to do."""

    def __init__(
        self, progress: Progress | None, environ: Mapping[str, str], single_calls: bool
    ) -> None:
        self._progress, self._environ, self._single_calls = progress, environ, single_calls

    def tick(self, done: int, size: int) -> None:
        """Get ready for the later stages, and show the progress."""
        from tuner.pipeline.judging import prepare

        prepare()
        if self._single_calls:
            from tuner.calls import timeline  # noqa: F401
            from tuner.settings import checks  # noqa: F401

        _ = self.profiles
        if self._progress is not None:
            self._progress(done, size)

    @cached_property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """All that may be advised: name to resolved values."""
        return candidates.candidates(self._environ, Path.cwd())
