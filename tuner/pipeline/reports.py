"""Logs in, their report out; and what a page or a store needs beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner.errors import TunerError
from tuner.execution import engine as execution
from tuner.execution import outcome
from tuner.execution.kept_turn_logs import KeptTurnLogs
from tuner.execution.units import Job
from tuner.limits import Limits
from tuner.model import Report
from tuner.pipeline.calls_beside import CallsBeside, SingleCalls
from tuner.pipeline.turn_logs import MOST_CALLS, replay, settings_behind
from tuner.reading.record_filter import Filter
from tuner.settings import candidates
from tuner.settings.running_profile import running_profile

if TYPE_CHECKING:
    from tuner.model import Current, FrontierPoint
    from tuner.summary.read_input import ReadInput
    from tuner.summary.summary import Summary
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
    ask = _Pauses(paths, job.only, current, environ, kept)
    try:
        report = _report(inputs, stopped, ask, limits, show_text, meanwhile)
    except BaseException:
        calls.close()
        raise
    return Analysis(report, ask, calls)


def _report(
    inputs: Sequence[ReadInput],
    stopped: bool,
    ask: _Pauses,
    limits: Limits,
    show_text: bool,
    meanwhile: _Meanwhile,
) -> Report:
    """What was read, judged; `stopped` by Ctrl-C."""
    from tuner import rules
    from tuner.advice import recommend
    from tuner.facts import build as facts
    from tuner.facts.countable import countable
    from tuner.facts.input_info import input_info
    from tuner.redaction.evidence import evidence
    from tuner.report.formats.notebook import PrintedReport

    inputs = countable(inputs, ask.only, stopped)
    summaries = [read.summary for read in inputs]
    running = ask.running(summaries)
    known = facts.build(summaries, limits, running, evidence(inputs, show_text))
    findings, refusals = rules.judge(known, limits)
    profiles, own = meanwhile.profiles, candidates.replaced(meanwhile.profiles)
    advice = recommend.advise(findings, refusals, known, profiles, limits, ask, own)
    return PrintedReport(
        inputs=tuple(map(input_info, inputs)),
        exposure=known.exposure,
        signals=known.signals,
        latency=known.latency,
        log_volume=known.volume,
        findings=findings,
        refusals=refusals,
        recommendation=advice,
        current=running,
        first=known.first,
        last=known.last,
        partial="stopped by Ctrl-C: only what was read until then" if stopped else "",
        notes=known.notes,
        also=known.also,
        next_log=known.next_log,
        distributions=known.distributions,
        frontier=ask.frontier(profiles, limits),
    )


class _Meanwhile:
    """What does not depend on the logs: while other processes read, this one has nothing to do."""

    def __init__(
        self, progress: Progress | None, environ: Mapping[str, str], single_calls: bool
    ) -> None:
        self._progress, self._environ, self._single_calls = progress, environ, single_calls

    def tick(self, done: int, size: int) -> None:
        """Get ready for the later stages, and show the progress."""
        from tuner.redaction import evidence  # noqa: F401

        if self._single_calls:
            from tuner.advice import recommend  # noqa: F401
            from tuner.calls import timeline  # noqa: F401
            from tuner.settings import checks  # noqa: F401

        _ = self.profiles
        if self._progress is not None:
            self._progress(done, size)

    @cached_property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """All that may be advised: name to resolved values."""
        return candidates.candidates(self._environ, Path.cwd())


class _Pauses:
    """The log to be replayed, read when it is first asked for; else what a replay takes."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        only: Filter,
        current: str | None,
        environ: Mapping[str, str],
        kept: KeptTurnLogs | None = None,
    ) -> None:
        self._paths, self.only, self._current, self._environ = paths, only, current, environ
        self._kept = kept
        self._asked = self._unstamped = False

    def running(self, summaries: Sequence[Summary]) -> Current:
        """The profile behind the log, as far as it is known."""
        from tuner.redaction.profile import shown_profile

        many = sum(len(summary.calls) for summary in summaries) > MOST_CALLS
        self._unstamped = many and not any(summary.settings for summary in summaries)
        found = running_profile(self._current, summaries, self._environ, Path.cwd())
        return shown_profile(found)

    def __call__(self) -> Replay | str:
        self._asked = True
        return self._answer

    def frontier(
        self, profiles: Mapping[str, Mapping[str, Any]], limits: Limits
    ) -> tuple[FrontierPoint, ...]:
        """What other settings would do, where the advice had to ask; nothing is read for it."""
        if not self._asked or isinstance(self._answer, str):
            return ()
        from tuner.advice import choices

        return choices.frontier(self._answer, profiles, limits)

    @cached_property
    def _answer(self) -> Replay | str:
        if "-" in map(str, self._paths):
            return "the log as a file: the callers' pauses are read in a second pass"
        options = {"current": self._current, "environ": self._environ, **self.only._asdict()}
        try:
            if self._unstamped:  # spans hold no settings: to read them again would give nothing
                settings_behind((), self._current, self._environ)
            return replay(self._paths, **options, on_problem=_reported_already, kept=self._kept)
        except TunerError as error:
            return f"a replay of the callers' pauses, but {error}. {error.next_step}".rstrip(". ")


def _reported_already(problem: str) -> None:
    """The analysis names the problems of its inputs by itself."""
    del problem
