"""The only place that joins the stages: bytes, lines, records, events, summary, facts, report.

`analyze` is the main job; `load` gives the events as a table; both are the Python API.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tuner.errors import InputError, Interrupted
from tuner.execution import engine as reading
from tuner.execution import units
from tuner.inputs import streams
from tuner.limits import Limits
from tuner.lines import records
from tuner.model import Current, Evidence, InputInfo, Report, SettingProblem
from tuner.reading import careful
from tuner.reading.careful import ParsedLine
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary.summary import Summary

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]
_EVIDENCE_COLUMNS = 200
_SHOWN_LINES = 3


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
    job = units.Job(Filter(since, until, call), limits.openai_slow_ms)
    how = reading.ReadOptions(jobs, state, engine, scheduler)
    meanwhile = _Meanwhile(progress)
    read, stopped = reading.read(paths, job, how, meanwhile.tick)
    from tuner import rules
    from tuner.advice import recommend
    from tuner.facts import build as facts
    from tuner.facts.combined import without_duplicates

    read = [found._replace(summary=without_duplicates(found.summary)) for found in read]
    if not any(found.summary.records for found in read):
        raise Interrupted("stopped before anything was read") if stopped else _nothing(read, job)
    summaries = [found.summary for found in read]
    running = _current(current, summaries, environ)
    evidence = _evidence(read, show_text)
    combined = facts.build(summaries, limits, running, evidence)
    findings, refusals = rules.judge(combined, limits)
    advice = recommend.advise(findings, refusals, combined, meanwhile.profiles, limits)
    return Report(
        inputs=tuple(_info(found) for found in read),
        exposure=combined.exposure,
        signals=combined.signals,
        latency=combined.latency,
        log_volume=combined.volume,
        findings=findings,
        refusals=refusals,
        recommendation=advice,
        current=running,
        first=combined.first,
        last=combined.last,
        partial="stopped by Ctrl-C: only what was read until then" if stopped else "",
    )


class _Meanwhile:
    """What does not depend on the logs: while other processes read, this one has nothing to do."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def tick(self, done: int, size: int) -> None:
        """Get ready for the later stages, and show the progress."""
        from tuner.redaction import redact  # noqa: F401

        _ = self.profiles
        if self._progress is not None:
            self._progress(done, size)

    @cached_property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """All that may be advised: name to resolved values."""
        from tuner.settings import shipped_values

        return shipped_values.values()


def _info(found: reading.Input) -> InputInfo:
    summary = found.summary
    shapes = [shape for shape, _ in summary.shapes.most_common()]
    dated = summary.clocks["day"] == 0
    return InputInfo(
        path=found.path,
        format=" + ".join(shapes) or "none",
        wrappers=tuple(name for name, _ in summary.wrappers.most_common()),
        bytes=summary.bytes,
        lines=summary.lines,
        understood=summary.understood,
        unread=dict(summary.unread.most_common()),
        first=summary.first if dated else None,
        last=summary.last if dated else None,
        problem=found.problem,
        notes=(*found.notes, *_clock_notes(summary), *_echo_notes(summary)),
    )


def _clock_notes(summary: Summary) -> tuple[str, ...]:
    notes = {
        "naive": "times have no zone: read as UTC",
        "day": "times have no date: counted from the first day's midnight",
        "yearless": "times have no year",
        "": "some lines have no time",
    }
    return tuple(note for clock, note in notes.items() if summary.clocks[clock])


def _echo_notes(summary: Summary) -> tuple[str, ...]:
    from tuner.facts import combined

    return ("records stand here twice, in two layouts: counted once",) * combined.is_echo(summary)


def _evidence(read: Sequence[reading.Input], show_text: bool) -> dict[str, tuple[Evidence, ...]]:
    from tuner.redaction.redact import redact

    kept: dict[str, list[Evidence]] = {}
    for path, summary, *_ in read:
        for kind, places in summary.evidence.items():
            for line, raw in places:
                text = raw.decode(errors="replace")
                shown = text if show_text else redact(text, _EVIDENCE_COLUMNS)
                kept.setdefault(kind.partition("@")[0], []).append(Evidence(path, line, shown))
    return {kind: tuple(places) for kind, places in kept.items()}


