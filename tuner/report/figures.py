"""What was counted and timed: the rows of the figures in a report."""

from __future__ import annotations

from collections.abc import Mapping

from tuner.model import Latency, Report, Signal
from tuner.names import SignalName
from tuner.redaction.terminal import printable
from tuner.report.text_layout import number, seconds
from tuner.rules.stages import WITHOUT_VALUE

_NAMES: dict[str, str] = {
    "sync_warnings": "synchroniser warnings",
    "openai_calls": "OpenAI calls",
    "openai_retries": "OpenAI retries",
    "http_connections": "new HTTP connections",
    "pool_timeouts": "HTTP pool time-outs",
    "false_cutoffs": "cut-offs",
    "vad_slow": "VAD too slow",
    "eot_timeouts": "turn detector time-outs",
    "llm_failures": "failed LLM attempts",
    "tts_failures": "failed TTS attempts",
    "stt_failures": "failed STT attempts",
    "slow_flushes": "speech slower than playback",
    "preemptive": "preemptive generations",
    "sessions_failed": "failed sessions",
    "jobs_failed": "failed jobs",
    "workers_failed": "failed workers",
    "processes_killed": "killed processes",
    "processes_unresponsive": "unresponsive processes",
    "memory_limits": "processes killed for memory",
    "memory_high": "memory warnings",
    "connections_lost": "lost connections",
    "full_capacity": "times at full capacity",
    "stt_tts_dropped": "dropped speech connections",
    "realtime_timeouts": "Realtime time-outs",
    "loop_blocked": "blocked event loops",
    "detector_failures": "turn detector failures",
    "adaptive_off": "adaptive interruption off",
    "playback_lost": "lost playbacks",
    "connection_quality": "stretches with a poor network",
    "llm_ttft": "first token",
    "tts_ttfb": "first audio byte",
    "end_of_turn_delay": "end of turn",
    "transcription_delay": "transcript",
    "e2e": "time to first audio",
    "realtime_ttft": "Realtime first token",
}
_ALWAYS_COUNTED: tuple[SignalName, ...] = (
    "false_interruptions",
    "sync_warnings",
    "openai_calls",
)
LIMITS = "limits: p50 up to which a stage is excellent/good/fair; above it is poor"


def name(key: str) -> str:
    """What a signal or a latency is called in a report."""
    return _NAMES.get(key, printable(key).replace("_", " "))


def counted(report: Report) -> list[str]:
    """How often each thing happened: the signals of every report, and others that occurred."""
    return [
        f"{name(key)} {signal.count:,}"
        + (f" ({', '.join(more)})" if (more := details(signal)) else "")
        for key, signal in counted_signals(report).items()
    ]


def counted_signals(report: Report) -> dict[SignalName, Signal]:
    """The signals that are counted in every report, and others that occurred."""
    return {
        key: signal
        for key, signal in report.signals.items()
        if signal.observable != "no"
        and signal.count is not None
        and (signal.count or key in _ALWAYS_COUNTED)
    }


def details(signal: Signal) -> list[str]:
    """The figures that belong behind a count, and whether all of them could be seen."""
    more = signal.more
    parts = [f"{more['phantom']:,} of them nobody heard"] if more.get("phantom") else []
    if signal.count and "phantom" in more and more["phantom"] is None:
        parts.append(
            "how many of them nobody heard is not visible: no line says how long they were"
        )
    if more.get("lost"):
        parts.append(f"{more['lost']:,} more where the caller spoke first")
    if more.get("slow") is not None:
        parts.append(f"{more['slow']:,} over {number(more.get('threshold_ms'))} ms")
    if signal.observable == "partly":
        parts.append("only partly visible")
    return parts


def latencies(report: Report) -> list[tuple[str, ...]]:
    """One row per stage that was measured: quantiles in seconds, n, grade and its limits."""
    rows = []
    for key, stage in _measured(report):
        quantiles = (seconds(q) for q in (stage.p50, stage.p90, stage.p95, stage.p99))
        grade = "" if stage.grade == "none" else stage.grade
        rows.append((name(key), *quantiles, f"{stage.n:,}", grade, _limits(stage)))
    return rows


def _measured(report: Report) -> list[tuple[str, Latency]]:
    return [
        (key, stage)
        for key, stage in report.latency.items()
        if stage.observable != "no" and stage.n + stage.censored
    ]


def _limits(stage: Latency) -> str:
    """Up to where the median is excellent, good and fair."""
    return f"{stage.excellent_s:g}/{stage.good_s:g}/{stage.alert_s:g}"


def without_value(report: Report) -> list[str]:
    """Requests that have no value and are in no quantile, with the reason, by stage."""
    reasons: dict[str, str] = dict(WITHOUT_VALUE.items())
    return [
        f"{name(key)}: {stage.censored:,} without a value ({reasons.get(key, 'not measured')})"
        for key, stage in _measured(report)
        if stage.censored
    ]


def calls(report: Report) -> list[tuple[str, ...]]:
    """One row per endpoint: calls, slow ones, processing times in ms; then all together."""
    signal = report.signals.get("openai_calls")
    if signal is None or not signal.count or signal.observable == "no":
        return []
    by_endpoint = signal.more.get("by_endpoint") or {}
    rows = [_call_row(printable(key), figures) for key, figures in by_endpoint.items()]
    everything = {**signal.more, **(signal.more.get("processing_ms") or {}), "count": signal.count}
    return [*rows, _call_row("all", everything)] if len(rows) != 1 else rows


def _call_row(endpoint: str, figures: Mapping[str, object]) -> tuple[str, ...]:
    times = (figures.get(key) for key in ("p50", "p90", "p95", "p99", "max"))
    rounded = (number(round(t, 0) if isinstance(t, float) else t) for t in times)
    return (endpoint, number(figures.get("count")), number(figures.get("slow")), *rounded)
