"""Paths in, the figures of every call out.

The logs are read twice: the counts come from the same reading as those of `tuner analyze`, so
that their sums equal its report; the rest is taken from the events of each call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path

from tuner.calls.counted import CountedCalls
from tuner.calls.notes import KINDS, READ_LINE, CallNotes
from tuner.execution import (
    bare_lines,
    call_lines,
    engine,
    outcome,
    planning,
    processes,
    tasks,
    units,
)
from tuner.execution.units import Job, Unit
from tuner.facts.countable import countable
from tuner.inputs import remote
from tuner.limits import Limits
from tuner.lines import json_lines
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import call_key

Tick = Callable[[int, int], None]
_UNIT_BYTES = 12 << 20
_LINE_BY_LINE = frozenset((json_lines.LIVEKIT, json_lines.TURNS))
"""Layouts in which a line is a record."""


class ReadCalls(CountedCalls):
    """The calls of some logs, read once for their counts; their events when figures are made."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        job: Job,
        limits: Limits,
        jobs: int | None = None,
        tick: Tick | None = None,
        inputs: Sequence[ReadInput] = (),
    ) -> None:
        """Read the logs. Raises InputError where nothing is understood or no call is named."""
        self.job, self._jobs, stopped = job, jobs, False
        if not inputs:
            inputs, stopped = engine.read(paths, job, engine.ReadOptions(jobs), tick)
        if job.only == EVERYTHING:
            inputs = outcome.without_other_programs(inputs)
        self._read = [read for read in inputs if read.summary.records]
        self.paths = [read.path for read in self._read]
        super().__init__(countable(inputs, job.only, stopped), limits, self._all_notes)

    @cached_property
    def _noted(self) -> processes.Mapped[Unit, dict[str, CallNotes]]:
        read = partial(notes_of, only=self.job.only)
        return processes.Mapped(read, _units(self._read, self._workers), self._workers)

    @property
    def is_worth_processes(self) -> bool:
        """Whether there is so much to read that several processes do it sooner, if they may."""
        size = sum(read.summary.bytes for read in self._read)
        return self._workers > 1 and size > planning.ALONE_BYTES

    @property
    def _workers(self) -> int:
        return self._jobs or tasks.cores()

    def begin(self) -> None:
        """Have other processes read the events, where there are many, while this one goes on."""
        _ = self._noted

    def close(self) -> None:
        """Stop what was begun."""
        if "_noted" in vars(self):
            self._noted.close()

    def _all_notes(self) -> dict[str, CallNotes]:
        found: dict[str, CallNotes] = {}
        for each in self._noted:
            for key, notes in each.items():
                if key in found:
                    found[key].merge(notes)
                else:
                    found[key] = notes
        return found


def _units(inputs: Sequence[ReadInput], workers: int) -> list[Unit]:
    """What is read at a time: where there is much of it, ranges of files for all processes.

    Only where each line is a record with its date and zone: else one leans on those before it.
    """
    found: list[Unit] = []
    for read in inputs:
        summary = read.summary
        is_cut = {*summary.shapes} <= _LINE_BY_LINE and {*summary.clocks} == {"utc"}
        large = summary.bytes > planning.ALONE_BYTES and not remote.is_url(read.path)
        if workers > 1 and large and is_cut and not summary.wrappers:
            found += planning.plan(read.path, unit_bytes=_UNIT_BYTES)
        else:
            found.append(Unit(read.path))
    return found


def notes_of(unit: Unit, only: Filter) -> dict[str, CallNotes]:
    """The notes of each call in one unit, by its key."""
    found: defaultdict[str, CallNotes] = defaultdict(CallNotes)
    keep = call_lines.reports(KINDS)
    for piece in units.pieces(unit):
        for record, event in bare_lines.reported(piece, only, keep, READ_LINE):
            found[call_key(record)].add(record, event)
    return dict(found)


def read_calls(
    paths: Sequence[str | Path],
    *,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    jobs: int | None = None,
    limits: Limits | None = None,
    progress: Tick | None = None,
    inputs: Sequence[ReadInput] = (),
) -> ReadCalls:
    """Read the calls of some logs; the options are those of `pipeline.analyze`.

    `inputs` are what the same reading gave before: then it is not done again.
    """
    limits = limits or Limits()
    job = Job(Filter(since, until, call), limits.openai_slow_ms)
    return ReadCalls(paths, job, limits, jobs, progress, inputs)