def _current(
    named: str | None, summaries: Sequence[Summary], environ: Mapping[str, str]
) -> Current:
    """The profile that the logs were made under: as told, as stamped, as in the environment."""
    stamped = sorted({name for s in summaries for name in s.profiles})
    settings = next((s.settings for s in summaries if s.settings), {})
    if named is not None:
        return _with_problems(Current(named, "--current", _loaded(named)))
    if stamped:
        mixed = tuple(stamped) if len(stamped) > 1 else ()
        return _with_problems(Current(stamped[0], "log", settings, mixed))
    if name := environ.get("AGENT_PROFILE"):
        return _with_problems(Current(name, "AGENT_PROFILE", _loaded(name)))
    return Current(None, "unknown")


def _loaded(name: str) -> dict[str, Any]:
    from tuner.settings import profiles, shipped_values

    return shipped_values.values_of(profiles.load(name))


def _with_problems(current: Current) -> Current:
    """Add what is wrong with the settings themselves, and make numbers of the stamped texts; a
    stamp of other versions is read as far as it can be."""
    from tuner.settings import checks, shipped_values
    from tuner.settings.knob_table import KNOBS, faults, parse

    known = {env: value for env, value in current.settings.items() if env in KNOBS}
    wrong = faults(known)
    if not known:
        return current
    right = {env: value for env, value in known.items() if env not in wrong}
    read = parse(right)
    problems = tuple(
        SettingProblem(p.kind, p.settings, p.why, p.advice) for p in checks.check(read)
    )
    figures = {env: value for env, value in shipped_values.figures_of(read).items() if env in right}
    settings = {**current.settings, **figures}
    return msgspec.structs.replace(current, problems=problems, settings=settings)


def _nothing(read: Sequence[reading.Input], job: units.Job) -> InputError:
    from tuner.redaction.redact import outline

    passed = sum(found.summary.understood for found in read)
    if passed and job.only != EVERYTHING:
        return _none_kept(passed, job.only)
    lines = [f"{path}: {problem or 'nothing understood'}" for path, _, problem, _ in read]
    for path, summary, *_ in read:
        lines += [
            f"  {path}, line {line}: {outline(raw.decode(errors='replace'), 100)}"
            for line, raw in summary.evidence.get("unread", [])[:_SHOWN_LINES]
        ]
    lines.append("tried: " + ", ".join(records.SHAPES))
    return InputError(
        "\n".join(lines),
        "give the log of a voice agent, as it or a log shipper wrote it; "
        "for a sample: tuner analyze sample_logs/false-interruptions.jsonl",
    )


def _none_kept(lines: int, only: Filter) -> InputError:
    asked = [f"call {only.call!r}"] if only.call is not None else []
    asked += ["the time asked for"] if (only.since, only.until) != (None, None) else []
    return InputError(
        f"{lines:,} lines were understood, but no record is of {' and of '.join(asked)}",
        "a call is named by its job id, room or pid as the log has it, times without a zone are "
        "UTC; `tuner export LOG -o events.csv` lists the calls and times of a log",
    )


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
    only = Filter(since, until, call)
    files, problems = streams.find(paths)
    if problems:
        raise InputError("\n".join(f"{path}: {why}" for path, why in problems), "check the path")
    for path in files:
        yield from _rows_of(path, only)


def _rows_of(path: str, only: Filter) -> Iterator[dict[str, Any]]:
    before = 0
    for chunk, *_ in units.pieces(units.Unit(path)):
        if chunk.problem:
            raise InputError(f"{path}: {chunk.problem}", "leave this file out, or mend it")
        summary = Summary()
        summary.skip(careful.TOO_LONG, chunk.dropped)
        for found in careful.read(bytes(chunk.data), summary):
            summary.lines += found.lines
            if found.event is not None and only.keeps(found.record):
                yield _row(path, before + found.line, found)
        before += summary.lines


def _row(path: str, line: int, found: ParsedLine) -> dict[str, Any]:
    record, event = found.record, found.event
    assert event is not None
    fields = {k: v for k, v in event.fields.items() if isinstance(v, str | int | float | bool)}
    return {
        "time": record.time,
        "call": record.call,
        "job_id": record.job,
        "room": record.room,
        "pid": record.pid,
        "kind": event.kind,
        "level": record.level,
        "logger": record.logger,
        "path": path,
        "line": line,
        **fields,
    }
