"""The turn log that call records were translated to, kept for a replay of the same inputs.

To translate a record takes longer than all that becomes of its lines: whoever reads the inputs
again in the same run takes those of the first reading. As a replay takes a sample of the calls,
only their lines are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tuner.execution.sampled_calls import ID, SampledCalls
from tuner.lines.layouts import NONE, Layouts
from tuner.lines.turn_log_lines import LOGGER

MOST_BYTES = 64 << 20
"""Bytes of lines that are kept; lines that name no job are in every sample."""
MOST_OF_UNIT = 32 << 20
"""Bytes that a process hands over with what it read."""
_NAME = LOGGER.encode()


class TurnLogLines(NamedTuple):
    """Lines that may be of the turn log, and the layouts of the input that they are of."""

    data: bytes
    layouts: Layouts = NONE


Kept = tuple[TurnLogLines, ...] | None
"""The lines of a stretch of an input; None of one that is no call record."""


class KeptTurnLogs:
    """The lines of a sample of at most `most_calls` calls of all inputs, by path."""

    def __init__(self, most_calls: int) -> None:
        self.sample = SampledCalls(most_calls)
        self._by_path: dict[str, list[TurnLogLines] | None] = {}
        self._size = 0

    def take(self, path: str, kept: Kept) -> None:
        """Take what follows of an input; one that is no call record all through is not kept."""
        before = self._by_path.setdefault(path, [])
        if before is None or kept is None or self._size > MOST_BYTES:
            self._by_path[path] = None
            return
        for lines in kept:
            data = b"\n".join(named(self.sample.lines(lines.data)))
            self._size += len(data)
            before.append(TurnLogLines(data, lines.layouts))

    def of(self, path: str) -> list[TurnLogLines] | None:
        """The lines of an input; None if it has to be read again."""
        return self._by_path.get(path)

    def forget(self) -> None:
        """Forget them all: the inputs were not read to their ends."""
        self._by_path.clear()


def joined(first: Kept, later: Kept) -> Kept:
    """Those of two neighbouring stretches."""
    if first is None or later is None:
        return None
    both = (*first, *later)
    return both if sum(len(lines.data) for lines in both) <= MOST_OF_UNIT else None


def names(line: bytes) -> bool:
    """Whether a line may be of the turn log."""
    return _NAME in line


def named(lines: Iterable[bytes]) -> list[bytes]:
    """Those lines that may be of the turn log."""
    return list(filter(names, lines))


def only_needed(data: bytes) -> bytes:
    """The lines that name a job, or may be of the turn log: no others have a part in a replay or in
    its sample. In a log of text they are few, and the lines between them are passed over at once.
    """
    found, done = list[bytes](), 0
    while (job := data.find(ID, done)) >= 0:
        start = data.rfind(b"\n", done, job) + 1 or done
        end = data.find(b"\n", job)
        end = len(data) if end < 0 else end
        found += (*_named_in(data[done:start]), data[start:end])
        done = end + 1
    return b"\n".join([*found, *_named_in(data[done:])])


def _named_in(text: bytes) -> list[bytes]:
    return named(text.split(b"\n")) if names(text) else []
