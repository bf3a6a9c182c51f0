"""A stage's latency against its limit: what the rules about slow stages have in common."""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Latency, Severity
from tuner.names import Stage
from tuner.rules.judging import Judged, judge_share

_QUANTILES = (("p50", 0.5), ("p90", 0.1), ("p95", 0.05), ("p99", 0.01))
WITHOUT_VALUE: dict[Stage, str] = {
    "llm_ttft": "cancelled or failed before the first token",
    "realtime_ttft": "cancelled or failed before the first token",
    "tts_ttfb": "cancelled before the first audio",
    "end_of_turn_delay": "LiveKit had nothing to measure from",
    "transcription_delay": "LiveKit had nothing to measure from",
    "e2e": "no audio came",
}
"""Why a request has no value; such requests are counted and never averaged."""


def stage(facts: Facts, name: Stage) -> Latency | None:
    """The latency if these logs have at least one value of it, else None."""
    latency = facts.latency.get(name)
    if latency is None or latency.observable == "no" or latency.n <= 0 or latency.p50 is None:
        return None
    return latency


def judge_typical(latency: Latency, limits: Limits) -> Judged:
    """Is the typical value over the limit? That is: are more than half of the values?"""
    return judge_share(latency.over_alert, latency.n, limits.slow_majority, limits)


def judge_tail(latency: Latency, over_s: float, limits: Limits) -> Judged:
    """Are more than a few over `over_s`? The quantiles give a lower bound of how many are."""
    shares = [share for name, share in _QUANTILES if (getattr(latency, name) or 0.0) > over_s]
    hits = max(shares, default=0.0) * latency.n
    return judge_share(hits, latency.n, limits.tail_share, limits)


def stage_severity(latency: Latency, limits: Limits) -> Severity:
    """By size: how many times the limit the median is."""
    times = (latency.p50 or 0.0) / latency.alert_s
    if latency.over_alert < limits.min_events or times < limits.latency_warning_times:
        return "info"
    return "high" if times >= limits.latency_high_times else "warning"


def stage_text(latency: Latency, name: Stage) -> str:
    """ "p50 0.57 s, p90 3.28 s, p95 3.40 s, 27 of 48 over 0.50 s": quantiles and counts."""
    parts = [f"p50 {latency.p50:.2f} s"]
    if latency.p90 is not None:
        parts.append(f"p90 {latency.p90:.2f} s")
    if latency.p95 is not None:
        parts.append(f"p95 {latency.p95:.2f} s")
    parts.append(f"{latency.over_alert} of {latency.n} over {latency.alert_s:.2f} s")
    if latency.censored:
        parts.append(f"{latency.censored} without a value ({WITHOUT_VALUE[name]})")
    return ", ".join(parts)


def median_limit(latency: Latency) -> str:
    """ "p50 0.50 s": the limit as the report prints it."""
    return f"p50 {latency.alert_s:.2f} s"
