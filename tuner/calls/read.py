"""Paths in, the figures of every call out.

The logs are read twice: the counts come from the same reading as those of `tuner analyze`, so
that their sums equal its report; the rest is taken from the events of each call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path

from tuner.calls import visible
from tuner.calls.figures import figures
from tuner.calls.ids import Aliases, shown_ids
from tuner.calls.model import CallFigures, CallList
from tuner.calls.notes import KINDS, CallNotes
from tuner.calls.outside import outside
from tuner.errors import InputError
from tuner.execution import call_lines, engine, outcome, planning, processes, units
from tuner.execution.units import Job, Unit
from tuner.facts.combined import CombinedLogs
from tuner.facts.countable import countable
from tuner.inputs import remote
from tuner.limits import Limits
from tuner.lines import json_lines
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary.call_counts import CallTotals
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import call_key

Tick = Callable[[int, int], None]
_UNIT_BYTES = 12 << 20
_LINE_BY_LINE = frozenset((json_lines.LIVEKIT, json_lines.TURNS))
"""Layouts in which a line is a record."""


class ReadCalls:
    """The calls of some logs, read once for their counts; figures are made when asked for."""

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
        self.job, self.limits, self._jobs = job, limits, jobs
        stopped = False
        if not inputs:
            inputs, stopped = engine.read(paths, job, engine.ReadOptions(jobs), tick)
        if job.only == EVERYTHING:
            inputs = outcome.without_other_programs(inputs)
        self._read = [read for read in inputs if read.summary.records]
        self.paths = [read.path for read in self._read]
        self.inputs = countable(inputs, job.only, stopped)
        self.logs = CombinedLogs([read.summary for read in self.inputs], limits.openai_slow_ms)
        self.calls = _keyed(self.logs)
        if not self.calls:
            raise InputError(
                "no line of these logs says which call it belongs to",
                "Log with a job id: livekit-agents does so in `start` mode, "
                "or set ctx.log_context_fields.",
            )
        self._aliases = Aliases()
        self.ids = shown_ids(self.calls, self._aliases)

    @cached_property
    def _noted(self) -> processes.Mapped[Unit, dict[str, CallNotes]]:
        workers = self._jobs or processes.cores()
        read = partial(notes_of, only=self.job.only)
        return processes.Mapped(read, _units(self._read, workers), workers)

    def begin(self) -> None:
        """Have other processes read the events, where there are many, while this one goes on."""
        _ = self._noted

    def close(self) -> None:
        """Stop what was begun."""
        self._noted.close()

    @cached_property
    def notes(self) -> Mapping[str, CallNotes]:
        """What the events of each call add to its counts."""
        found: dict[str, CallNotes] = {}
        for each in self._noted:
            for key, notes in each.items():
                if key in found:
                    found[key].merge(notes)
                else:
                    found[key] = notes
        return {key: found.get(key) or CallNotes() for key in self.calls}

    @cached_property
    def figures(self) -> Mapping[str, CallFigures]:
        """The figures of each call by its key, in the order of time."""
        visible_in = visible.by_call([read.summary for read in self.inputs], self.limits)
        return {
            key: figures(
                self.ids[key],
                self._aliases.room(self.notes[key].room),
                totals,
                self.notes[key],
                visible_in.get(key, frozenset()),
                self.limits,
            )
            for key, totals in self.calls.items()
        }

    @cached_property
    def rooms(self) -> dict[str, str]:
        """The room of each call as the log has it."""
        return {key: notes.room for key, notes in self.notes.items() if notes.room}

    @property
    def problems(self) -> tuple[str, ...]:
        """The inputs that could not be read to their end, and why."""
        return tuple(f"{read.path}: {read.problem}" for read in self.inputs if read.problem)

    def listed(self) -> CallList:
        """All calls, the most costly first; those of unknown cost last, in the order of time."""
        facts = visible.facts_of([read.summary for read in self.inputs], self.limits)
        notes = [note for read in self.inputs for note in read.notes]
        notes += filter(None, [outside(self.logs.total.calls, self.calls)])
        return CallList(
            tuple(sorted(self.figures.values(), key=_dearest_first)),
            self.logs.basis,
            visible.hidden(facts),
            tuple(dict.fromkeys(notes)),
            self.problems,
        )


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
        for record, event, *_ in call_lines.lines_of(piece, only, keep)[0]:
            if event is not None:
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


def _keyed(logs: CombinedLogs) -> dict[str, CallTotals]:
    """The calls by their keys, in the order of time."""
    keys = {id(call): key for key, call in logs.total.calls.items()}
    return {keys[id(call)]: call for call in logs.calls}


def _dearest_first(call: CallFigures) -> tuple[bool, float]:
    total = call.cost.total_s
    return total is None, -(total or 0.0)
