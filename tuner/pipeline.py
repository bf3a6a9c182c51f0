"""The only place that joins the stages: inputs, lines, summaries, facts, findings, advice.

`analyze` is the main job; `load` gives the events as a table; both are the Python API.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner.errors import InputError, TunerError
from tuner.execution import engine as execution
from tuner.execution import outcome
from tuner.execution.event_rows import OnProblem, event_rows, refuse
from tuner.execution.units import Job
from tuner.limits import Limits
from tuner.model import Report
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.settings.running_profile import running_profile

if TYPE_CHECKING:
    import pandas as pd

    from tuner.calls.model import CallList, CallTimeline
    from tuner.calls.read import ReadCalls
    from tuner.model import Current, FrontierPoint
    from tuner.report.compared import Compared
    from tuner.summary.read_input import ReadInput
    from tuner.summary.summary import Summary
    from tuner.whatif.calls import LoggedCall, LoggedRow
    from tuner.whatif.groups import By, TwoGroups
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
    """A report, the replay of its log and its single calls: both are read when they are first
    asked for. `calls` raises InputError where no line names its call."""

    report: Report
    replay: Callable[[], Replay | str]
    calls: Callable[[], ReadCalls]


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
) -> Analysis:
    """Read logs as `analyze` does, and keep what a page or a store needs beside the report.

    With `single_calls` other processes begin to read these while the report is made.
    """
    limits = limits or Limits()
    environ = os.environ if environ is None else environ
    job = Job(Filter(since, until, call), limits.openai_slow_ms)
    meanwhile = _Meanwhile(progress, environ, single_calls)
    inputs, stopped = execution.read(
        paths, job, execution.ReadOptions(jobs, state, engine, scheduler), meanwhile.tick
    )
    inputs = outcome.without_other_programs(inputs)
    calls = _Calls(paths, job, limits, jobs, inputs)
    if single_calls and not stopped:
        calls.begin()
    ask = _Pauses(paths, job.only, current, environ)
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
    advice = recommend.advise(findings, refusals, known, meanwhile.profiles, limits, ask)
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
        frontier=ask.frontier(meanwhile.profiles, limits, running.name),
    )


class _Calls:
    """The single calls of logs that were read; the events are read when they are asked for."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        job: Job,
        limits: Limits,
        jobs: int | None,
        inputs: Sequence[ReadInput],
    ) -> None:
        self._given = paths, job, limits, jobs, None, inputs

    def __call__(self) -> ReadCalls:
        return self._read

    @cached_property
    def _read(self) -> ReadCalls:
        from tuner.calls.read import ReadCalls

        return ReadCalls(*self._given)

    def begin(self) -> None:
        """Have other processes read them meanwhile, if there are any."""
        with suppress(InputError):
            self._read.begin()

    def close(self) -> None:
        """Stop what was begun."""
        with suppress(InputError):
            self._read.close()


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
        self._paths, self.only, self._current, self._environ = paths, only, current, environ
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
        self, profiles: Mapping[str, Mapping[str, Any]], limits: Limits, current: str | None
    ) -> tuple[FrontierPoint, ...]:
        """What other settings would do, where the advice had to ask; nothing is read for it."""
        if not self._asked or isinstance(self._answer, str):
            return ()
        from tuner.advice import choices

        return choices.frontier(self._answer, profiles, limits, current)

    @cached_property
    def _answer(self) -> Replay | str:
        if "-" in map(str, self._paths):
            return "the log as a file: the callers' pauses are read in a second pass"
        options = {"current": self._current, "environ": self._environ, **self.only._asdict()}
        try:
            if self._unstamped:  # spans hold no settings: to read them again would give nothing
                _settings_behind((), self._current, self._environ)
            return replay(self._paths, **options, on_problem=_reported_already)
        except TunerError as error:
            return f"a replay of the callers' pauses, but {error}. {error.next_step}".rstrip(". ")


def _reported_already(problem: str) -> None:
    """The analysis names the problems of its inputs by itself."""
    del problem


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
    on_problem: OnProblem = refuse,
) -> Iterator[dict[str, Any]]:
    """Every event as a flat mapping, in the order of the files.

    An input that cannot be read, or not to its end, raises InputError; with `on_problem` that is
    called with what is wrong, and the rest is given.
    """
    return event_rows(paths, Filter(since, until, call), on_problem)


def replay(
    paths: Sequence[str | Path],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    on_problem: OnProblem = refuse,
) -> Replay:
    """Read the turn log of the paths; `predict` of the result answers for other settings.

    Takes the options of `analyze`, and `on_problem` as `rows` does. Raises InputError for logs
    that cannot be replayed: without
    turn log, without settings, with several settings, with too few calls.
    """
    from tuner.execution.turn_log_rows import sampled_rows
    from tuner.whatif import predict
    from tuner.whatif.calls import LoggedRow

    found_rows = sampled_rows(paths, Filter(since, until, call), MOST_CALLS, on_problem)
    rows = [LoggedRow(*row) for row in found_rows]
    found, stamps = _enough(rows), _stamps(rows)
    environ = os.environ if environ is None else environ
    return predict.Replay(found, _settings_behind(stamps, current, environ))


def _settings_behind(
    stamps: Sequence[Mapping[str, Any]], current: str | None, environ: Mapping[str, str]
) -> dict[str, Any]:
    """The settings that a replay starts from. Raises InputError where nobody knows them."""
    from tuner.settings.logged_values import logged_values
    from tuner.whatif import timing

    return logged_values(stamps, timing.NEEDED, current, environ, Path.cwd())


