"""Summaries of all inputs in, the facts that rules may use out: signals, latencies, exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuner.facts import visibility
from tuner.facts.combined import Seen
from tuner.facts.latencies import latencies
from tuner.facts.signals import signals
from tuner.limits import Limits
from tuner.model import CallCounts, Current, Evidence, EvidenceName, Exposure, Facts, Volume
from tuner.summary.call_counts import Call
from tuner.summary.summary import Summary


def build(
    inputs: Sequence[Summary],
    limits: Limits,
    current: Current,
    evidence: Mapping[EvidenceName, tuple[Evidence, ...]],
) -> Facts:
    """Return the facts of all inputs together."""
    seen = Seen(inputs, limits.openai_slow_ms)
    exposure = _exposure(seen)
    return Facts(
        exposure=exposure,
        signals=signals(seen, exposure, limits),
        latency=latencies(seen, limits),
        volume=_volume(seen, exposure),
        per_call=_per_call(seen),
        evidence=evidence,
        current=current,
        first=seen.span[0],
        last=seen.span[1],
    )


def _exposure(seen: Seen) -> Exposure:
    closed = seen.all_calls("closed")
    calls = len(seen.calls) or (closed if seen.basis == "session closed" else None)
    turns = seen.all_calls("user_turns")
    known = turns or any(s.debug or s.metrics or s.turn_log for s in seen.sights)
    return Exposure(calls, _minutes(seen.calls), turns if known else None, seen.basis)


def _minutes(calls: Sequence[Call]) -> float | None:
    timed = [c.last - c.first for c in calls if c.first is not None and c.last is not None]
    return sum(timed) / 60 if timed else None


_STOPS = ("false_interruptions", "phantom", "lost")


def _stops(false: int, phantom: int, lost: int) -> int:
    """How often a call's agent was stopped in vain where the caller could hear it."""
    return false - phantom + lost


def _per_call(seen: Seen) -> CallCounts:
    cut_off, at_risk = seen.cutoffs
    events = {
        "false_interruptions": tuple(map(_stops, *map(seen.per_call, _STOPS))),
        "sync_warnings": seen.per_call("sync"),
        "false_cutoffs": cut_off,
        "turns_at_risk": at_risk,
        "turns": seen.per_call("user_turns"),
        "openai_slow": seen.per_call("slow"),
        "openai_timed": seen.per_call("timed"),
        "vad_slow": seen.per_call("vad_slow"),
    }
    return CallCounts(seen.minutes, events)


def _volume(seen: Seen, exposure: Exposure) -> Volume:
    total = seen.total
    per_minute = total.records / exposure.minutes if exposure.minutes else None
    levels = total.levels
    return Volume(
        total.records, per_minute, visibility.by_level(levels), visibility.by_logger(levels)
    )
