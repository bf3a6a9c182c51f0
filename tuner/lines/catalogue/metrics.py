"""Rows for the figures of each request and turn: what livekit-agents logs when the app calls
`log_metrics`, its 0.x by itself, and apps that log the metrics objects as they are."""

from __future__ import annotations

from tuner.lines.catalogue.row import (
    ANY,
    LIVEKIT,
    Field,
    LogLine,
    Renamed,
    Spelling,
    Tally,
    in_ms,
    node,
    stage,
)
from tuner.lines.message_figures import (
    object_figures,
    own_figures,
    realtime_object_figures,
    seconds_behind,
    text_metrics,
)

UNMEASURED_S = 0.001
"""Below this livekit-agents had nothing to measure from and wrote 0."""
_TOKENS = ("prompt_tokens", "prompt_cached_tokens", "completion_tokens")
_NODE_TOKENS = (
    Renamed("inputTokens", "prompt_tokens"),
    Renamed("promptCachedTokens", "prompt_cached_tokens"),
    Renamed("outputTokens", "completion_tokens"),
)
_NODE_EOU = (
    in_ms("endOfUtteranceDelayMs", "end_of_utterance_delay"),
    in_ms("transcriptionDelayMs", "transcription_delay"),
)
_OLD_NODE_EOU = (
    in_ms("endOfUtteranceDelay", "end_of_utterance_delay"),
    in_ms("transcriptionDelay", "transcription_delay"),
)
_OLD_NODE_LLM = (*_NODE_TOKENS, in_ms("ttft", "ttft"))
_OLD_NODE_TTS = (in_ms("audioDuration", "audio_duration"), in_ms("ttfb", "ttfb"))


def _metrics(what: str, versions: str) -> Spelling:
    """As fields behind the message."""
    return Spelling(f"{what} metrics", ANY, "INFO", exact=True, versions=versions)


def _text(what: str, versions: str) -> Spelling:
    """As text of the message."""
    return Spelling(f"{what} metrics:", ANY, "INFO", versions=versions, figures=text_metrics)


def _node(what: str, *renamed: Renamed) -> Spelling:
    return node(f"{what} metrics", "INFO", renamed=renamed, exact=True)


def _elapsed(starts: str, name: str, versions: str) -> Spelling:
    """With the time as a field of its own."""
    renamed = (Renamed("elapsed", name),)
    return Spelling(starts, LIVEKIT, "DEBUG", exact=True, versions=versions, renamed=renamed)


def _object(mark: str) -> Spelling:
    """As a metrics object that the app logs, however it words that."""
    is_realtime = mark in ("realtime_model_metrics", "RealtimeModelMetrics", "MultimodalLLMMetrics")
    figures = realtime_object_figures if is_realtime else object_figures
    return Spelling(mark, ANY, "INFO", within=True, figures=figures)


