"""The only place that joins the stages: inputs, lines, summaries, facts, findings, advice.

`analyze` is the main job; `load` gives the events as a table; both are the Python API.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner.errors import InputError, TunerError
from tuner.execution import engine as execution
from tuner.execution import outcome
from tuner.execution.event_rows import event_rows
from tuner.execution.units import Job
from tuner.limits import Limits
from tuner.model import Report
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.settings.running_profile import running_profile

if TYPE_CHECKING:
    import pandas as pd

    from tuner.calls.model import CallList, CallTimeline
    from tuner.execution.turn_log_rows import TurnLogRow
    from tuner.report.compared import Compared
    from tuner.whatif.calls import LoggedCall
    from tuner.whatif.predict import Replay

Progress = Callable[[int, int], None]
MOST_ROWS = 200_000
"""A comparison takes so many events of the turn log, some 15,000 calls, and no more."""
MOST_CALLS = 400
"""A replay takes a sample of so many calls, spread over the whole log."""


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
    """A report, and the replay of its log, which is read when it is first asked for."""

    report: Report
    replay: Callable[[], Replay | str]


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
) -> Analysis:
    """Read logs as `analyze` does, and keep what a page needs beside the report."""
    limits = limits or Limits()
    environ = os.environ if environ is None else environ
    job = Job(Filter(since, until, call), limits.openai_slow_ms)
    meanwhile = _Meanwhile(progress, environ)
    inputs, stopped = execution.read(
        paths, job, execution.ReadOptions(jobs, state, engine, scheduler), meanwhile.tick
    )
    if state is None and job.only == EVERYTHING:  # else an agent's lines may be elsewhere
        inputs = outcome.without_other_programs(inputs)
    from tuner import rules
    from tuner.advice import recommend
    from tuner.facts import build as facts
    from tuner.facts.countable import countable
    from tuner.facts.input_info import input_info
    from tuner.redaction.evidence import evidence
    from tuner.redaction.profile import shown_profile
    from tuner.report.formats.notebook import PrintedReport

    inputs = countable(inputs, job.only, stopped)
    summaries = [read.summary for read in inputs]
    running = shown_profile(running_profile(current, summaries, environ, Path.cwd()))
    known = facts.build(summaries, limits, running, evidence(inputs, show_text))
    findings, refusals = rules.judge(known, limits)
    ask = _Pauses(paths, job.only, current, environ)
    advice = recommend.advise(findings, refusals, known, meanwhile.profiles, limits, ask)
    report = PrintedReport(
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
    )
    return Analysis(report, ask)


class _Meanwhile:
    """What does not depend on the logs: while other processes read, this one has nothing to do."""

    def __init__(self, progress: Progress | None, environ: Mapping[str, str]) -> None:
        self._progress, self._environ = progress, environ

    def tick(self, done: int, size: int) -> None:
        """Get ready for the later stages, and show the progress."""
        from tuner.redaction import evidence  # noqa: F401

        _ = self.profiles
        if self._progress is not None:
            self._progress(done, size)

    @cached_property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """All that may be advised: name to resolved values."""
        from tuner.settings.candidates import candidates

        return candidates(self._environ, Path.cwd())


class _Pauses:
    """The log to be replayed, read when it is first asked for; else what a replay takes."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        only: Filter,
        current: str | None,
        environ: Mapping[str, str],
    ) -> None:
        self._paths, self._only, self._current, self._environ = paths, only, current, environ

    def __call__(self) -> Replay | str:
        return self._answer

    @cached_property
    def _answer(self) -> Replay | str:
        if "-" in map(str, self._paths):
            return "the log as a file: the callers' pauses are read in a second pass"
        options = {"current": self._current, "environ": self._environ, **self._only._asdict()}
        try:
            return replay(self._paths, **options)
        except TunerError as error:
            return f"a replay of the callers' pauses, but {error}. {error.next_step}".rstrip(". ")


def load(paths: Sequence[str | Path], **options: Any) -> pd.DataFrame:
    """Read logs and return one row per event: time (UTC), call, kind, and the figures of each.

    Takes the options `since`, `until` and `call` of `analyze`. Transcript text is never in it.
    """
    from tuner.report import dataframe

    return dataframe.frame(rows(paths, **options))


