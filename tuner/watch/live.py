"""Summaries of what is new in, the state of the last minutes out; memory stays flat over days.

The counts of calls in progress are joined as `tuner analyze` joins the pieces of a log. A call of
which nothing came for a while is dropped; its figures stay in the totals.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable

from tuner.calls.ids import Aliases, shown_id
from tuner.facts.combined import is_echo
from tuner.limits import Limits
from tuner.lines import records, wrappers
from tuner.model import Record
from tuner.names import STAGES
from tuner.stats.histogram import Histogram
from tuner.summary.call_counts import CallTotals
from tuner.summary.other_lines import OtherLines
from tuner.summary.summary import Summary, call_key
from tuner.watch.measures import Visible, measures
from tuner.watch.model import CallNow, LiveEvent, LiveMeasure, Snapshot, StageTimes
from tuner.watch.seen_shares import SeenShares
from tuner.watch.window import CallDelta, Window, figures

QUIET_S = 60.0
"""A call with a line in the last minute is in progress, unless it was closed."""
FORGET_S = 600.0
"""A call is dropped when nothing came of it for so long."""
MOST_CALLS = 10_000
"""Of more calls those are dropped whose last line is the oldest."""
MOST_EVENTS, MOST_SHOWN, MOST_ALIASES = 12, 50, 10_000
_NO_EVENTS = frozenset(("unread", "http_connections", "late_transcripts"))
"""Evidence that is too frequent, or too little, to be an event."""
_PREFIXES = ("job:", "room:", "pid:", "")
_PROCESS = 2
"""A process is a call only once it has a turn."""


class Watch:
    """The state of a watch; every method takes the time (epoch seconds)."""

    def __init__(self, limits: Limits, window_s: float) -> None:
        self.limits = limits
        self.window = Window(window_s)
        self.total = Summary(limits.openai_slow_ms, from_start=True)
        self._both = Summary()
        self._last: dict[str, float] = {}
        self._prefix = len(_PREFIXES) - 1
        self._events: deque[LiveEvent] = deque(maxlen=MOST_EVENTS)
        self._aliases = Aliases()
        self._visible, self._seen = Visible(limits), SeenShares(limits)
        self._totals: Counter[str] = Counter()

    def add(self, summary: Summary, now: float) -> None:
        """Take in what came."""
        self._both.merge(_outline(summary))
        echo, summary.echo = summary.echo, None
        if echo is not None and not is_echo(self._both):
            self._add(echo, summary.path, now)
        self._add(summary, summary.path, now)
        self._forget(now)

    def _add(self, summary: Summary, path: str, now: float) -> None:
        keys = list(summary.calls)
        known = {key: call for key in keys if (call := self.total.calls.get(key)) is not None}
        before = {key: figures(call) for key, call in known.items()}
        self._seen.add(summary, path)
        bucket = self.window.at(now)
        bucket.records += summary.records
        bucket.counts.update(summary.counts)
        for name, histogram in summary.histograms.items():
            bucket.histograms.setdefault(name, Histogram()).merge(histogram)
        self._take_events(summary)
        self._totals.update({"lines": summary.lines, "records": summary.records})
        self.total.merge(summary)
        for key in keys:
            self._count(key, before.get(key), now)

    def _count(self, key: str, before: CallDelta | None, now: float) -> None:
        """Add by how much a call grew."""
        prefix = next(i for i, start in enumerate(_PREFIXES) if key.startswith(start))
        self._prefix = min(self._prefix, prefix)
        self._last.pop(key, None)
        self._last[key] = now  # in the order of their last lines
        grown = figures(self.total.calls[key]).minus(before or CallDelta())
        if prefix == self._prefix:
            self.window.at(now).add_call(key, grown)
            is_new = before is None if prefix < _PROCESS else not (before and before.turns)
            counts = {"turns": grown.turns, "stops": grown.stops, "cut_offs": grown.cut_offs}
            is_call = bool(key) and (prefix < _PROCESS or grown.turns > 0)
            self._totals.update({"calls": int(is_new and is_call), **counts})

    def _take_events(self, summary: Summary) -> None:
        found = []
        for name, places in summary.evidence.items():
            if name.partition("@")[0] not in _NO_EVENTS:
                found += [(line, name.partition("@")[0], raw) for line, raw in places]
        for _, name, raw in sorted(found)[-MOST_EVENTS:]:
            self._events.append(self._event(name, raw))

    def _event(self, name: str, raw: bytes) -> LiveEvent:
        record = records.parse(wrappers.peel(raw).text)
        if not isinstance(record, Record):
            return LiveEvent(None, name, "")
        key = call_key(record)
        is_dated = record.clock in ("utc", "naive")
        return LiveEvent(record.time if is_dated else None, name, self._shown(key))

    def _shown(self, key: str) -> str:
        if len(self._aliases) > MOST_ALIASES:
            self._aliases = Aliases()
        return shown_id(key, self._aliases) if key else ""

    def _forget(self, now: float) -> None:
        """Drop calls that are over, and what waits for their lines."""
        too_many = len(self._last) - MOST_CALLS
        old = [
            key
            for number, (key, last) in enumerate(self._last.items())
            if number < too_many or now - last > FORGET_S
        ]
        for key in old:
            del self._last[key]
            drop(self.total, key)

    def snapshot(self, now: float, alerts: Iterable[str] = (), last: bool = False) -> Snapshot:
        """The state at this time; `alerts` are the names of measures that are above. The last one
        shows all that came, the others what was visible some seconds ago."""
        self.window.forget(now)
        self._forget(now)
        keys = self._in_progress(now)
        return Snapshot(
            time=now,
            window_s=self.window.seconds,
            measures=self._measures(now, last),
            stages=tuple(self._stages()),
            in_progress=len(keys),
            longest=tuple(self._longest(keys, now)),
            events=tuple(self._events),
            alerts=tuple(alerts),
            totals=dict(self._totals),
        )

    def _measures(self, now: float, last: bool) -> tuple[LiveMeasure, ...]:
        why = self._visible.update(self.total, now, at_once=last)
        seen = self._seen.update(self.total, self.window, now, at_once=last)
        return measures(self.window, self.limits, why, seen)

    def _stages(self) -> Iterable[StageTimes]:
        for name in STAGES:
            histogram = self.window.stage(name)
            p50, p90 = histogram.quantiles(0.5, 0.9)
            if p50 is not None and p90 is not None:
                longest = (histogram.max or 0) / 1000
                yield StageTimes(name, histogram.n, p50 / 1000, p90 / 1000, longest)

    def _in_progress(self, now: float) -> list[str]:
        """The keys of the calls that are not over."""
        prefix = _PREFIXES[self._prefix]
        return [
            key
            for key, call in self.total.calls.items()
            if key and key.startswith(prefix) and not call.closed
            if now - self._last.get(key, 0.0) <= QUIET_S
            if self._prefix < _PROCESS or call.user_turns
        ]

    def _longest(self, keys: Iterable[str], now: float) -> Iterable[CallNow]:
        calls = self.total.calls
        longest = heapq.nlargest(MOST_SHOWN, keys, key=lambda key: _length(calls[key]))
        return (self._now(key, calls[key], now - self._last[key]) for key in longest)

    def _now(self, key: str, call: CallTotals, quiet_s: float) -> CallNow:
        so_far = figures(call)
        return CallNow(
            self._shown(key),
            round(so_far.minutes * 60, 1),
            so_far.turns,
            so_far.stops,
            so_far.cut_offs,
            round(max(0.0, quiet_s), 1),
        )


def _outline(summary: Summary) -> Summary:
    """What shows whether plain text repeats other records, which stay apart here: the calls are in
    the total."""
    found = Summary(summary.slow_ms)
    left_out = {"calls": found.calls, "responses": found.responses, "other_lines": OtherLines()}
    vars(found).update(vars(summary) | left_out)
    found.echo = None if summary.echo is None else _outline(summary.echo)
    return found


def drop(total: Summary, key: str) -> None:
    """Drop a call that is over, and what waits for its lines."""
    for part in filter(None, (total, total.echo)):
        part.calls.pop(key, None)
    for wire in total.responses.wire.values():
        wire.forget(key.partition(":")[2])


def _length(call: CallTotals) -> float:
    """How long a call has lasted, in seconds."""
    return (call.last or 0.0) - (call.first or 0.0)
