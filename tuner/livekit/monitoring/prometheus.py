"""Lines of the turn log in, Prometheus figures out, on LiveKit's own port (METRICS_PORT).

Calls run in processes of their own; the port belongs to the server's process. So each line is sent
there over LiveKit's log channel, on a logger that only the server's process listens to: nothing is
written to disk, and a call's process may end without losing its figures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import Counter, Histogram

from tuner.lines.turn_log_lines import Message

_log = logging.getLogger("agent.metrics")
_log.setLevel(logging.INFO)  # whatever LOG_LEVEL is; without a listener the lines go nowhere

_FIELD = "turn_log_line"
_STAGES = ("e2e_latency", "llm_ttft", "tts_ttfb", "end_of_turn_delay", "transcription_delay")
_SECONDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_JITTER_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
_CALL_SECONDS = (5, 15, 30, 60, 120, 300, 600, 1200, 2400)

STARTED = Counter("voice_agent_calls_started", "Calls begun", ["profile"])
ENDED = Counter("voice_agent_calls_ended", "Calls ended, by reason", ["reason", "error"])
LASTED = Histogram("voice_agent_call_seconds", "Length of calls", buckets=_CALL_SECONDS)
TURNS = Counter("voice_agent_turns", "Turns of callers")
CUT_OFFS = Counter("voice_agent_cut_offs", "Turns after whose end the caller continued")
STAGE = Histogram("voice_agent_stage_seconds", "Latency by stage", ["stage"], buckets=_SECONDS)
CUTS = Counter("voice_agent_interruptions", "Interruptions by outcome", ["outcome"])
DEAD_AIR = Counter("voice_agent_dead_air_seconds", "Silence caused by false interruptions")
TOKENS = Counter("voice_agent_tokens", "Tokens used", ["kind"])
OPENAI = Counter("voice_agent_openai_calls", "OpenAI attempts", ["endpoint", "status"])
OPENAI_TIME = Histogram(
    "voice_agent_openai_processing_seconds",
    "Time that OpenAI says it took",
    ["endpoint"],
    buckets=_SECONDS,
)
POOL_WAIT = Histogram(
    "voice_agent_openai_pool_wait_seconds", "Wait for a connection", buckets=(0.001, *_SECONDS)
)


RTT = Histogram(
    "voice_agent_network_rtt_seconds", "Round trip, mean of a stretch", buckets=_SECONDS
)
JITTER = Histogram(
    "voice_agent_network_jitter_seconds",
    "Jitter, mean of a stretch",
    ["participant"],
    buckets=_JITTER_SECONDS,
)
PACKETS = Counter("voice_agent_network_packets", "Packets of sound that came", ["participant"])
LOST = Counter("voice_agent_network_packets_lost", "Packets that did not", ["participant"])
STRETCHES = Counter(
    "voice_agent_network_stretches", "Measured stretches of calls", ["participant", "problem"]
)
QUALITY = Counter(
    "voice_agent_network_quality_changes",
    "Times that LiveKit's judgement changed to this",
    ["participant", "quality"],
)


def send(message: Message, fields: Mapping[str, Any]) -> None:
    """A listener for `turn_log.attach`: hand a line to the process that serves the figures."""
    if message == "session started":
        fields = {"profile": fields.get("profile")}
    _log.info(message, extra={_FIELD: dict(fields)})


class _Receiver(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        fields = getattr(record, _FIELD, None)
        if isinstance(fields, dict):
            observe(record.getMessage(), fields)


def receive() -> None:
    """Count in this process what all calls send; called once, by the server."""
    _log.propagate = False
    if not any(isinstance(handler, _Receiver) for handler in _log.handlers):
        _log.addHandler(_Receiver())


def observe(message: str, fields: Mapping[str, Any]) -> None:
    """Count one line."""
    if count := _OBSERVERS.get(message):
        count(fields)


def _started(fields: Mapping[str, Any]) -> None:
    STARTED.labels(fields.get("profile") or "unknown").inc()


def _ended(fields: Mapping[str, Any]) -> None:
    ENDED.labels(fields.get("reason") or "unknown", fields.get("error") or "").inc()
    LASTED.observe(fields.get("duration") or 0.0)


def _turn(fields: Mapping[str, Any]) -> None:
    TURNS.inc()
    CUT_OFFS.inc(bool(fields.get("resumed_after_commit")))
    for stage in _STAGES:
        if (seconds := fields.get(stage)) is not None:
            STAGE.labels(stage).observe(seconds)
    for kind in ("prompt", "cached", "completion"):
        TOKENS.labels(kind).inc(fields.get(f"{kind}_tokens") or 0)


def _interruption(fields: Mapping[str, Any]) -> None:
    CUTS.labels(fields.get("outcome") or "unknown").inc()
    DEAD_AIR.inc(fields.get("dead_air") or 0.0)


def _openai_call(fields: Mapping[str, Any]) -> None:
    endpoint = fields.get("endpoint") or "other"
    OPENAI.labels(endpoint, fields.get("status") or fields.get("error") or "none").inc()
    if (ms := fields.get("processing_ms")) is not None:
        OPENAI_TIME.labels(endpoint).observe(ms / 1000)
    if (ms := fields.get("pool_wait_ms")) is not None:
        POOL_WAIT.observe(ms / 1000)


def _connection_quality(fields: Mapping[str, Any]) -> None:
    who = fields.get("participant") or "unknown"
    STRETCHES.labels(who, fields.get("problem") or "unknown").inc()
    PACKETS.labels(who).inc(fields.get("packets") or 0)
    LOST.labels(who).inc(fields.get("lost") or 0)
    if (seconds := fields.get("rtt")) is not None:
        RTT.observe(seconds)
    if (seconds := fields.get("jitter")) is not None:
        JITTER.labels(who).observe(seconds)
    if quality := fields.get("changed_to"):
        QUALITY.labels(who, quality).inc()


_OBSERVERS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "session started": _started,
    "session ended": _ended,
    "turn": _turn,
    "interruption": _interruption,
    "openai call": _openai_call,
    "connection quality": _connection_quality,
}
