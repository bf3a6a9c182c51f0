"""Calls in, one row for each day, profile or version out: rates with intervals, typical wait."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal, NamedTuple

from tuner.calls.model import CallFigures
from tuner.facts import rates
from tuner.limits import Limits
from tuner.lines.timestamps import within_calendar
from tuner.model import Rate

By = Literal["day", "profile", "version"]
UNKNOWN = "unknown"
_NO_DATE_S = 366 * 86_400.0
"""Times before 1971 count from midnight of a day that the log does not name."""


class CallGroup(NamedTuple):
    """The calls of one day, profile or version; None is what they do not show.

    `first` and `last` are when the first and the last of them began (epoch s). `wait_p50_s` is the
    median of the calls' median waits. `unseen` calls could not show a false stop, at least for
    some of their time: that is not in the rate.
    """

    name: str
    calls: int
    first: float | None
    last: float | None
    minutes: float | None
    turns: int | None
    false_stops: Rate | None
    cut_offs: Rate | None
    wait_p50_s: float | None
    unseen: int = 0


def groups(calls: Sequence[CallFigures], by: By, limits: Limits) -> list[CallGroup]:
    """A row for each, days in their order, else the one with most calls first."""
    found: dict[str, list[CallFigures]] = {}
    for call in calls:
        found.setdefault(_name(call, by), []).append(call)
    rows = [_group(name, mine, limits) for name, mine in found.items()]
    if by == "day":
        return sorted(rows, key=lambda row: row.name)
    return sorted(rows, key=lambda row: (-row.calls, row.name))


def _name(call: CallFigures, by: By) -> str:
    if by == "day":
        return UNKNOWN if call.first is None else f"{within_calendar(call.first):%Y-%m-%d}"
    return (call.profile if by == "profile" else call.version) or UNKNOWN


def _day(seconds: float | None) -> str:
    """The day in UTC; a log whose times have no date has none."""
    if seconds is None or seconds < _NO_DATE_S:
        return UNKNOWN
    return f"{within_calendar(seconds):%Y-%m-%d}"


def _group(name: str, calls: Sequence[CallFigures], limits: Limits) -> CallGroup:
    begun = [call.first for call in calls if call.first is not None]
    lengths = [call.length_s / 60 for call in calls if call.length_s is not None]
    turns = [call.turns for call in calls if call.turns is not None]
    waits = [call.wait_p50_s for call in calls if call.wait_p50_s is not None]
    return CallGroup(
        name,
        len(calls),
        min(begun, default=None),
        max(begun, default=None),
        sum(lengths) if lengths else None,
        sum(turns) if turns else None,
        _false_stops(calls, limits.false_interruptions_per_minute),
        _cut_offs(calls, limits.false_cutoff_share),
        median(waits) if waits else None,
        sum((call.seen_s or 0.0) < call.length_s for call in calls if call.length_s),
    )


def _false_stops(calls: Sequence[CallFigures], limit: float) -> Rate | None:
    known = [
        (call.false_stops, call.seen_s / 60)
        for call in calls
        if call.false_stops is not None and call.seen_s
    ]
    counts, minutes = [count for count, _ in known], [length for _, length in known]
    return rates.per_minute(counts, minutes, sum(minutes), limit)


def _cut_offs(calls: Sequence[CallFigures], limit: float) -> Rate | None:
    known = [
        (call.cut_offs, call.turns_at_risk)
        for call in calls
        if call.cut_offs is not None and call.turns_at_risk
    ]
    hits, turns = [hit for hit, _ in known], [n for _, n in known]
    return rates.share(hits, turns, "turn", limit)
