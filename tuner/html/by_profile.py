"""Calls in, one row a profile out: rates with intervals, and the typical wait."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from tuner.calls.model import CallFigures
from tuner.facts import rates
from tuner.limits import Limits
from tuner.model import Rate


class ProfileRow(NamedTuple):
    """The calls of one profile; None is what they do not show.

    `wait_p50_s` is the median of the calls' median waits.
    """

    profile: str
    calls: int
    minutes: float | None
    turns: int | None
    false_stops: Rate | None
    cut_offs: Rate | None
    wait_p50_s: float | None


def by_profile(calls: Sequence[CallFigures], limits: Limits) -> list[ProfileRow]:
    """A row for each profile that a call was made with, the most used first."""
    groups: dict[str, list[CallFigures]] = {}
    for call in calls:
        groups.setdefault(call.profile or "unknown", []).append(call)
    rows = (_row(profile, mine, limits) for profile, mine in groups.items())
    return sorted(rows, key=lambda row: -row.calls)


def _row(profile: str, calls: Sequence[CallFigures], limits: Limits) -> ProfileRow:
    lengths = [call.length_s / 60 for call in calls if call.length_s is not None]
    turns = [call.turns for call in calls if call.turns is not None]
    waits = [call.wait_p50_s for call in calls if call.wait_p50_s is not None]
    return ProfileRow(
        profile,
        len(calls),
        sum(lengths) if lengths else None,
        sum(turns) if turns else None,
        _false_stops(calls, limits.false_interruptions_per_minute),
        _cut_offs(calls, limits.false_cutoff_share),
        median(waits) if waits else None,
    )


def _false_stops(calls: Sequence[CallFigures], limit: float) -> Rate | None:
    seen = [
        (call.false_stops, call.length_s / 60)
        for call in calls
        if call.false_stops is not None and call.length_s
    ]
    counts, minutes = [count for count, _ in seen], [length for _, length in seen]
    return rates.per_minute(counts, minutes, sum(minutes), limit)


def _cut_offs(calls: Sequence[CallFigures], limit: float) -> Rate | None:
    seen = [
        (call.cut_offs, call.turns) for call in calls if call.cut_offs is not None and call.turns
    ]
    hits, turns = [hit for hit, _ in seen], [n for _, n in seen]
    return rates.share(hits, turns, "turn", limit)
