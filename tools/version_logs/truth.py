"""What a text must give: the count of each signal, and which it could have shown."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from tools.version_logs.conversation import Measurement
from tools.version_logs.versions import Layout
from tools.version_logs.wording import Line

MUTED = ("openai", "httpx", "httpx2", "httpcore2")
"""Loggers that LiveKit mutes unless the application sets their levels, as ours does for DEBUG."""
SIGNALS = (
    *("false_interruptions", "sync_warnings", "vad_slow", "late_transcripts", "eot_timeouts"),
    *("llm_failures", "tts_failures", "stt_failures", "slow_flushes", "preemptive"),
    "openai_calls",
)
LATENCIES = {
    "llm_ttft": ("LLM", "ttft"),
    "tts_ttfb": ("TTS", "ttfb"),
    "end_of_turn_delay": ("EOU", "end_of_utterance_delay"),
    "transcription_delay": ("EOU", "transcription_delay"),
}
SLOW_MS = 1000


def visible(line: Line | Measurement, layout: Layout) -> bool:
    """Whether the layout's level lets the line through."""
    if isinstance(line, Measurement):
        return True
    muted = line.row.logger.partition(".")[0] in MUTED and layout.level != "DEBUG"
    lowest = logging.WARNING if muted else logging.getLevelName(layout.level)
    return bool(logging.getLevelName(line.row.level) >= lowest)


def truth(lines: list[Line | Measurement], calls: set[int], layout: Layout) -> dict[str, Any]:
    """The figures of one text that holds these calls.

    A signal is None where no line of this version at this level could have shown it.
    """
    can = {e.event.signal for e in lines if isinstance(e, Line) and visible(e, layout)}
    shown = [each for each in lines if visible(each, layout) and _call(each) in calls]
    counts = Counter(each.event.signal for each in shown if isinstance(each, Line))
    counts["false_interruptions"] += counts["phantom"]
    signals = {name: counts[name] if name in can else None for name in SIGNALS}
    phantom = counts["phantom"] if "false_interruptions" in can else None
    measured = [each for each in shown if isinstance(each, Measurement)]
    return {
        "calls": len(calls),
        "signals": signals,
        "phantom": phantom,
        "slow_openai_calls": _slow(shown) if "openai_calls" in can else None,
        "latency": {name: _latency(measured, *where) for name, where in LATENCIES.items()},
    }


def _call(line: Line | Measurement) -> int | None:
    return line.call if isinstance(line, Measurement) else line.event.call


def _latency(measured: list[Measurement], family: str, key: str) -> dict[str, float]:
    """How many figures there are, and the largest; -1 says that no token came."""
    values = [each.values[key] for each in measured if each.family == family]
    values = [value for value in values if value >= 0]
    return {"n": len(values), "max": max(values)}


def _slow(shown: list[Line | Measurement]) -> int:
    answered = [e for e in shown if isinstance(e, Line) and e.event.signal == "openai_calls"]
    return sum(int(each.event.fields["processing_ms"]) > SLOW_MS for each in answered)
