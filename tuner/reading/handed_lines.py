"""Lines whose fields the compiled scan has read, and that are added here one by one.

They are those of kinds with code of their own, and the turns (commits, transcripts, false
interruptions) of a chunk in which Python has to read a line: what one of them means depends on
those before it in its call. The scan judges turns itself where it can read all lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from tuner.lines.message_figures import TRANSCRIPT, endpoint_name
from tuner.model import Event, Kind, Record
from tuner.scan import HANDED, Handed, Scanner, TurnRules
from tuner.summary import call_counts, event_counting
from tuner.summary.call_counts import CallTotals
from tuner.summary.event_counting import CommitTimes
from tuner.summary.summary import Summary

RULES = TurnRules(
    call_counts.CUTOFF_WINDOW_S,
    call_counts.TALK_OVER_WINDOW_S,
    call_counts.OVERLAP_S,
    event_counting.ZONE_GRAIN_S,
    call_counts.BACKCHANNEL_WORDS,
)
_NO_RECORD = Record("")
"""Stands for the record of lines of which all that is added stands in their fields."""
_TYPES: dict[str, Callable[[float], Any]] = {"NUMBER": float, "WHOLE": int, "FLAG": bool}
_Add: TypeAlias = Callable[[Handed, CallTotals], None]


class HandedLines:
    """The handed lines of a chunk, added as far as they are asked for."""

    def __init__(
        self,
        summary: Summary,
        scanner: Scanner,
        calls: Sequence[CallTotals],
        clock: str,
        with_turns: bool,
    ) -> None:
        """`calls` stand in the scan's order; `clock` is that of the layout (`model.Record`).
        `with_turns`: add those, too."""
        self._summary, self._scanner, self._calls, self._clock = summary, scanner, calls, clock
        turns = self._turns() if with_turns else {}
        own: dict[Kind, _Add] = {"openai_call": self._add_call}
        self._add = [
            own.get(row.line.kind, self._add_event)
            if row.way == "HANDED"
            else turns.get(row.line.kind, _skip)
            for row in scanner.plan.rows
        ]
        self._lines: Iterator[Handed] = scanner.handed()
        self._next = next(self._lines, None)

    def add_before(self, line: float) -> None:
        """Add those that stand before this line (from 0 on)."""
        handed, calls, adders = self._next, self._calls, self._add
        while handed is not None and handed.line < line:
            adders[handed.row](handed, calls[handed.call])
            handed = next(self._lines, None)
        self._next = handed

    def _turns(self) -> dict[Kind, _Add]:
        return {
            "false_interruption": _pause,
            "transcript": _add_words,
            "commit": self._commit,
        }

    def _commit(self, handed: Handed, call: CallTotals) -> None:
        times = CommitTimes(*map(_known, handed.values[:3]))
        time = handed.time if self._clock else None
        evidence = event_counting.commit(self._summary, call, times, time, self._clock)
        if evidence is not None:
            self._summary.note(evidence, handed.line + 1, self._raw(handed))

    def _raw(self, handed: Handed) -> bytes:
        return bytes(self._scanner.data[handed.start : handed.end])

    def _add_call(self, handed: Handed, call: CallTotals) -> None:
        """Add an OpenAI call: of most, answered as usual, only the response counts, and to add it
        takes a fifth of the time."""
        _, status, _, reused, ms, attempt, wait_ms = handed.values[: len(HANDED["openai_call"])]
        at, size, slow_ms = handed.spans[0], handed.spans[1], self._summary.slow_ms
        noted = event_counting.is_noted_call(reused, ms, attempt, wait_ms, slow_ms)
        if at < 0 or noted or not 100 <= status < 400:
            self._add_event(handed, call)
            return
        name = bytes(self._scanner.text[at : at + size])
        event_counting.add_usual_call(self._summary, call, _endpoint(name), int(status), ms)

    def _add_event(self, handed: Handed, call: CallTotals) -> None:
        kind = self._scanner.plan.rows[handed.row].line.kind
        event, raw = Event(kind, dict(self._fields(kind, handed))), self._raw(handed)
        event_counting.add(self._summary, event, _NO_RECORD, call, handed.line + 1, raw)

    def _fields(self, kind: Kind, handed: Handed) -> Iterator[tuple[str, Any]]:
        for index, (name, type_) in enumerate(HANDED[kind].items()):
            value, at = handed.values[index], handed.spans[2 * index]
            if value == value:  # else NAN: absent or a text
                yield name, _TYPES[type_](value)
            elif at >= 0 and not (name == "settings" and self._summary.settings):
                yield name, self._text(type_, at, handed.spans[2 * index + 1])

    def _text(self, type_: str, at: int, size: int) -> Any:
        raw = bytes(self._scanner.text[at : at + size])
        return msgspec.json.decode(raw) if type_ == "OBJECT" else raw.decode()


@lru_cache(maxsize=64)
def _endpoint(name: bytes) -> str:
    return endpoint_name(name.decode())


def _skip(_handed: Handed, _call: CallTotals) -> None:
    """The scan has added the line."""


def _pause(_: Handed, call: CallTotals) -> None:
    call.pause()


def _add_words(handed: Handed, call: CallTotals) -> None:
    texts = handed.values[: len(TRANSCRIPT)]
    known = (words for words in texts if words == words)  # NAN is a field that is absent
    if (words := next(known, None)) is not None:
        call.add_words(int(words))
    else:
        call.hide_words()


def _known(value: float) -> float | None:
    """The value, None where it is absent or 0."""
    return value if value and value == value else None
