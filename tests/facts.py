"""A builder of Facts for tests: name what was seen, everything else was not observable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuner.intervals import dispersion, p_rate_above, poisson_interval
from tuner.limits import Limits
from tuner.model import (
    CallCounts,
    Current,
    Evidence,
    Exposure,
    Facts,
    Latency,
    Rate,
    Signal,
    Volume,
)

LIMITS = Limits()


def seen(count: int, observable: str = "yes", **more: Any) -> Signal:
    return Signal(count, observable, None, None, more)  # type: ignore[arg-type]


def blind(why: str = "level INFO hides the line: switch on DEBUG") -> Signal:
    return Signal(None, "no", why)


def latency(
    p50: float,
    n: int,
    over: int,
    alert: float,
    *,
    p90: float | None = None,
    p95: float | None = None,
    censored: int = 0,
) -> Latency:
    p90 = p50 if p90 is None else p90
    p95 = p90 if p95 is None else p95
    return Latency(n, censored, p50, p90, p95, p95, p95, "none", over, alert, "test", "yes")


def dark(why: str = "no line shows it") -> Latency:
    return Latency(0, 0, None, None, None, None, None, "none", 0, 1.0, "", "no", why)


def spread_evenly(total: int, calls: int) -> tuple[int, ...]:
    return tuple(total // calls + (i < total % calls) for i in range(calls))


def make(
    *,
    calls: int | None = 10,
    minutes: float | None = 10.0,
    turns: int | None = 60,
    signals: Mapping[str, Signal] | None = None,
    stages: Mapping[str, Latency] | None = None,
    current: Current | None = None,
    lines_per_minute: float | None = 100.0,
    per_call: Mapping[str, Sequence[int]] | None = None,
) -> Facts:
    """Facts in which each signal's events are spread evenly over the calls unless told."""
    signals = dict(signals or {})
    counts = {
        name: spread_evenly(signal.count, calls)
        for name, signal in signals.items()
        if calls and signal.count is not None
    }
    if calls:
        counts["turns"] = spread_evenly(turns or 0, calls)
    counts |= {name: tuple(values) for name, values in (per_call or {}).items()}
    each = tuple((minutes or 0.0) / calls for _ in range(calls)) if calls else ()
    if "false_interruptions" in signals and minutes:
        signals["false_interruptions"] = _with_rate(
            signals["false_interruptions"], minutes, counts.get("false_interruptions", ()), each
        )
    return Facts(
        exposure=Exposure(calls, minutes, turns, "job_id" if calls else "none"),
        signals=signals,
        latency=dict(stages or {}),
        volume=Volume(1000, lines_per_minute, {"DEBUG": 1000}, {"livekit.agents": 1000}),
        per_call=CallCounts(each, counts),
        evidence={name: _lines(name, signal.count or 0) for name, signal in signals.items()},
        current=current or Current(None, "unknown"),
    )


def _lines(name: str, n: int) -> tuple[Evidence, ...]:
    return tuple(Evidence("a.jsonl", line, name) for line in range(1, min(n, 5) + 1))


def _with_rate(
    signal: Signal, minutes: float, counts: Sequence[int], each: Sequence[float]
) -> Signal:
    if signal.count is None:
        return signal
    events = signal.count - int(signal.more.get("phantom", 0))
    low, high = poisson_interval(events, minutes)
    limit = LIMITS.false_interruptions_per_minute
    p = p_rate_above(limit, events, minutes, dispersion(counts, each) if counts else 1.0)
    rate = Rate(events, minutes, "minute", events / minutes, low, high, limit, p)
    more = {"phantom": 0, "per_minute": rate.value, "interval": [low, high], **signal.more}
    return Signal(signal.count, signal.observable, signal.why, rate, more)
