"""Paths in, the figures of every call out.

The logs are read twice: the counts come from the same reading as those of `tuner analyze`, so
that their sums equal its report; the rest is taken from the events of each call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from tuner.calls import visible
from tuner.calls.figures import figures
from tuner.calls.ids import Aliases, shown_ids
from tuner.calls.model import CallFigures, CallList
from tuner.calls.notes import KINDS, CallNotes
from tuner.errors import InputError
from tuner.execution import call_lines, engine, outcome
from tuner.execution.units import Job
from tuner.facts.combined import CombinedLogs
from tuner.facts.countable import countable
from tuner.limits import Limits
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary.call_counts import CallTotals

Tick = Callable[[int, int], None]


class ReadCalls:
    """The calls of some logs, read once for their counts; figures are made when asked for."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        job: Job,
        limits: Limits,
        jobs: int | None = None,
        tick: Tick | None = None,
    ) -> None:
        """Read the logs. Raises InputError where nothing is understood or no call is named."""
        self.job, self.limits = job, limits
        inputs, stopped = engine.read(paths, job, engine.ReadOptions(jobs), tick)
        if job.only == EVERYTHING:
            inputs = outcome.without_other_programs(inputs)
        self.paths = [read.path for read in inputs if read.summary.records]
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
    def notes(self) -> Mapping[str, CallNotes]:
        """What the events of each call add to its counts."""
        found = {key: CallNotes() for key in self.calls}
        keep = call_lines.reports(KINDS)
        for line in call_lines.call_lines(self.paths, self.job.only, keep):
            event, notes = line.parsed.event, found.get(line.key)
            if event is not None and notes is not None:
                notes.add(line.parsed.record, event)
        return found

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

    @property
    def rooms(self) -> dict[str, str]:
        """The room of each call as the log has it."""
        return {key: notes.room for key, notes in self.notes.items() if notes.room}

    def listed(self) -> CallList:
        """All calls, the most costly first; those of unknown cost last, in the order of time."""
        facts = visible.facts_of([read.summary for read in self.inputs], self.limits)
        notes = [note for read in self.inputs for note in read.notes]
        problems = [f"{read.path}: {read.problem}" for read in self.inputs if read.problem]
        return CallList(
            tuple(sorted(self.figures.values(), key=_dearest_first)),
            self.logs.basis,
            visible.hidden(facts),
            tuple(dict.fromkeys(notes)),
            tuple(problems),
        )


def read_calls(
    paths: Sequence[str | Path],
    *,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    jobs: int | None = None,
    limits: Limits | None = None,
    progress: Tick | None = None,
) -> ReadCalls:
    """Read the calls of some logs; the options are those of `pipeline.analyze`."""
    limits = limits or Limits()
    job = Job(Filter(since, until, call), limits.openai_slow_ms)
    return ReadCalls(paths, job, limits, jobs, progress)


def _keyed(logs: CombinedLogs) -> dict[str, CallTotals]:
    """The calls by their keys, in the order of time."""
    keys = {id(call): key for key, call in logs.total.calls.items()}
    return {keys[id(call)]: call for call in logs.calls}


def _dearest_first(call: CallFigures) -> tuple[bool, float]:
    total = call.cost.total_s
    return total is None, -(total or 0.0)
