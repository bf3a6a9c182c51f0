"""Pieces of logs as they come in, the figures of the calls that they are about out.

All of a log counts, from its first line on, whatever the window of the watch is: a store keeps
whole calls. A call of which nothing came for a while is dropped; its figures are in the store.
"""

from __future__ import annotations

from collections import defaultdict

from tuner.calls.counted import CountedCalls
from tuner.calls.model import CallFigures
from tuner.calls.notes import KINDS, READ_LINE, CallNotes
from tuner.errors import InputError
from tuner.execution import bare_lines, call_lines, units
from tuner.facts.countable import countable
from tuner.limits import Limits
from tuner.reading.record_filter import EVERYTHING
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import Summary, call_key
from tuner.watch.live import FORGET_S, MOST_CALLS, drop

MOST_LOGS = 20
"""Of more logs those are dropped in which no call is left."""
_KEEP = call_lines.reports(KINDS)


class KeptCalls:
    """The calls of a watch for a store; methods take the time (epoch seconds)."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._job = limits, units.Job(slow_ms=limits.openai_slow_ms)
        self._logs: dict[str, Summary] = {}
        self._notes: defaultdict[str, CallNotes] = defaultdict(CallNotes)
        self._last: dict[str, float] = {}
        self._new: dict[str, None] = {}

    @property
    def is_full(self) -> bool:
        """Whether so many calls are held that they should be stored before more are read."""
        return len(self._last) > MOST_CALLS

    def add(self, path: str, piece: units.Piece, now: float) -> None:
        """Take in what was written into a log. What a call's own log cannot show is not known,
        whatever the others have."""
        for record, event in bare_lines.reported(piece, EVERYTHING, _KEEP, READ_LINE):
            self._notes[call_key(record)].add(record, event)
        summary = units.part(piece, self._job).summary
        for key in [*summary.calls, *(summary.echo.calls if summary.echo else ())]:
            self._last.pop(key, None)
            self._last[key] = now  # in the order of their last lines
            self._new[key] = None
        if path not in self._logs:
            self._logs[path] = Summary(self._limits.openai_slow_ms, from_start=True)
        self._logs[path].merge(summary)

    def take(self, now: float) -> list[CallFigures]:
        """The calls of which something came since this was asked last."""
        found = self._figures() if self._new else []
        self._new.clear()
        too_many = len(self._last) - MOST_CALLS // 2 if self.is_full else 0
        for number, (key, last) in enumerate(list(self._last.items())):
            if number < too_many or now - last > FORGET_S:
                self._drop(key)
        return found

    def _figures(self) -> list[CallFigures]:
        try:
            inputs = [ReadInput(path, summary) for path, summary in self._logs.items()]
            once = countable(inputs, EVERYTHING, stopped=False)
            counted = CountedCalls(once, self._limits, lambda: self._notes)
        except InputError:  # nothing is understood, or no line names its call so far
            return []
        return [counted.figures_of(key) for key in self._new if key in counted.calls]

    def _drop(self, key: str) -> None:
        """Drop a call that is over, and logs in which none is left."""
        del self._last[key]
        self._notes.pop(key, None)
        for path, summary in list(self._logs.items()):
            drop(summary, key)
            if not summary.calls and len(self._logs) > MOST_LOGS:
                del self._logs[path]
