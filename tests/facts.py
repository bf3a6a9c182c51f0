"""A builder of Facts for tests: name what was counted; everything else was not observable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

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
from tuner.names import SignalName, Stage
from tuner.stats.intervals import dispersion, p_rate_above, poisson_interval

LIMITS = Limits()


def counted(count: int, observable: str = "yes", **more: Any) -> Signal:
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
    """Facts in which each signal's events are spread evenly over the calls unless given."""
    signals = dict(signals or {})
    counts: dict[str, tuple[float, ...]] = {
        name: spread_evenly(signal.count, calls)
        for name, signal in signals.items()
        if calls and signal.count is not None
    }
    if calls:
        counts["turns"] = spread_evenly(turns or 0, calls)
    counts |= {name: tuple(values) for name, values in (per_call or {}).items()}
    each = tuple((minutes or 0.0) / calls for _ in range(calls)) if calls else ()
    counts.setdefault("minutes_seen", each or (minutes or 0.0,))
    if "false_interruptions" in signals and minutes:
        signals["false_interruptions"] = _with_rate(
            signals["false_interruptions"], minutes, counts.get("false_interruptions", ()), each
        )
    return Facts(
        exposure=Exposure(calls, minutes, turns, "job_id" if calls else "none"),
        signals=cast(dict[SignalName, Signal], signals),
        latency=cast(dict[Stage, Latency], dict(stages or {})),
        volume=Volume(1000, lines_per_minute, {"DEBUG": 1000}, {"livekit.agents": 1000}),
        per_call=CallCounts(each, counts),
        evidence=cast(Any, {n: _lines(n, signal.count or 0) for n, signal in signals.items()}),
        current=current or Current(None, "unknown"),
    )


def _lines(name: str, n: int) -> tuple[Evidence, ...]:
    return tuple(Evidence("a.jsonl", line, name) for line in range(1, min(n, 5) + 1))