def stamped_number(paths: Sequence[str | Path], name: str) -> float | None:
    """A setting that is a number, from the first call whose turn log stamps it; None without."""
    from tuner.execution.turn_log_rows import turn_log_rows
    from tuner.plain_numbers import plain_number

    for _, _, kind, fields, _ in turn_log_rows(paths, EVERYTHING):
        settings = fields.get("settings")
        if kind == "session_started" and isinstance(settings, Mapping) and name in settings:
            found = plain_number(str(settings[name]))
            return None if math.isnan(found) else found
    return None


def compare(
    before: Sequence[str | Path],
    after: Sequence[str | Path],
    *,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    on_problem: OnProblem = refuse,
) -> Compared:
    """Compare the turn logs of two groups of calls: each figure better, worse or cannot tell.

    Raises InputError for logs without turn log, or with too few calls.
    """
    from tuner.whatif.groups import TwoGroups

    only = Filter(since, until, call)
    old, new = (_all_rows(paths, only, on_problem) for paths in (before, after))
    return _compared(TwoGroups(old, new))


def compare_groups(
    paths: Sequence[str | Path],
    by: By,
    *,
    before: str = "",
    after: str = "",
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    on_problem: OnProblem = refuse,
) -> Compared:
    """Compare two groups of calls of one log: by profile, day (UTC), room or version of LiveKit.

    `before` and `after` name the groups where there are more than two. Raises UsageError where it
    is not clear which are meant, InputError as `compare` does.
    """
    from tuner.whatif.groups import two_groups

    rows = _all_rows(paths, Filter(since, until, call), on_problem)
    return _compared(two_groups(rows, by, before, after))


def _compared(groups: TwoGroups) -> Compared:
    from tuner.report.compared import Compared
    from tuner.settings.logged_values import stamped_differences
    from tuner.whatif import compare as comparison
    from tuner.whatif.pairs import pairs

    sides = groups.before, groups.after
    old, new = (_enough(rows, name) for rows, name in zip(sides, groups.names, strict=True))
    settings, versions = (
        stamped_differences(_stamps(groups.before, what), _stamps(groups.after, what))
        for what in ("settings", "versions")
    )
    profiles = [_profiles(rows) for rows in sides]
    same = pairs(old, new, (profiles[0], profiles[1]))
    differences = comparison.compare(*(same or (old, new)), paired=same is not None)
    return Compared(old, new, settings, versions, differences, same is not None, groups.names)


def _profiles(rows: Sequence[LoggedRow]) -> str:
    """The name of the profile behind all of these calls, "" if there are several."""
    names = {str(row.fields.get("profile")) for row in rows if row.kind == "session_started"}
    return names.pop() if len(names) == 1 else ""


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
    show_text: bool = False,
    **options: Any,
) -> tuple[CallTimeline, ...]:
    """One call or several on a timeline, in the order of `ids`: what `calls` names them, or the
    beginning of that. Takes the options of `calls`, and `current` and `environ` of `analyze`.
    With `show_text` they hold what was said.

    Raises InputError for an id that means no call, or more than one.
    """
    from tuner.calls import timeline
    from tuner.calls.read import read_calls

    environ = os.environ if environ is None else environ
    return timeline.timelines(read_calls(paths, **options), ids, current, environ, show_text)


def page(
    found: Analysis,
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> str:
    """An analysis as one HTML file, with its calls and what other settings would do; where the
    logs cannot show these, it says why. The options are those of the analysis.
    """
    from tuner.calls import timeline
    from tuner.html.content import WORST, Content
    from tuner.html.page import render
    from tuner.report.what_if import sweep

    limits, environ = limits or Limits(), os.environ if environ is None else environ
    log = found.replay()
    predicted = log if isinstance(log, str) else (log, sweep(log))
    try:
        read = found.calls()
        listed = read.listed()
        worst = [call.id for call in listed.calls[:WORST]]
        lines = timeline.timelines(read, worst, current, environ)
        return render(Content(found.report, limits, listed, lines, predicted))
    except InputError as error:
        return render(Content(found.report, limits, str(error), (), predicted))


def _turn_log_rows(
    paths: Sequence[str | Path], only: Filter, on_problem: OnProblem, most: int = MOST_ROWS
) -> list[LoggedRow]:
    """The events of a turn log, as many as a replay takes."""
    from tuner.execution.turn_log_rows import turn_log_rows
    from tuner.whatif import calls

    found = islice(turn_log_rows(paths, only, on_problem), most)
    return [calls.LoggedRow(*row) for row in found]


def _all_rows(paths: Sequence[str | Path], only: Filter, on_problem: OnProblem) -> list[LoggedRow]:
    """All events of a turn log: a part of them would compare what nobody asked for."""
    rows = _turn_log_rows(paths, only, on_problem, MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise InputError(
            f"the turn log holds more than {MOST_ROWS:,} events", "Choose a part: --since, --until."
        )
    return rows


def _stamps(rows: Sequence[LoggedRow], what: str = "settings") -> list[Mapping[str, Any]]:
    """What the first line of each call stamps: its settings, or the versions of packages."""
    started = (row.fields for row in rows if row.kind == "session_started")
    return [stamp for fields in started if isinstance(stamp := fields.get(what), Mapping)]


def _enough(rows: Sequence[LoggedRow], name: str = "") -> Sequence[LoggedCall]:
    """The calls. Raises InputError where they are too few, naming the group they are of."""
    from tuner.whatif import calls, predict

    try:
        return predict.enough(calls.gather(rows))
    except InputError as error:
        if not name:
            raise
        raise InputError(f"{name}: {error}", error.next_step) from error
