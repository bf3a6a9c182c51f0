"""Events in, one mergeable summary out: counts, exposure, histograms, and the lines that show them.

A log may be cut between any two records: the summaries of the pieces, merged in order, equal the
summary of the whole. Memory grows with the number of calls and of distinct values, not of lines.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from tuner.inputs.chunks import TOO_LONG
from tuner.lines.catalogue.row import is_possible
from tuner.lines.catalogue.table import OF_THE_PROCESS
from tuner.lines.json_lines import HALF
from tuner.lines.levels import LEVELS
from tuner.lines.records import UNKNOWN
from tuner.lines.timestamps import DAY_S, extended
from tuner.model import Kind, Record
from tuner.stats.histogram import Histogram
from tuner.summary.call_counts import CallTotals
from tuner.summary.openai_responses import Responses
from tuner.summary.other_lines import OtherLines

KEPT_EVIDENCE = 10
MOST_DISTINCT = 1_000
"""Of texts that a log may have endlessly many of (loggers, models) so many are told apart."""
MORE = "(more)"
"""Stands for all others."""
OTHER_LEVEL = "(other)"
EVIDENCE_BYTES = 16_000
"""A line with HTTP headers has some 3,000: it must still parse when it is shown."""
IMPOSSIBLE = "impossible:"
"""Begins the count of what a measure set aside."""
TEXT = "text:"
"""Begins the count of figures that are texts, by kind and field."""
UNREAD_BYTES = "unread bytes"
"""Names the count of bytes in lines that were not understood although they are no plain text, and
no dump of sound or of a body either, as lines are that are too long."""
HALVES = "half lines"
"""Names the histogram of the lengths (characters) of lines that end within a JSON object."""
SPELLED = "spelled"
"""Begins the count of lines by how they begin, where that tells the version that wrote them."""
LONGEST_VALUE = 80
"""So much is kept of a value that lines are counted by."""
_OWN_PREFIXES = frozenset({"censored", "impossible", "tokens", "text"})
"""Of counts whose names are ours and not the log's."""
_MOST_VERSIONS = 64
_HALF_DAY_S = DAY_S / 2
_NO_CALL = CallTotals()
"""Stands for the call of a line that extends none; rows of such lines add nothing to a call."""


def call_key(record: Record) -> str:
    """The best key to a call that the record has: "job:...", "room:...", "pid:..." or ""."""
    if record.job:
        return "job:" + record.job
    if record.room:
        return "room:" + record.room
    return "pid:" + record.pid if record.pid else ""


