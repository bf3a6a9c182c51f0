"""Marks of earlier runs in, the marks of this run out: what each log has given so far.

Only whole records are remembered. What stands behind them counts in the report and is read again
the next time: it may have been cut in the middle of a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from tuner.execution import resume_matching, state_file
from tuner.execution.parts import Part, join, turn
from tuner.execution.state_file import Mark
from tuner.execution.units import Job
from tuner.inputs import remote, streams, versions
from tuner.inputs.find import STDIN, is_read_once
from tuner.summary import serialization
from tuner.summary.summary import Summary

_NAMED_GONE = 3
_NOT_SORTED = (
    "not in order of time, which only shows beyond its beginning; what depends on the order "
    "(cut-offs, HTTP responses) may be counted wrongly: give it as a file, which is read twice"
)


_OPEN_DATES = (
    "does not tell whether the day or the month stands first in its dates: 05/12 was read as "
    "12 May, 05-12 as 5 December; have the agent log 2026-12-05 (datefmt='%Y-%m-%d %H:%M:%S')"
)


@dataclass
class Log:
    """One input while it is read."""

    path: str
    version: str
    part: Part
    mark: Mark | None = None
    notes: tuple[str, ...] = ()

    is_turned: bool = False
    """Whether places are counted from its end, as where its newest records come first."""

    def add(self, part: Part, is_turned: bool = False) -> None:
        """Add the part that follows in time."""
        self.part, self.is_turned = join(self.part, part), is_turned

    def turn(self, stopped: bool) -> None:
        """Count places from the beginning again, when all is read, or what there was time for."""
        if self.is_turned:
            turn(self.part, streams.lines(self.path) if stopped else 0)
            self.is_turned = False

    def restart(self, job: Job) -> None:
        """Forget what was read, in this run and before: all is read again, in order of time."""
        self.part, self.mark = Part(Summary(job.slow_ms, from_start=True)), None
        self.is_turned = False
        self.notes = (*self.notes, f"{self.path}: not in order of time, read in order of time")

    @property
    def is_unordered(self) -> bool:
        """Whether it has to be read again, in order of time, and can be."""
        return self.part.unordered and not is_read_once(self.path)

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes on it, with what could not be made good."""
        name = "stdin" if self.path == STDIN else self.path
        is_late = self.part.unordered and is_read_once(self.path)
        notes = [*self.notes, *(f"{name}: {_NOT_SORTED}",) * is_late]
        return (*notes, *(f"{self.path}: {_OPEN_DATES}",) * self.part.open_dates)

    @property
    def start(self) -> int:
        """Where to begin reading."""
        return self.mark.offset if self.mark else 0

    @property
    def done(self) -> bool:
        """Whether nothing stands there that was not read before."""
        mark = self.mark
        if mark is None or not mark.whole:
            return False
        if mark.packed or remote.is_url(mark.path):  # these do not grow under the same version
            return mark.version == self.version
        same = versions.identity(mark.version) == versions.identity(self.version)
        return same and versions.size(self.version) == mark.offset


class Settled(NamedTuple):
    """All that an input gave, and what to remember of it (None: nothing)."""

    summary: Summary
    mark: Mark | None


class Memory(NamedTuple):
    """The inputs of this run, each with its mark, and the marks of logs that are gone."""

    logs: list[Log]
    gone: list[Mark]


def recall(path: Path | None, given: Mapping[str, str], job: Job) -> Memory:
    """Find out how far each input (path: version) was read by the runs before."""
    if path is None:
        return Memory([_log(name, version, job) for name, version in given.items()], [])
    marks = state_file.load(path, options(job))
    found = resume_matching.match(given, marks)
    logs = [
        _log(name, version, job, found.marks.get(name), _notes(name, version, found))
        for name, version in {**given, **found.found}.items()
    ]
    return Memory(logs, found.gone)


def _log(
    name: str, version: str, job: Job, mark: Mark | None = None, notes: tuple[str, ...] = ()
) -> Log:
    return Log(name, version, Part(Summary(job.slow_ms, from_start=mark is None)), mark, notes)


def _notes(name: str, version: str, found: resume_matching.Resumed) -> tuple[str, ...]:
    if not version:
        return (f"{name}: has no position to resume from, so --state does not remember it",)
    if name in found.found:
        return (f"{name}: read to its end, it was {found.marks[name].path} before",)
    return ()


def gone_notes(marks: Sequence[Mark]) -> list[tuple[str, ...]]:
    """What to say of each log that is gone; of many, all at once."""
    if len(marks) <= _NAMED_GONE:
        return [
            (f"{mark.path}: rotated, truncated or removed; what was read of it still counts",)
            for mark in marks
        ]
    note = f"{len(marks)} logs of earlier runs are gone; what was read of them still counts"
    return [(note,), *[() for _ in marks[1:]]]


def options(job: Job) -> dict[str, float | str | None]:
    """What must be the same in all runs, for their counts to add up."""
    since, until, call = job.only
    return {"--since": since, "--until": until, "--call": call, "--slow-ms": job.slow_ms}


def settle(log: Log, resume_matching: bool, stopped: bool) -> Settled:
    """Add what was known to what was read now. Uses the log's part up."""
    mark, part = log.mark, log.part
    summary = part.summary
    if mark is not None and mark.offset:
        summary = serialization.load(mark.found)
        summary.merge(part.summary)
    kept = _remembered(log, summary, stopped) if resume_matching else None
    if part.waiting is not None:
        summary.merge(part.waiting)
    return Settled(summary, kept)


def _remembered(log: Log, summary: Summary, stopped: bool) -> Mark | None:
    """The new mark; the old one stays where something went wrong, so that it is read again."""
    mark, part = log.mark, log.part
    if part.problem or not log.version:
        return mark
    now = mark or Mark(log.path, log.version)
    if part.at is not None:
        now = msgspec.structs.replace(
            now,
            offset=part.at,
            first_line=now.first_line or state_file.first_line(part.head),
            head=now.head if now.head.size else state_file.known(part.head),
            tail=state_file.known(part.tail),
            found=serialization.dump(summary),
        )
    return msgspec.structs.replace(
        now,
        path=log.path,
        version=log.version,
        packed=not remote.is_url(log.path) and streams.plain_size(log.path) is None,
        whole=now.whole if log.done else part.waiting is None and not stopped,
    )
