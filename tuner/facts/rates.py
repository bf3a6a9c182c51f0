"""Counts of calls in, a rate or a share with its interval out."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.model import Rate
from tuner.stats import intervals


def per_minute(
    counts: Sequence[int], lengths: Sequence[float], minutes: float | None, limit: float
) -> Rate | None:
    """Events per minute of call; the interval is widened when few calls have most of them."""
    if not minutes:
        return None
    events = sum(counts)
    spread = intervals.dispersion(counts, lengths)
    low, high = intervals.poisson_interval(events / spread, minutes / spread)
    above = intervals.p_rate_above(limit, events, minutes, spread)
    return Rate(events, minutes, "minute", events / minutes, low, high, limit, above)


def share(hits: Sequence[int], at_risk: Sequence[int], unit: str, limit: float) -> Rate | None:
    """Share of `at_risk` that were hit; the interval is widened when few calls have most hits."""
    events, n = sum(hits), sum(at_risk)
    if not n:
        return None
    spread = intervals.dispersion(hits, at_risk)
    low, high = intervals.wilson_interval(events / spread, n / spread)
    above = intervals.p_share_above(limit, events, n, spread)
    return Rate(events, n, unit, events / n, low, high, limit, above)
