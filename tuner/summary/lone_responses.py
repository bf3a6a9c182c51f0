"""Tallied responses in; those of which two lines stand apart counted once."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

from tuner.stats.histogram import Histogram

UNKNOWN = "unknown"
"""The endpoint of a response whose headers alone are in the log."""
Counts: TypeAlias = Counter[tuple[str, int]]
"""How many, by endpoint and status."""
Times: TypeAlias = dict[str, Histogram]
"""Processing times in milliseconds, by endpoint."""


def pair_up(counts: Counts, times: Times) -> None:
    """Count headers that found no request, and requests that found no headers, as one each: one
    of the two lines lacks its call (it was cut off, or a thread wrote it), or requests that ran
    at once in a log without calls changed places."""
    for status in [status for endpoint, status in counts if endpoint == UNKNOWN]:
        untimed = _untimed(counts, times, status)
        alone, lacking = counts[UNKNOWN, status], sum(untimed.values())
        counts[UNKNOWN, status] -= min(alone, lacking)
        if len(untimed) == 1 and lacking >= alone == _timed(times, UNKNOWN):
            found = times.pop(UNKNOWN)
            times.setdefault(next(iter(untimed)), Histogram()).merge(found)
        if not counts[UNKNOWN, status]:
            del counts[UNKNOWN, status]


def _untimed(counts: Counts, times: Times, status: int) -> dict[str, int]:
    """How many responses of a status no headers told the time of, at most, by endpoint."""
    known = {each for each, code in counts if code == status and each != UNKNOWN}
    missing = {each: _of(counts, each) - _timed(times, each) for each in known}
    return {each: min(n, counts[each, status]) for each, n in missing.items() if n > 0}


def _of(counts: Counts, endpoint: str) -> int:
    return sum(n for (each, _), n in counts.items() if each == endpoint)


def _timed(times: Times, endpoint: str) -> int:
    return times[endpoint].n if endpoint in times else 0
