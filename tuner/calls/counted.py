"""Counts of inputs and what their events add in, the figures of every call out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from tuner.calls import visible
from tuner.calls.figures import figures
from tuner.calls.ids import Aliases, shown_ids
from tuner.calls.model import CallFigures, CallList
from tuner.calls.notes import CallNotes
from tuner.calls.outside import outside
from tuner.errors import InputError
from tuner.facts.combined import CombinedLogs
from tuner.limits import Limits
from tuner.summary.call_counts import CallTotals
from tuner.summary.read_input import ReadInput

Notes = Mapping[str, CallNotes]
"""The notes of calls by their keys (`call_key`); a call that has none lacks them."""


class CountedCalls:
    """The calls of some inputs; figures are made when asked for."""

    def __init__(
        self, inputs: Sequence[ReadInput], limits: Limits, notes: Callable[[], Notes]
    ) -> None:
        """`inputs` count each record once. Raises InputError where no line names its call."""
        self.inputs, self.limits, self._found = inputs, limits, notes
        self.logs = CombinedLogs([read.summary for read in inputs], limits.openai_slow_ms)
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
    def notes(self) -> Notes:
        """What the events of each call add to its counts."""
        found = self._found()
        return {key: found.get(key) or CallNotes() for key in self.calls}

    @cached_property
    def figures(self) -> Mapping[str, CallFigures]:
        """The figures of each call by its key, in the order of time."""
        return {key: self.figures_of(key) for key in self.calls}

    def figures_of(self, key: str) -> CallFigures:
        """The figures of one call."""
        return figures(
            self.ids[key],
            self._aliases.room(self.notes[key].room),
            self.calls[key],
            self.notes[key],
            self._visible.get(key, frozenset()),
            self.limits,
            self.logs.seen.shares.get(key, 1.0),
        )

    @cached_property
    def _visible(self) -> Mapping[str, frozenset[str]]:
        read = [read.summary for read in self.inputs]
        return visible.by_call(read, self.limits, self.logs.seen.blind)

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


def _keyed(logs: CombinedLogs) -> dict[str, CallTotals]:
    """The calls by their keys, in the order of time."""
    keys = {id(call): key for key, call in logs.total.calls.items()}
    return {keys[id(call)]: call for call in logs.calls}


def _dearest_first(call: CallFigures) -> tuple[bool, float]:
    total = call.cost.total_s
    return total is None, -(total or 0.0)
