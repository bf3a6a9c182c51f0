"""Deltas of calls and histograms in, those of the last minutes out; older ones are dropped."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tuner.facts.latencies import believed
from tuner.stats.histogram import Histogram
from tuner.summary.call_counts import CallTotals

BUCKETS = 15
MOST_CALLS = 2_000
"""In a bucket so many calls are told apart; what is beyond counts as one call."""
MORE = "(more)"


@dataclass(slots=True)
class CallDelta:
    """By how much the figures of one call grew: minutes, and counts."""

    minutes: float = 0.0
    turns: int = 0
    stops: int = 0
    cut_offs: int = 0
    at_risk: int = 0
    timed: int = 0
    slow: int = 0
    sync: int = 0

    def add(self, other: CallDelta) -> None:
        """Add another growth to this one."""
        self.minutes += other.minutes  # name by name: this is called for every call and bucket
        self.turns += other.turns
        self.stops += other.stops
        self.cut_offs += other.cut_offs
        self.at_risk += other.at_risk
        self.timed += other.timed
        self.slow += other.slow
        self.sync += other.sync

    def minus(self, before: CallDelta) -> CallDelta:
        """What came since; a figure that shrank because a surer one took over did not grow."""
        each = (max(0, getattr(self, name) - getattr(before, name)) for name in self.__slots__)
        return CallDelta(*each)


def figures(call: CallTotals) -> CallDelta:
    """All that a call's counts hold so far."""
    first, last = call.first, call.last
    return CallDelta(
        minutes=(last - first) / 60 if first is not None and last is not None else 0.0,
        turns=call.user_turns,
        stops=call.false_interruptions - call.phantom + call.lost,
        cut_offs=call.cutoffs_turn_log if call.turns else call.cutoffs,
        at_risk=call.turns or call.commits - call.unknown,
        timed=call.timed,
        slow=call.slow,
        sync=call.sync,
    )


@dataclass(slots=True)
class Bucket:
    """What came in a stretch of time that began at `start`."""

    start: float
    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    calls: dict[str, CallDelta] = field(default_factory=dict)

    def add_call(self, key: str, delta: CallDelta) -> None:
        """Add the growth of a call."""
        if key not in self.calls and len(self.calls) >= MOST_CALLS:
            key = MORE
        self.calls.setdefault(key, CallDelta()).add(delta)


class Window:
    """The buckets of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._buckets: deque[Bucket] = deque()

    def at(self, now: float) -> Bucket:
        """The bucket of this time; what is too old goes."""
        self.forget(now)
        if not self._buckets or now - self._buckets[-1].start >= self.seconds / BUCKETS:
            self._buckets.append(Bucket(now))
        return self._buckets[-1]

    def forget(self, now: float) -> None:
        """Drop what is older than the window."""
        while self._buckets and now - self._buckets[0].start > self.seconds:
            self._buckets.popleft()

    def calls(self) -> Mapping[str, CallDelta]:
        """The growth of each call within the window."""
        found: dict[str, CallDelta] = {}
        for bucket in self._buckets:
            for key, delta in bucket.calls.items():
                found.setdefault(key, CallDelta()).add(delta)
        return found

    def counts(self) -> Counter[str]:
        """The counts of the window."""
        total: Counter[str] = Counter()
        for bucket in self._buckets:
            total.update(bucket.counts)
        return total

    def records(self) -> int:
        """How many log records came."""
        return sum(bucket.records for bucket in self._buckets)

    def stage(self, name: str) -> Histogram:
        """The latencies of a stage, of the source that a report would believe."""
        sources: dict[str, Histogram] = {}
        for bucket in self._buckets:
            for key, histogram in bucket.histograms.items():
                if key.startswith(name + "@"):
                    sources.setdefault(key.partition("@")[2], Histogram()).merge(histogram)
        counts = self.counts()
        values = {
            source: histogram.n + counts[f"censored:{name}@{source}"]
            for source, histogram in sources.items()
        }
        return sources.get(believed(values), Histogram())
