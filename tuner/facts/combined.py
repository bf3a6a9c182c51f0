"""Summaries of all inputs in, one view of all of them out: each event once, in order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from operator import attrgetter

from tuner.facts import echoes, visibility
from tuner.facts.seen_calls import Seen, seen_calls
from tuner.lines.catalogue.row import CountName
from tuner.names import Kind
from tuner.summary.call_counts import CallTotals
from tuner.summary.openai_responses import ResponseTally
from tuner.summary.summary import Summary

LONGEST_CALL_MIN = 24 * 60.0
"""No call is longer: what seems to be was put together from lines with wrong or missing dates."""
_HEADERS: tuple[Kind, ...] = ("http_headers", "openai_response", "openai_call")
COUNTED_FROM: dict[str, tuple[Kind | CountName, ...]] = {
    "false_interruptions": ("false_interruption", "interruption"),
    "phantom": ("phantom",),
    "lost": ("interruption",),
    "later": ("commit",),
    "wordless": ("transcript",),
    "closed": ("session_closed",),
    "sync": ("sync_warning",),
    "vad_slow": ("vad_slow",),
    "timed": _HEADERS,
    "slow": _HEADERS,
    "network": ("connection_quality",),
    "network_poor": ("connection_quality",),
}
"""The events that each figure of a call is counted from: without any, it is 0 in every call."""


def is_echo(summary: Summary) -> bool:
    """Whether the plain text in a log only repeats its other records, as a second handler does.

    Where nothing in them shows it, as much as stands there once is certain.
    """
    return echoes.repeats(summary) is not False


def without_duplicates(summary: Summary) -> Summary:
    """The summary with each event once: an echo is left out, other plain text is taken in."""
    if summary.echo is None or is_echo(summary):
        return summary
    whole = Summary(summary.slow_ms)
    for part in (summary, summary.echo):
        whole.absorb(part)
        whole.responses.merge(part.responses)
        for kind, places in part.evidence.items():
            for line, raw in places:
                whole.note(kind, line, raw)
    for name in ("bytes", "lines", "understood", "records"):
        setattr(whole, name, getattr(summary, name))
    return whole


class CombinedLogs:
    """All inputs together, each event once, in the order of time."""

    def __init__(self, inputs: Sequence[Summary], slow_ms: float) -> None:
        self.inputs = sorted(
            map(without_duplicates, inputs), key=lambda s: (s.first is None, s.first or 0.0)
        )
        self.visible = [visibility.visibility_of(s) for s in self.inputs]
        self.total = _total(self.inputs, slow_ms)
        self.responses = ResponseTally()
        for summary in self.inputs:
            self.responses.merge(summary.responses.settled())
        self.calls, self.basis = identify_calls(self.total.calls)
        self.span = (self.total.first, self.total.last)
        self._columns: dict[str, tuple[int, ...]] = {}

    def count(self, *kinds: Kind | CountName) -> int:
        """How many events of these kinds were counted."""
        return sum(self.total.counts[kind] for kind in kinds)

    def prefixed(self, prefix: str) -> dict[str, int]:
        """Counts whose name begins with `prefix:`, most first, by the rest of the name."""
        named = {
            k[len(prefix) + 1 :]: n
            for k, n in self.total.counts.items()
            if k.startswith(prefix + ":")
        }
        return dict(Counter(named).most_common())

    def per_call(self, field: str) -> tuple[int, ...]:
        """One figure of every call."""
        if field not in self._columns:  # there may be half a million calls
            events = self.count(*COUNTED_FROM[field]) if field in COUNTED_FROM else 1
            counts = tuple(map(attrgetter(field), self.calls)) if events else (0,) * len(self.calls)
            self._columns[field] = counts
        return self._columns[field]

    @property
    def is_whole(self) -> bool:
        """Whether every part of the log belongs to a call."""
        return len(self.calls) == len(self.total.calls)

    @cached_property
    def cutoffs(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of every call: turns that went on after the commit, and turns at risk."""
        if self.count("commit", "turn"):
            return cutoffs(self.calls)
        return (0,) * len(self.calls), (0,) * len(self.calls)

    @property
    def unnamed_turns(self) -> bool:
        """Whether ends of turns name no call although there are several: one of them cannot be
        told from the next of another call. So it is where lines were cut off before their ids."""
        nameless = self.total.calls.get("")
        return nameless is not None and nameless.commits > 0 and len(self.calls) > 1

    @property
    def judged(self) -> Collection[CallTotals]:
        """The parts of the log whose turns are of one call each."""
        every = self.total.calls
        return [every[key] for key in every if key] if self.unnamed_turns else every.values()

    @property
    def turns(self) -> int:
        """How many turns callers took. Of one turn one line may name its call and another not."""
        if self.is_whole:
            return sum(self.per_call("user_turns"))
        named = sum(call.user_turns for key, call in self.total.calls.items() if key)
        every = CallTotals(
            commits=self.all_calls("commits"),
            eous=self.all_calls("eous"),
            eou_objects=self.all_calls("eou_objects"),
            own_eous=self.all_calls("own_eous"),
            turns=self.all_calls("turns"),
            responses=self.all_calls("responses"),
        )
        return max(named, every.user_turns)

    @cached_property
    def minutes(self) -> tuple[float, ...]:
        """How long every call was, in minutes; 0 for one without a time."""
        return tuple([((c.last or 0.0) - (c.first or 0.0)) / 60 for c in self.calls])

    @cached_property
    def seen(self) -> Seen:
        """The calls in which what only DEBUG shows could not be seen, or not all the time."""
        return seen_calls(self.inputs, self.visible, self.total.calls)

    @cached_property
    def seen_minutes(self) -> tuple[float, ...]:
        """How long of every call that could be seen, in minutes."""
        if not self.seen.shares:
            return self.minutes
        shares = {id(self.total.calls[key]): share for key, share in self.seen.shares.items()}
        pairs = zip(self.calls, self.minutes, strict=True)
        return tuple([minutes * shares.get(id(call), 1.0) for call, minutes in pairs])

    @cached_property
    def impossible(self) -> int:
        """How many calls cannot have been so long: lines with and without a date were mixed."""
        if max(self.minutes, default=0.0) <= LONGEST_CALL_MIN:
            return 0
        return sum(minutes > LONGEST_CALL_MIN for minutes in self.minutes)

    def all_calls(self, field: str) -> int:
        """One figure summed over the whole log, also what belongs to no call."""
        if self.is_whole:
            return sum(self.per_call(field))
        return sum(map(attrgetter(field), self.total.calls.values()))


