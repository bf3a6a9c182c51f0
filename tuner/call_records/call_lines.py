"""The lines of one call, collected while its record is read, laid out when it is over."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tuner.lines.turn_log_lines import Message
from tuner.turns.assembler import Line, Turns
from tuner.turns.line import as_bytes

_TOKENS = frozenset(("prompt_tokens", "cached_tokens", "completion_tokens"))


class Placed(NamedTuple):
    """A line of the turn log, the time of its event (epoch seconds) and where it comes from."""

    message: Message
    fields: Mapping[str, Any]
    at: float
    line: int


@dataclass(slots=True)
class CallLines:
    """What is known of one call so far. `ids` are those that the record itself holds.

    `unknown` names the fields that the record cannot fill; without `zoned` its clock's zone is
    not known.
    """

    ids: Mapping[str, str]
    turns: Turns
    unknown: frozenset[str] = _TOKENS
    zoned: bool = True
    first: float | None = None
    last: float | None = None
    ended: dict[str, Any] | None = None
    _lines: list[Placed] = field(default_factory=list)

    def reach(self, at: float) -> None:
        """Note that the call was going on at this time."""
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at

    def add(self, lines: Sequence[Line], at: float, line: int) -> None:
        """Take what the assembler returned for an event at `at` on `line`."""
        self.reach(at)
        settled, unknown = self.turns.settled(at), self.unknown
        if not lines and not settled:
            return
        for message, fields in (*lines, *settled):
            for name in unknown:
                fields.pop(name, None)
            self._lines.append(Placed(message, fields, at, line))

    def laid_out(self, started: Mapping[str, Any], line: int) -> Iterator[tuple[int, bytes]]:
        """All lines, from `session started` to `session ended`; `line` is the record's last."""
        if self.first is None or self.last is None:
            return
        self.add([*self.turns.closed(), *self.turns.settled(math.inf)], self.last, line)
        first = self._lines[0].line if self._lines else line
        begin = Placed("session started", {"profile": "unknown", **started}, self.first, first)
        end = [] if self.ended is None else [Placed("session ended", self._end(), self.last, line)]
        for placed in (begin, *self._lines, *end):
            fields = {**placed.fields, **self.ids}
            yield placed.line, as_bytes(placed.message, fields, placed.at, zoned=self.zoned)

    def _end(self) -> dict[str, Any]:
        counts: Counter[str] = self.turns.counts
        assert self.first is not None and self.last is not None
        return {
            "duration": round(self.last - self.first, 3),
            **(self.ended or {}),
            "turns": counts["turn"],
            "interruptions": counts["interruption"],
        }
