"""Settings in, the speech-to-speech model of a call out; one knob a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livekit.agents import NOT_GIVEN, NotGivenOr
from livekit.plugins import openai
from openai.types.realtime import (
    AudioTranscription,
    RealtimeReasoning,
    RealtimeTruncation,
    RealtimeTruncationRetentionRatio,
)
from openai.types.realtime.realtime_audio_input_turn_detection import (
    RealtimeAudioInputTurnDetection,
    SemanticVad,
    ServerVad,
)

from tuner.livekit.listeners import hand_on_directly
from tuner.livekit.live_session import LiveSession
from tuner.livekit.models import conn_options, given
from tuner.livekit.realtime_session import RealtimeSession
from tuner.settings.knob_table import Settings

_FREQUENT = ("openai_client_event_queued", "openai_server_event_received")


def make_realtime(
    settings: Settings, *, api_key: str | None = None, base_url: str | None = None
) -> openai.realtime.RealtimeModel:
    """The speech-to-speech model.

    `turn_detection` is passed only when the server decides: once it is passed, LiveKit can no
    longer switch the server's detection off.
    """
    model = _Model(
        append_ms=settings.realtime_append_ms,
        model=settings.realtime_model,
        voice=settings.realtime_voice,
        speed=settings.realtime_speed,
        input_audio_transcription=_transcription(settings),
        input_audio_noise_reduction=settings.realtime_noise_reduction,
        turn_detection=_server_turns(settings),
        truncation=_truncation(settings),
        reasoning=_reasoning(settings),
        conn_options=conn_options(settings),
        api_key=api_key,
        base_url=given(base_url),
    )
    if settings.realtime_max_tokens is not None:
        model.update_options(max_response_output_tokens=settings.realtime_max_tokens)
    return model


class _Model(openai.realtime.RealtimeModel):
    """LiveKit's model, with a size of its own for the caller's audio in one message."""

    def __init__(self, *, append_ms: int, **options: Any) -> None:
        super().__init__(**options)
        self._append_ms = append_ms
        self.listeners: list[Callable[[openai.realtime.RealtimeSession], object]] = []

    def session(self, **options: Any) -> openai.realtime.RealtimeSession:
        """A connection to OpenAI; LiveKit has no option for what is set on it here."""
        session = RealtimeSession(self, append_ms=self._append_ms, **options)
        self._sessions.add(session)
        hand_on_directly(session, _FREQUENT)
        for listener in self.listeners:
            listener(session)
        return session


def on_connection(
    session: LiveSession[Any], listener: Callable[[openai.realtime.RealtimeSession], object]
) -> None:
    """Hand each connection that this call opens to OpenAI to `listener`; before the call starts.

    An agent shows its connection too, but in livekit-agents 2 only to its own hooks and tools. A
    model that `make_realtime` did not make is not followed.
    """
    if isinstance(session.llm, _Model):
        session.llm.listeners.append(listener)


def _transcription(settings: Settings) -> AudioTranscription | None:
    model = settings.realtime_transcription_model
    if model is None:
        return None
    if settings.stt_language is None:
        return AudioTranscription(model=model)
    return AudioTranscription(model=model, language=settings.stt_language)


def _server_turns(settings: Settings) -> NotGivenOr[RealtimeAudioInputTurnDetection]:
    if settings.turn_detection != "realtime_llm":
        return NOT_GIVEN
    if settings.realtime_turn_detection == "semantic_vad":
        return _semantic_vad(settings)
    return _server_vad(settings)


def _semantic_vad(settings: Settings) -> SemanticVad:
    return SemanticVad(
        type="semantic_vad",
        eagerness=settings.realtime_eagerness,
        create_response=True,
        interrupt_response=settings.enable_interruptions,
    )


def _server_vad(settings: Settings) -> ServerVad:
    server = ServerVad(
        type="server_vad",
        threshold=settings.realtime_vad_threshold,
        prefix_padding_ms=settings.realtime_prefix_padding_ms,
        silence_duration_ms=settings.realtime_silence_duration_ms,
        create_response=True,
        interrupt_response=settings.enable_interruptions,
    )
    if settings.realtime_idle_timeout_ms is not None:
        server.idle_timeout_ms = settings.realtime_idle_timeout_ms
    return server


def _truncation(settings: Settings) -> RealtimeTruncation:
    kept = settings.realtime_truncation
    if isinstance(kept, float):
        return RealtimeTruncationRetentionRatio(type="retention_ratio", retention_ratio=kept)
    return kept


def _reasoning(settings: Settings) -> NotGivenOr[RealtimeReasoning]:
    effort = settings.realtime_reasoning_effort
    return NOT_GIVEN if effort is None else RealtimeReasoning(effort=effort)
