"""All calls and readings in, figures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tuner.load_test.caller import LoadCall
from tuner.load_test.plan import CallingPlan
from tuner.load_test.processes import Reading


@dataclass(slots=True)
class LoadResult:
    """What happened; `left` are slots that were still taken at the end (None: not known)."""

    plan: CallingPlan
    calls: list[LoadCall] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    reports: int = 0
    report_errors: Counter[str] = field(default_factory=Counter)
    webhook_s: list[float] = field(default_factory=list)
    left: int | None = None
    seconds: float = 0.0
    false_stops: dict[str, Any] | None = None
    """As `agent_log.false_stops` has them; None where no turn log was named."""

    @property
    def held(self) -> list[Reading]:
        """Readings while all callers were there."""
        return [reading for reading in self.readings if self.plan.holds(reading.at_s)]


def figures(result: LoadResult) -> dict[str, Any]:
    """Everything that is shown and stored: counts, and quantiles in seconds."""
    calls = result.calls
    return {
        "seconds": round(result.seconds, 1),
        "calls": len(calls),
        "answers": dict(Counter(call.answer for call in calls).most_common()),
        "errors": sum(call.is_error for call in calls),
        "why": dict(Counter(call.error for call in calls if call.error).most_common(20)),
        "ended_early": sum(call.ended_early for call in calls),
        "sentences_without_answer": sum(call.unanswered for call in calls),
        "talked_over": sum(call.talked_over for call in calls),
        "false_stops": result.false_stops,
        "webhook_requests": result.reports,
        "webhook_errors": dict(result.report_errors),
        "webhook_s": quantiles(result.webhook_s),
        "ring_s": quantiles(call.ring_s for call in calls),
        "first_audio_s": quantiles(call.first_audio_s for call in calls),
        "reply_s": quantiles(reply for call in calls for reply in call.replies_s),
        "packets": sum(call.packets for call in calls),
        "packets_lost": sum(call.lost for call in calls),
        "most_at_once": max((reading.running for reading in result.readings), default=0),
        "slots_left": result.left,
        "machine_cpu": mean(reading.machine for reading in result.held),
        "processes": {name: _process(result.held, name) for name in _names(result)},
    }


def _names(result: LoadResult) -> Sequence[str]:
    return list(result.readings[-1].cores) if result.readings else []


def _process(held: Sequence[Reading], name: str) -> dict[str, Any]:
    memory = [reading.memory_mb[name] for reading in held]
    return {
        "cores": mean(reading.cores[name] for reading in held),
        "memory_mb": mean(memory),
        "memory_mb_max": max(memory, default=None),
        "memory_growth": growth([reading.at_s for reading in held], memory),
        "ended": any(mb == 0 for mb in memory),
    }


def quantiles(values: Iterable[float | None]) -> dict[str, float | int | None]:
    """Count, median, p95, p99 and the largest."""
    known = [value for value in values if value is not None]
    if not known:
        return {"n": 0, "p50": None, "p95": None, "p99": None, "max": None}
    p50, p95, p99 = (round(float(np.quantile(known, share)), 3) for share in (0.5, 0.95, 0.99))
    return {"n": len(known), "p50": p50, "p95": p95, "p99": p99, "max": round(max(known), 3)}


def mean(values: Iterable[float]) -> float | None:
    """The mean, None of nothing."""
    known = list(values)
    return round(sum(known) / len(known), 3) if known else None


def growth(at_s: Sequence[float], memory: Sequence[float]) -> float | None:
    """By which share memory grew from the beginning to the end, along the line that fits best."""
    if len(memory) < 3:
        return None
    slope, start = np.polyfit(np.asarray(at_s) - at_s[0], memory, 1)
    return round(float(slope * (at_s[-1] - at_s[0]) / start), 4) if start > 0 else None
