"""Rows for what livekit-agents logs when the app calls `log_metrics`, and its 0.x by itself."""

from __future__ import annotations

from tuner.lines.catalogue.row import ANY, LIVEKIT, Field, LogLine, Spelling, Tally, stage
from tuner.lines.message_figures import text_metrics

UNMEASURED_S = 0.001
"""Below this livekit-agents had nothing to measure from and wrote 0."""
_TOKENS = ("prompt_tokens", "prompt_cached_tokens", "completion_tokens")


def _pipeline(what: str) -> Spelling:
    return Spelling(
        f"Pipeline {what} metrics", LIVEKIT, "DEBUG", versions="<1.0", figures=text_metrics
    )


ROWS: tuple[LogLine, ...] = (
    LogLine(
        "llm_metrics",
        "one finished LLM request; ttft -1: no token came",
        (Spelling("LLM metrics", ANY, "INFO", exact=True),),
        fields=(
            Field("ttft", "s"),
            *(Field(name, "tokens") for name in _TOKENS),
            Field("model_name"),
        ),
        measures=(stage("llm_ttft", "ttft", "metrics"),),
        sums=_TOKENS,
        tallies=(Tally("model", "model_name", "unknown"),),
    ),
    LogLine(
        "tts_metrics",
        "one synthesis",
        (Spelling("TTS metrics", ANY, "INFO", exact=True),),
        fields=(Field("ttfb", "s"), Field("audio_duration", "s"), Field("model_name")),
        measures=(stage("tts_ttfb", "ttfb", "metrics"),),
    ),
    LogLine(
        "stt_metrics",
        "one transcription; no latency in it",
        (Spelling("STT metrics", ANY, "INFO", exact=True),),
        fields=(Field("audio_duration", "s"), Field("model_name")),
    ),
    LogLine(
        "eou_metrics",
        "one turn end",
        (Spelling("EOU metrics", ANY, "INFO", exact=True),),
        fields=(Field("end_of_utterance_delay", "s"), Field("transcription_delay", "s")),
        measures=(
            stage("transcription_delay", "transcription_delay", "metrics", UNMEASURED_S),
            stage("end_of_turn_delay", "end_of_utterance_delay", "metrics", UNMEASURED_S),
        ),
        figure="eous",
    ),
    LogLine(
        "realtime_metrics",
        "one Realtime response; ttft from its creation; -1 unknown",
        (Spelling("RealtimeModel metrics", ANY, "INFO", exact=True),),
        fields=(Field("ttft", "s"), Field("model_name")),
        measures=(stage("realtime_ttft", "ttft", "metrics", figure="responses"),),
    ),
    LogLine(
        "interruption_metrics",
        "adaptive interruption only",
        (Spelling("Interruption metrics", ANY, "INFO", exact=True),),
        fields=(
            *(Field(name) for name in ("num_interruptions", "num_backchannels")),
            Field("detection_delay", "s"),
        ),
    ),
    LogLine(
        "old_metrics",
        "latencies of livekit-agents 0.x",
        (_pipeline("LLM"), _pipeline("TTS"), _pipeline("EOU")),
        measures=(
            stage("llm_ttft", "ttft", "old"),
            stage("tts_ttfb", "ttfb", "old"),
            stage("end_of_turn_delay", "end_of_utterance_delay", "old", figure="eous"),
            stage("transcription_delay", "transcription_delay", "old"),
        ),
    ),
)