def _total(inputs: Sequence[Summary], slow_ms: float) -> Summary:
    """The sum of the inputs; a single one is its own sum, and may have half a million calls."""
    if len(inputs) == 1:
        return inputs[0]
    total = Summary(slow_ms)
    for summary in inputs:
        total.absorb(summary)
    return total


def identify_calls(parts: Mapping[str, CallTotals]) -> tuple[list[CallTotals], str]:
    """Choose what identifies a call: job_id, else room, else the process; else nothing does."""
    for prefix, basis in (("job:", "job_id"), ("room:", "room")):
        if calls := _known_by(prefix, parts):
            return calls, basis
    if voiced := [call for call in _known_by("pid:", parts) if _has_turns(call)]:
        return voiced, "pid"
    rest = parts.get("")
    if rest is not None and rest.closed == 1:
        return [rest], "session closed"
    return [], "session closed" if rest is not None and rest.closed else "none"


def _known_by(prefix: str, parts: Mapping[str, CallTotals]) -> list[CallTotals]:
    """The calls with such a key, in the order of time."""
    # A log has them nearly in this order: to sort the keys first took three times as long.
    begun = [(c.first or 0.0, key, c) for key, c in parts.items() if key.startswith(prefix)]
    return [call for _, _, call in sorted(begun)]


def _has_turns(call: CallTotals) -> bool:
    return bool(call.user_turns or call.closed or call.false_interruptions or call.sync)


def cutoffs(calls: Collection[CallTotals]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of each call: turns that went on after the commit, and turns at risk."""
    hits = tuple([call.cutoffs_turn_log if call.turns else call.cutoffs for call in calls])
    return hits, tuple([call.turns or call.commits - call.unknown for call in calls])


def seconds(ms: float | None) -> float | None:
    """Milliseconds as seconds, to a tenth of a millisecond; None stays None."""
    return None if ms is None else round(ms / 1000, 4)