class Summary:
    """What was found in one input, or in one stretch of it; `from_start`: in its first stretch."""

    taken: Sequence[int] | None = None
    """While a chunk is read: how many lines of the input stand for each of its own (None: one)."""
    unordered, path = False, ""
    """Whether the records of a call in this chunk go back in time; which log is followed."""

    def __init__(self, slow_ms: float = 1000.0, from_start: bool = False) -> None:
        self.slow_ms = slow_ms
        self.bytes = self.lines = self.understood = self.records = 0
        self.unread: Counter[str] = Counter()
        self.shapes: Counter[str] = Counter()
        self.wrappers: Counter[str] = Counter()
        self.clocks: Counter[str] = Counter()
        self.levels: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()
        self.histograms: dict[str, Histogram] = {}
        self.responses = Responses(from_start)
        self.calls: dict[str, CallTotals] = {}
        self.evidence: dict[str, list[tuple[int, bytes]]] = {}
        self.profiles: Counter[str] = Counter()
        self.settings: dict[str, Any] = {}
        self.versions: Counter[str] = Counter()
        self.other_lines = OtherLines()
        self.echo: Summary | None = None
        self.first: float | None = None
        self.last: float | None = None
        self.first_of_day: float | None = None
        self.last_of_day: float | None = None
        self.days = 0

    def plain_text(self) -> Summary:
        """Where plain text without ids is counted: it may be a second print of the same records.

        Two handlers on one logger (`logging.basicConfig` beside LiveKit's own) print everything
        twice, in two layouts. Whether that is so is only known at the end: see `facts.combined`.
        """
        if self.echo is None:
            self.echo = Summary(self.slow_ms, self.responses.first)
        return self.echo

    def skip(self, reason: str, lines: int = 1, line: int = 0, raw: bytes = b"") -> None:
        """Count lines that were not understood, with the reason; remember the first few."""
        self.lines += lines
        self.unread[reason] += lines if self.taken is None else self._taken(line, lines)
        if line:
            self.note("unread", line, raw)
        if reason not in (UNKNOWN, TOO_LONG):
            self.counts[UNREAD_BYTES] += len(raw)
        if reason == HALF and self.taken is None:
            self.histogram(HALVES).counts[len(raw.decode(errors="replace"))] += 1

    def _taken(self, line: int, lines: int) -> int:
        assert self.taken is not None
        return sum(self.taken[line - 1 : line - 1 + lines])

    def add_version(self, package: str, version: str, where: str) -> None:
        """Count a version that the log itself names: "start" of the worker, or "turn log"."""
        name = f"{package} {version[:40]} {where}"
        if name in self.versions or len(self.versions) < _MOST_VERSIONS:
            self.versions[name] += 1

    def note(self, kind: str, line: int, raw: bytes) -> None:
        """Remember where an event stands (the first few of each kind)."""
        kept = self.evidence.setdefault(kind, [])
        if len(kept) < KEPT_EVIDENCE or line < kept[-1][0]:
            insort(kept, (line, bytes(raw[:EVIDENCE_BYTES])), key=itemgetter(0))
            del kept[KEPT_EVIDENCE:]

    def understand(self, lines: int) -> None:
        """Count lines that were understood and add nothing else."""
        self.lines += lines
        self.understood += lines

    def take(self, shape: str, records: int, lines: int) -> None:
        """Count records of one shape that stood on so many lines."""
        self.understand(lines)
        self.records += records
        self.shapes[shape] += records

    def add_record(self, record: Record, kind: Kind | None = None, lines: int = 1) -> CallTotals:
        """Count a record, whatever its message is, and return its call.

        A call reaches from its first to its last line that is above DEBUG or a row's, but for rows
        of the process. The rest, nine lines in ten of a debug log, need not even be decoded.
        """
        self.lines += lines  # as `take` does; for every record this is called
        self.understood += lines
        self.records += 1
        self.shapes[record.shape] += 1
        self.count_source(record.logger, record.level)
        if record.level == "DEBUG" and (kind is None or kind in OF_THE_PROCESS):
            return _NO_CALL
        time = self._clock(record)
        call = self.call(call_key(record))
        if time is not None:
            call.first, call.last = extended((call.first, call.last), time)
            self.reach(time)
        return call

    def count_source(self, logger: str, level: str, n: int = 1) -> None:
        """Count records of a logger at a level."""
        key = (logger, level)
        if key not in self.levels:
            level = level if level in LEVELS or not level else OTHER_LEVEL
            key = (logger, level)
            if key not in self.levels and len(self.levels) >= MOST_DISTINCT:
                key = (MORE, level)
        self.levels[key] += n

    def tally(self, prefix: str, value: Any, n: int = 1) -> None:
        """Count lines by the value of a field, as "prefix:value"."""
        name = f"{prefix}:{str(value)[:LONGEST_VALUE]}"
        if name not in self.counts and len(self.counts) >= MOST_DISTINCT:
            name = f"{prefix}:{MORE}"
        self.counts[name] += n

    def call(self, key: str) -> CallTotals:
        """The call of this key, new if there was none."""
        call = self.calls.get(key)
        if call is None:
            call = self.calls[key] = CallTotals()
        return call

    def reach(self, time: float) -> None:
        """Extend the log's own span."""
        self.first, self.last = extended((self.first, self.last), time)

    def _clock(self, record: Record) -> float | None:
        """The record's time; one without a date is put on the right day after midnight."""
        self.clocks[record.clock] += 1
        if record.clock != "day" or record.time is None:
            return record.time
        if self.last_of_day is not None and record.time < self.last_of_day - _HALF_DAY_S:
            self.days += 1
        if self.first_of_day is None:
            self.first_of_day = record.time
        self.last_of_day = record.time
        return record.time + self.days * DAY_S

    def measure(self, name: str, seconds: Any, low: float = 0.0) -> float | None:
        """Add a latency to its histogram; below `low` it is censored, and what cannot be one is
        set aside. Returns it if it counts."""
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            return None
        if not is_possible(seconds, low):
            self.counts[IMPOSSIBLE + name] += 1
            return None
        if seconds < low:
            self.counts["censored:" + name] += 1
            return None
        self.histogram(name).counts[round(seconds * 1000)] += 1
        return float(seconds)

    def histogram(self, name: str) -> Histogram:
        """The histogram of this name, empty if it is new."""
        if name not in self.histograms:
            self.histograms[name] = Histogram()
        return self.histograms[name]

    def merge(self, later: Summary) -> None:
        """Add the summary of the stretch that follows in the same input."""
        later.shift(self._days_until(later))
        for name, places in later.evidence.items():
            for line, raw in places:
                self.note(name, line + self.lines, raw)
        if later.echo is not None:
            mine = self.plain_text()
            mine.lines = self.lines
            mine.merge(later.echo)
        self._merge_clock(later)
        self._add(later)
        self._merge_calls(later.calls)
        self.responses.merge(later.responses)

    def _merge_calls(self, later: dict[str, CallTotals]) -> None:
        """Add calls: a thousand of a stretch, few of which began before it."""
        mine = {key: self.calls[key] for key in self.calls.keys() & later.keys()}
        for key, call in mine.items():
            call.merge(later[key])
        self.calls.update(later)
        self.calls.update(mine)

    def absorb(self, other: Summary) -> None:
        """Add another input's summary, which stays as it is."""
        self._add(other)
        for key, call in other.calls.items():
            joined = self.calls[key].copy() if key in self.calls else None
            if joined is not None:
                joined.merge(call)
            self.calls[key] = joined or call

    def _add(self, other: Summary) -> None:
        """Add what does not depend on the place in a file."""
        for name in ("bytes", "lines", "understood", "records"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("unread", "shapes", "wrappers", "clocks", "profiles", "versions"):
            getattr(self, name).update(getattr(other, name))
        for (logger, level), n in other.levels.items():
            self.count_source(logger, level, n)
        for name, n in other.counts.items():
            prefix, colon, value = name.partition(":")
            if colon and name not in self.counts and prefix not in _OWN_PREFIXES:
                self.tally(prefix, value, n)
            else:
                self.counts[name] += n
        for name, histogram in other.histograms.items():
            self.histogram(name).merge(histogram)
        self.settings = self.settings or other.settings
        self.other_lines.merge(other.other_lines)
        if other.first is not None and other.last is not None:
            self.reach(other.first)
            self.reach(other.last)

    def _days_until(self, later: Summary) -> int:
        if self.last_of_day is None or later.first_of_day is None:
            return self.days
        return self.days + (later.first_of_day < self.last_of_day - _HALF_DAY_S)

    def _merge_clock(self, later: Summary) -> None:
        if later.first_of_day is not None:
            first = self.first_of_day
            self.first_of_day = later.first_of_day if first is None else first
            self.last_of_day, self.days = later.last_of_day, later.days

    def shift(self, days: int) -> None:
        """Move a log without dates by whole days; one with dates is left alone."""
        if self.first_of_day is None or not days:
            return
        self.days += days
        for call in (*self.calls.values(), *(self.echo.calls.values() if self.echo else ())):
            call.shift(days * DAY_S)
        times = (self.first, self.last)
        self.first, self.last = (None if t is None else t + days * DAY_S for t in times)