def _with_rate(
    signal: Signal, minutes: float, counts: Sequence[float], each: Sequence[float]
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


# --- profiles: the settings that differ, over all timing settings --------------------------------

BALANCED: dict[str, Any] = {
    "AGENT_MODE": "pipeline",
    "TURN_DETECTION": "vad",
    "MIN_ENDPOINTING_DELAY": 0.5,
    "MAX_ENDPOINTING_DELAY": 3.0,
    "MIN_INTERRUPTION_DURATION": 0.5,
    "MIN_INTERRUPTION_WORDS": 0,
    "INTERRUPTION_THRESHOLD": 0.8,
    "FALSE_INTERRUPTION_TIMEOUT": 2.0,
    "VAD_MIN_SILENCE_DURATION": 0.3,
    "VAD_MIN_SPEECH_DURATION": 0.05,
    "VAD_ACTIVATION_THRESHOLD": 0.5,
    "MAX_TOKENS": 500,
    "LOG_LEVEL": "INFO",
}
PROFILES: dict[str, dict[str, Any]] = {
    "balanced": BALANCED,
    "evidence": BALANCED | {"LOG_LEVEL": "DEBUG"},
    "fast": BALANCED | {"MIN_ENDPOINTING_DELAY": 0.3, "MAX_TOKENS": 300},
    "noisy": BALANCED
    | {
        "INTERRUPTION_THRESHOLD": 0.9,
        "MIN_INTERRUPTION_DURATION": 0.8,
        "FALSE_INTERRUPTION_TIMEOUT": 1.0,
    },
    "patient": BALANCED | {"MIN_ENDPOINTING_DELAY": 0.8, "VAD_MIN_SILENCE_DURATION": 0.5},
    "phone": BALANCED | {"HTTP_MAX_CONNECTIONS": 10},
    "realtime": BALANCED | {"AGENT_MODE": "realtime", "TURN_DETECTION": "realtime_llm"},
}


def under(name: str, **settings: Any) -> Current:
    """The log was made under this profile, with these settings on top."""
    return Current(name, "--current", PROFILES.get(name, BALANCED) | settings)


# --- the genuine logs, as figures -----------------------------------------------------------------


def _calls(chat: tuple[int, int], others: int) -> Signal:
    slow, timed = chat
    return counted(
        timed + others,
        timed=timed + others,
        slow=slow,
        threshold_ms=1000,
        by_endpoint={
            "chat": {"count": timed, "timed": timed, "slow": slow},
            "speech": {"count": others, "timed": others, "slow": 0},
        },
    )


def _retries(requests: int) -> Signal:
    return counted(0, rate_limited=0, server_errors=0, requests=requests)


def noisy(current: Current | None = None) -> Facts:
    return make(
        calls=14,
        minutes=14.0,
        turns=74,
        current=current,
        signals={
            "false_interruptions": counted(27),
            "false_cutoffs": counted(2, "partly", turns_at_risk=70),
            "sync_warnings": counted(11, calls=7, by_method={"resume": 7, "push_text": 4}),
            "openai_calls": _calls((7, 83), 200),
            "openai_retries": _retries(283),
            "http_connections": counted(72, requests=337),
            "pool_timeouts": counted(0),
            "vad_slow": counted(29, max_delay_s=0.33),
        },
        stages={
            "llm_ttft": latency(0.38, 83, 25, 0.5, p90=0.8, p95=2.5),
            "end_of_turn_delay": latency(0.52, 74, 1, 1.0, p90=0.62),
            "transcription_delay": latency(0.01, 84, 6, 0.5, p90=0.47),
            "tts_ttfb": latency(0.31, 89, 50, 0.3, p90=0.55, censored=24),
        },
    )


def slow(current: Current | None = None) -> Facts:
    return make(
        calls=10,
        minutes=9.1,
        turns=46,
        current=current,
        signals={
            "false_interruptions": counted(1),
            "false_cutoffs": counted(0, "partly", turns_at_risk=46),
            "sync_warnings": counted(5, calls=3, by_method={"resume": 3, "push_text": 2}),
            "openai_calls": _calls((22, 48), 122),
            "openai_retries": _retries(170),
            "http_connections": counted(52, requests=210),
            "pool_timeouts": counted(0),
            "vad_slow": counted(1, max_delay_s=0.17),
        },
        stages={
            "llm_ttft": latency(0.56, 48, 25, 0.5, p90=3.2, p95=3.4),
            "end_of_turn_delay": latency(0.51, 46, 0, 1.0, p90=0.52),
            "transcription_delay": latency(0.02, 60, 0, 0.5, p90=0.47),
            "tts_ttfb": latency(0.31, 61, 33, 0.3, p90=0.44, censored=7),
        },
    )


def chopped(current: Current | None = None) -> Facts:
    return make(
        calls=10,
        minutes=9.2,
        turns=60,
        current=current,
        signals={
            "false_interruptions": counted(5),
            "false_cutoffs": counted(26, "partly", turns_at_risk=56),
            "sync_warnings": counted(2, calls=1, by_method={"push_text": 1, "resume": 1}),
            "openai_calls": _calls((2, 60), 179),
            "openai_retries": _retries(239),
            "http_connections": counted(32, requests=261),
            "pool_timeouts": counted(0),
            "vad_slow": counted(0),
        },
        stages={
            "llm_ttft": latency(0.48, 60, 27, 0.5, p90=0.77, p95=0.95),
            "end_of_turn_delay": latency(0.55, 60, 0, 1.0, p90=0.8),
            "transcription_delay": latency(0.56, 60, 40, 0.5, p90=0.81),
            "tts_ttfb": latency(0.31, 114, 66, 0.3, p90=0.43, censored=2),
        },
    )


def healthy_info(current: Current | None = None) -> Facts:
    """Nothing wrong, at INFO: false interruptions, cut-offs and OpenAI calls cannot be counted."""
    return make(
        calls=10,
        minutes=6.6,
        turns=45,
        current=current,
        signals={
            "false_interruptions": blind(),
            "false_cutoffs": blind(),
            "sync_warnings": counted(0, calls=0, by_method={}),
            "openai_calls": blind("the openai loggers are muted: set LIB_LOG_LEVEL=DEBUG"),
            "openai_retries": blind(),
            "http_connections": blind(),
            "pool_timeouts": blind(),
            "vad_slow": counted(0),
            "llm_failures": counted(0),
        },
        stages={
            "llm_ttft": latency(0.41, 61, 18, 0.5, p90=0.68, p95=0.81),
            "end_of_turn_delay": latency(0.5, 45, 0, 1.0, p90=0.53),
            "transcription_delay": latency(0.1, 45, 1, 0.5, p90=0.47),
            "tts_ttfb": latency(0.33, 60, 36, 0.3, p90=0.53, censored=15),
        },
    )


def healthy_debug(current: Current | None = None) -> Facts:
    """Nothing wrong, and everything could be counted."""
    return make(
        calls=12,
        minutes=15.0,
        turns=90,
        current=current,
        signals={
            "false_interruptions": counted(3),
            "false_cutoffs": counted(2, turns_at_risk=90),
            "sync_warnings": counted(0),
            "openai_calls": _calls((2, 90), 180),
            "openai_retries": _retries(270),
            "http_connections": counted(20, requests=270),
            "pool_timeouts": counted(0),
            "vad_slow": counted(0),
        },
        stages={
            "llm_ttft": latency(0.35, 90, 10, 0.5, p90=0.5, p95=0.7),
            "end_of_turn_delay": latency(0.52, 90, 1, 1.0),
            "transcription_delay": latency(0.1, 90, 1, 0.5),
            "tts_ttfb": latency(0.2, 90, 8, 0.3),
            "e2e": latency(0.8, 90, 10, 1.0),
        },
    )
