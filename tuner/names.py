"""The names that rooms share: what a line means, what is counted, what is timed, and evidence.

A renamed or misspelt name fails at type check, not as a finding without its lines.
"""

from __future__ import annotations

from typing import Literal, NewType, get_args

RuleId = NewType("RuleId", str)
"""The name of a rule. It is written once, in the rule's own file; everybody else asks the rule."""

Kind = Literal[
    "false_interruption", "sync_warning", "vad_slow", "commit", "eot_prediction", "eot_timeout",
    "transcript", "late_transcript", "preemptive", "endpointing_update", "llm_metrics",
    "tts_metrics", "stt_metrics", "eou_metrics", "realtime_metrics", "interruption_metrics",
    "metrics_object", "own_metrics",
    "item_added", "llm_failed", "tts_failed", "stt_failed", "slow_flush", "no_pause",
    "session_closed", "old_metrics", "old_playout", "http_headers", "http_request",
    "openai_response", "openai_retry", "connect", "http_started", "http_timeout",
    "session_started", "turn", "interruption", "sound", "openai_call", "connection_quality",
    "session_ended",
    "session_failed", "process_killed", "process_unresponsive", "memory_limit", "memory_high",
    "connection_lost", "slow_start", "full_capacity", "stt_tts_dropped", "realtime_timeout",
    "loop_blocked", "detector_failed", "adaptive_off", "tool_error", "playback_lost",
    "worker_started", "job_failed", "worker_failed",
]  # fmt: skip
"""What one line of a log can mean; `lines/catalogue` has the rows."""
Stage = Literal[
    "llm_ttft", "tts_ttfb", "end_of_turn_delay", "transcription_delay", "e2e", "realtime_ttft"
]
"""A part of the way from the caller's last word to the agent's first sound."""
Failure = Literal[
    "sessions_failed", "processes_killed", "processes_unresponsive", "memory_limits",
    "memory_high", "connections_lost", "slow_starts", "full_capacity", "stt_tts_dropped",
    "realtime_timeouts", "loop_blocked", "detector_failures", "adaptive_off", "tool_errors",
    "playback_lost", "jobs_failed", "workers_failed",
]  # fmt: skip
"""An event that ends or disturbs a call: one is a finding, and its lines are the evidence."""
COUNTED_BY_CALL: frozenset[str] = frozenset(get_args(Failure)) - {"adaptive_off"}
"""Failures whose calls are counted, too; but for what every call of some agents says."""
SignalName = Literal[
    Failure,
    "false_interruptions", "sync_warnings", "openai_calls", "openai_retries", "http_connections",
    "pool_timeouts", "false_cutoffs", "vad_slow", "late_transcripts", "eot_timeouts",
    "llm_failures", "tts_failures", "stt_failures", "slow_flushes", "preemptive", "interruptions",
    "connection_quality",
]  # fmt: skip
"""A kind of event that the report counts."""
EvidenceName = Literal[
    Failure,
    "false_interruptions", "lost_replies", "sync_warnings", "openai_calls", "openai_retries",
    "http_connections", "http_timeouts", "pool_timeouts", "false_cutoffs", "vad_slow",
    "late_transcripts", "eot_timeouts", "llm_failures", "tts_failures", "stt_failures",
    "slow_flushes", "unread", "llm_ttft", "tts_ttfb", "end_of_turn_delay", "transcription_delay",
    "e2e", "realtime_ttft", "poor_network",
]  # fmt: skip
"""What lines of a log are kept for as evidence: mostly the signal or stage that they show."""

ALERT_TITLES = {
    "llm_ttft": "first token slow",
    "tts_ttfb": "first byte of speech slow",
    "e2e_latency": "answer slow",
}
"""What this project's agent writes on the logger `agent.alerts`, by the figure of the turn."""
STAGES: tuple[Stage, ...] = get_args(Stage)