def rows(
    paths: Sequence[str | Path],
    *,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Every event as a flat mapping, in the order of the files."""
    return event_rows(paths, Filter(since, until, call))


def replay(
    paths: Sequence[str | Path],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
) -> Replay:
    """Read the turn log of the paths; `predict` of the result answers for other settings.

    Takes the options of `analyze`. Raises InputError for logs that cannot be replayed: without
    turn log, without settings, with several settings, with too few calls.
    """
    from tuner.execution.turn_log_rows import sampled_rows
    from tuner.settings.logged_values import logged_values
    from tuner.whatif import predict, timing

    rows = sampled_rows(paths, Filter(since, until, call), MOST_CALLS)
    found, stamps = _turn_log(rows)
    environ = os.environ if environ is None else environ
    values = logged_values(stamps, timing.NEEDED, current, environ, Path.cwd())
    return predict.Replay(found, values)


def compare(
    before: Sequence[str | Path],
    after: Sequence[str | Path],
    *,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
) -> Compared:
    """Compare the turn logs of two groups of calls: each figure better, worse or cannot tell.

    Raises InputError for logs without turn log, or with too few calls.
    """
    from tuner.execution.turn_log_rows import turn_log_rows
    from tuner.report.compared import Compared
    from tuner.settings.logged_values import stamped_differences
    from tuner.whatif import compare as comparison

    only = Filter(since, until, call)
    (old, stamps), (new, later) = (
        _turn_log(islice(turn_log_rows(each, only), MOST_ROWS)) for each in (before, after)
    )
    return Compared(old, new, stamped_differences(stamps, later), comparison.compare(old, new))


def calls(paths: Sequence[str | Path], **options: Any) -> CallList:
    """The figures of every call, the most costly first.

    Takes the options `since`, `until`, `call`, `jobs`, `limits` and `progress` of `analyze`.
    Raises InputError where nothing is understood, or where no line names its call.
    """
    from tuner.calls.read import read_calls

    return read_calls(paths, **options).listed()


def timelines(
    paths: Sequence[str | Path],
    ids: Sequence[str],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[CallTimeline, ...]:
    """One call or several on a timeline, in the order of `ids`: what `calls` names them, or the
    beginning of that. Takes the options of `calls`, and `current` and `environ` of `analyze`.

    Raises InputError for an id that means no call, or more than one.
    """
    from tuner.calls import timeline
    from tuner.calls.read import read_calls

    environ = os.environ if environ is None else environ
    return timeline.timelines(read_calls(paths, **options), ids, current, environ)


def page(
    found: Analysis,
    paths: Sequence[str | Path],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    **options: Any,
) -> str:
    """The analysis of these paths as one HTML file, with their calls and what other settings would
    do; where the logs cannot show these, it says why.

    Takes the options `since`, `until`, `call` and `jobs` of `analyze` as well.
    """
    from tuner.calls import timeline
    from tuner.calls.read import read_calls
    from tuner.html.content import WORST, Content
    from tuner.html.page import render
    from tuner.report.what_if import sweep

    limits, environ = limits or Limits(), os.environ if environ is None else environ
    log = found.replay()
    predicted = log if isinstance(log, str) else (log, sweep(log))
    try:
        read = read_calls(paths, limits=limits, **options)
        listed = read.listed()
        worst = [call.id for call in listed.calls[:WORST]]
        lines = timeline.timelines(read, worst, current, environ)
        return render(Content(found.report, limits, listed, lines, predicted))
    except InputError as error:
        return render(Content(found.report, limits, str(error), (), predicted))


def _turn_log(
    found: Iterable[TurnLogRow],
) -> tuple[Sequence[LoggedCall], list[Mapping[str, Any]]]:
    """The calls of a turn log, enough of them, and the settings that it stamps."""
    from tuner.whatif import calls, predict

    rows = [calls.LoggedRow(*row) for row in found]
    stamps = [
        settings
        for row in rows
        if row.kind == "session_started"
        and isinstance(settings := row.fields.get("settings"), Mapping)
    ]
    return predict.enough(calls.gather(rows)), stamps