ROWS: tuple[LogLine, ...] = (
    LogLine(
        "llm_metrics",
        "one finished LLM request; ttft -1: no token came",
        (
            _metrics("LLM", ">=1.1.6"),
            _text("LLM", "0.11.0-1.1.5"),
            _text("Pipeline LLM", "0.11.0-1.0.0.dev5"),
            _node("LLM", in_ms("ttftMs", "ttft"), *_NODE_TOKENS),
            _node("LLM", *_OLD_NODE_LLM),
            _node("Pipeline LLM", *_OLD_NODE_LLM),
        ),
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
        (
            _metrics("TTS", ">=1.1.6"),
            _text("TTS", "0.11.0-1.1.5"),
            _text("Pipeline TTS", "0.11.0-1.0.0.dev5"),
            _node("TTS", in_ms("ttfbMs", "ttfb"), in_ms("audioDurationMs", "audio_duration")),
            _node("TTS", *_OLD_NODE_TTS),
            _node("Pipeline TTS", *_OLD_NODE_TTS),
        ),
        fields=(Field("ttfb", "s"), Field("audio_duration", "s"), Field("model_name")),
        measures=(stage("tts_ttfb", "ttfb", "metrics"),),
    ),
    LogLine(
        "stt_metrics",
        "one transcription; no latency in it",
        (
            _metrics("STT", ">=1.1.6"),
            _text("STT", "0.11.0-1.1.5"),
            _text("Pipeline STT", "0.11.0-1.0.0.dev5"),
            _node("STT", in_ms("audioDurationMs", "audio_duration")),
            _node("STT", in_ms("audioDuration", "audio_duration")),
        ),
        fields=(Field("audio_duration", "s"), Field("model_name")),
    ),
    LogLine(
        "eou_metrics",
        "one turn end",
        (
            _metrics("EOU", ">=1.1.6"),
            _text("EOU", "1.0.0rc1-1.1.5"),
            _text("Pipeline EOU", "0.11.0-1.0.0.dev5"),
            _node("EOU", *_NODE_EOU),
            _node("Pipeline EOU", *_OLD_NODE_EOU),
        ),
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
        (
            _metrics("RealtimeModel", ">=1.1.6"),
            _text("RealtimeModel", "1.0.21-1.1.5"),
            _node("RealtimeModel", in_ms("ttftMs", "ttft")),
        ),
        fields=(Field("ttft", "s"), Field("model_name")),
        measures=(stage("realtime_ttft", "ttft", "metrics", figure="responses"),),
    ),
    LogLine(
        "interruption_metrics",
        "adaptive interruption only",
        (
            _metrics("Interruption", ">=1.5.0rc2"),
            _node(
                "Interruption",
                Renamed("numInterruptions", "num_interruptions"),
                Renamed("numBackchannels", "num_backchannels"),
                in_ms("detectionDelayMs", "detection_delay"),
            ),
        ),
        fields=(
            *(Field(name, "number") for name in ("num_interruptions", "num_backchannels")),
            Field("detection_delay", "s"),
        ),
    ),
    LogLine(
        "old_metrics",
        "first token or first audio of livekit-agents 0.8 to 0.10",
        (
            _elapsed("first LLM token", "ttft", "0.8.3-0.10.0"),
            _elapsed("received first LLM token", "ttft", "0.10.1-0.10.2"),
            _elapsed("first TTS frame", "ttfb", "0.8.3-0.10.0"),
            _elapsed("received first TTS frame", "ttfb", "0.8.3-0.10.2"),
            Spelling(
                "AgentOutput._str_synthesis_task: TTFB in ",
                LIVEKIT,
                "DEBUG",
                versions="0.8.0.dev3-0.8.2",
                figures=seconds_behind,
            ),
            Spelling(
                "AgentOutput._stream_synthesis_task: TTFB in ",
                LIVEKIT,
                "DEBUG",
                versions="0.8.0.dev3-0.8.2",
                figures=seconds_behind,
            ),
        ),
        fields=(Field("ttft", "s"), Field("ttfb", "s")),
        measures=(stage("llm_ttft", "ttft", "old"), stage("tts_ttfb", "ttfb", "old")),
    ),
    LogLine(
        "metrics_object",
        "a metrics object that the app itself logs, as text or as fields",
        tuple(
            _object(mark)
            for mark in (
                *("realtime_model_metrics", "RealtimeModelMetrics", "MultimodalLLMMetrics"),
                *("llm_metrics", "LLMMetrics", "tts_metrics", "TTSMetrics"),
                *("eou_metrics", "EOUMetrics"),
            )
        ),
        fields=tuple(
            Field(name, "s")
            for name in (
                *("ttft", "realtime_ttft", "ttfb"),
                *("end_of_utterance_delay", "transcription_delay"),
            )
        ),
        measures=(
            stage("llm_ttft", "ttft", "object"),
            stage("tts_ttfb", "ttfb", "object"),
            stage("realtime_ttft", "realtime_ttft", "object", figure="responses"),
            stage("transcription_delay", "transcription_delay", "object", UNMEASURED_S),
            stage(
                "end_of_turn_delay", "end_of_utterance_delay", "object", UNMEASURED_S, "eou_objects"
            ),
        ),
    ),
    LogLine(
        "own_metrics",
        "metrics that the app writes in words of its own, with LiveKit's names of the figures",
        tuple(
            Spelling(f"{what} {metrics}", ANY, "INFO", within=True, figures=own_figures)
            for what in ("EOU", "LLM", "TTS")
            for metrics in ("Metrics", "metrics")
        ),
        fields=tuple(
            Field(name, "s")
            for name in ("ttft", "ttfb", "end_of_utterance_delay", "transcription_delay")
        ),
        measures=(
            stage("llm_ttft", "ttft", "own"),
            stage("tts_ttfb", "ttfb", "own"),
            stage("transcription_delay", "transcription_delay", "own", UNMEASURED_S),
            stage("end_of_turn_delay", "end_of_utterance_delay", "own", UNMEASURED_S, "own_eous"),
        ),
    ),
)
