"""Rows for the turn log's lines; their messages and fields are the writer's own."""

from __future__ import annotations

from tuner.lines import turn_log_lines as lines
from tuner.lines.catalogue.row import LogLine, Measure, Spelling, Tally, ValueCase, stage

TURNS = (lines.LOGGER,)


def _spelling(line: lines.TurnLogLine) -> tuple[Spelling, ...]:
    return (Spelling(line.message, TURNS, "INFO", exact=True),)


ROWS: tuple[LogLine, ...] = (
    LogLine(
        "session_started",
        lines.SESSION_STARTED.meaning,
        _spelling(lines.SESSION_STARTED),
        fields=lines.SESSION_STARTED.fields,
    ),
    LogLine(
        "turn",
        lines.TURN.meaning,
        _spelling(lines.TURN),
        fields=lines.TURN.fields,
        measures=(
            stage("llm_ttft", "llm_ttft", "turn"),
            stage("tts_ttfb", "tts_ttfb", "turn"),
            stage("end_of_turn_delay", "end_of_turn_delay", "turn"),
            stage("transcription_delay", "transcription_delay", "turn"),
            stage("e2e", "e2e_latency", "turn"),
        ),
        cases=(
            ValueCase(
                "resumed_after_commit", True, figure="cutoffs_turn_log", evidence="false_cutoffs"
            ),
        ),
        figure="turns",
    ),
    LogLine(
        "interruption",
        lines.INTERRUPTION.meaning,
        _spelling(lines.INTERRUPTION),
        fields=lines.INTERRUPTION.fields,
        measures=(Measure("dead_air", "dead_air"),),
        tallies=(Tally("interruption", "outcome"),),
        cases=(
            ValueCase("outcome", "lost", figure="lost", evidence="lost_replies"),
            ValueCase("outcome", "false", figure="false_turn_log", evidence="false_interruptions"),
        ),
    ),
    LogLine(
        "sound",
        lines.SOUND.meaning,
        _spelling(lines.SOUND),
        fields=lines.SOUND.fields,
    ),
    LogLine(
        "openai_call",
        lines.OPENAI_CALL.meaning,
        _spelling(lines.OPENAI_CALL),
        fields=lines.OPENAI_CALL.fields,
        cases=(
            ValueCase("connection_reused", False, "connection_new", evidence="http_connections"),
        ),
    ),
    LogLine(
        "connection_quality",
        lines.CONNECTION_QUALITY.meaning,
        _spelling(lines.CONNECTION_QUALITY),
        fields=lines.CONNECTION_QUALITY.fields,
        measures=(Measure("network_rtt", "rtt"), Measure("network_jitter", "jitter")),
        tallies=(Tally("network", "problem"),),
        cases=(ValueCase("poor", True, figure="network_poor", evidence="poor_network"),),
        figure="network",
    ),
    LogLine(
        "session_ended",
        lines.SESSION_ENDED.meaning,
        _spelling(lines.SESSION_ENDED),
        fields=lines.SESSION_ENDED.fields,
        tallies=(Tally("ended", "reason"),),
    ),
)
