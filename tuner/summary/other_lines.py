"""Lines above DEBUG that are of no row of the catalogue: how often each came, in which calls.

Their texts are kept as far as the atlas needs them to say what they are and which versions can
write them. Messages are told apart by their beginnings, so memory stays bounded whatever a log has.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tuner.lines.levels import LEVELS
from tuner.model import Record

BEGINNING = 40
"""Characters by which two messages of a logger and level differ."""
MOST_MESSAGES = 512
MOST_CALLS = 1024
KEPT_CHARACTERS = 400
LOUD = frozenset(("WARNING", "ERROR", "CRITICAL"))
"""The levels at which a line says that something went wrong."""

FAILED = "failed"
"""A level that no line has: what stands under it is a failure, which a rule judges."""

Key = tuple[str, str, str]
"""Logger, level and beginning of the message; "" for all messages beyond MOST_MESSAGES, and OTHERS
for all loggers when there are as many again."""
OTHERS = "others"


class CountedLine(msgspec.Struct, gc=False):
    """A message: the first of its texts, how often it came, and its calls as `call_key` has them.

    `calls` holds MOST_CALLS at most, and none for lines below WARNING.
    """

    text: str
    n: int = 0
    calls: set[str] = msgspec.field(default_factory=set)

    def add(self, n: int, calls: Iterable[str]) -> None:
        """Count it again, in these calls; "" is none."""
        self.n += n
        if len(self.calls) < MOST_CALLS:
            self.calls.update(calls)
            self.calls.discard("")


class OtherLines(dict[Key, CountedLine]):
    """The messages of one input, in the order in which they came."""

    def read(self, record: Record, call: str) -> None:
        """Count one record; `call` is its `call_key`."""
        calls = {call} if call and record.level in LOUD else set()
        self.count(record.logger, record.level, record.message, 1, calls)

    def fail(self, kind: str, call: str) -> None:
        """Count a failure of this kind, for the sake of its call."""
        if call:
            self.count(kind, FAILED, "", 1, {call})

    def calls_of(self, kind: str) -> set[str]:
        """The calls that failures of this kind fell in, MOST_CALLS at most."""
        found = self.get((kind, FAILED, ""))
        return found.calls if found else set()

    def count(self, logger: str, level: str, text: str, n: int, calls: Iterable[str]) -> None:
        """Count `n` records that begin like `text`."""
        key = (logger, level, text[:BEGINNING])
        if key not in self and len(self) >= MOST_MESSAGES:
            key, text = (logger, level, ""), ""
        if key not in self and len(self) >= 2 * MOST_MESSAGES:
            key = (OTHERS, level if level in LEVELS else "", "")
        line = self.get(key)
        if line is None:
            line = self[key] = CountedLine(text[:KEPT_CHARACTERS])
        line.add(n, calls)

    def merge(self, other: OtherLines) -> None:
        """Add the messages of another stretch or input, which stays as it is."""
        for (logger, level, _), line in other.items():
            self.count(logger, level, line.text, line.n, line.calls)
