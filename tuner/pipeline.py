"""The only place that joins the stages: inputs, lines, summaries, facts, findings, advice.

`analyze` is the main job; `load` gives the events as a table; both are the Python API.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.errors import Interrupted
from tuner.execution import engine as execution
from tuner.execution import outcome
from tuner.execution.event_rows import event_rows
from tuner.execution.units import Job
from tuner.inputs.addresses import without_secrets
from tuner.limits import Limits
from tuner.model import Report
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.settings.running_profile import running_profile
from tuner.summary.read_input import ReadInput

if TYPE_CHECKING:
    import pandas as pd

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
    `environ` (default: the process's). `since` and `until` are epoch seconds. `jobs` processes
    read large inputs (default: one for each core). `state` is a file that remembers what was read,
    so that a later run reads only what is new and reports on all. `engine` "dask" reads on the
    cluster of `scheduler`, or on one it starts. `show_text` leaves the evidence unredacted.
    `progress` is called with (bytes read, bytes in all).

    Raises InputError when nothing could be understood, SettingsError for an unknown profile.
    """
    limits = limits or Limits()
    environ = os.environ if environ is None else environ
    job = Job(Filter(since, until, call), limits.openai_slow_ms)
    meanwhile = _Meanwhile(progress)
    inputs, stopped = execution.read(
        paths, job, execution.ReadOptions(jobs, state, engine, scheduler), meanwhile.tick
    )
    if state is None and job.only == EVERYTHING:  # else an agent's lines may be elsewhere
        inputs = outcome.without_other_programs(inputs)
    from tuner import rules
    from tuner.advice import recommend
    from tuner.facts import build as facts
    from tuner.facts.input_info import input_info
    from tuner.redaction.evidence import evidence
    from tuner.redaction.profile import shown_profile

    inputs = _countable(list(map(_without_secrets, inputs)), job.only, stopped)
    summaries = [read.summary for read in inputs]
    running = shown_profile(running_profile(current, summaries, environ))
    known = facts.build(summaries, limits, running, evidence(inputs, show_text))
    findings, refusals = rules.judge(known, limits)
    advice = recommend.advise(findings, refusals, known, meanwhile.profiles, limits)
    return Report(
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
    )


def _without_secrets(read: ReadInput) -> ReadInput:
    """The input as a report may name it: a URL without its password or signature."""
    notes = tuple(map(without_secrets, read.notes))
    return read._replace(
        path=without_secrets(read.path), problem=without_secrets(read.problem), notes=notes
    )


def _countable(inputs: Sequence[ReadInput], only: Filter, stopped: bool) -> list[ReadInput]:
    """The inputs, each record counted once; raises an error where there is none."""
    from tuner.execution.nothing_read import nothing_read
    from tuner.facts.combined import without_duplicates

    once = [read._replace(summary=without_duplicates(read.summary)) for read in inputs]
    if any(read.summary.records for read in once):
        return once
    raise Interrupted("stopped before anything was read") if stopped else nothing_read(once, only)


class _Meanwhile:
    """What does not depend on the logs: while other processes read, this one has nothing to do."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def tick(self, done: int, size: int) -> None:
        """Get ready for the later stages, and show the progress."""
        from tuner.redaction import evidence  # noqa: F401

        _ = self.profiles
        if self._progress is not None:
            self._progress(done, size)

    @cached_property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """All that may be advised: name to resolved values."""
        from tuner.settings import shipped_values

        return shipped_values.values()


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
