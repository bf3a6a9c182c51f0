"""Settings in, the models of a call out: VAD, transcription, chat, voice, Realtime.

One knob a line. All of OpenAI share one client (`openai_http`). Nothing here reads the
environment, apart from what the plugins take from it when no client or address is given.
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal, TypeVar, cast

import openai as openai_sdk
from livekit.agents import NOT_GIVEN, APIConnectOptions, NotGivenOr, inference, vad
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

from tuner.settings.knob_table import REALTIME_ONLY_STT, Settings

T = TypeVar("T")

if TYPE_CHECKING:
    from livekit.plugins import silero

    Vad = inference.VAD | silero.VAD

_HYSTERESIS = 0.15
"""LiveKit lets speech end this far below the threshold at which it begins."""


def make_vad(settings: Settings) -> Vad:
    """The voice detection of one call: each call needs its own, because ours changes while the
    agent speaks (`floor.py`).

    At 16 kHz it is the Silero model that LiveKit brings along: half the CPU of the plugin and
    25 MB less in every process. Only the plugin can listen at 8 kHz.
    """
    if settings.vad_sample_rate == 8000:
        return _plugin_vad(settings)
    return inference.VAD(
        min_speech_duration=settings.vad_min_speech_duration,
        min_silence_duration=settings.vad_min_silence_duration,
        prefix_padding_duration=settings.vad_prefix_padding_duration,
        activation_threshold=settings.vad_activation_threshold,
        deactivation_threshold=deactivation(settings.vad_activation_threshold),
        executor=_vad_threads(),
    )


def _plugin_vad(settings: Settings) -> Vad:
    from livekit.plugins import silero

    loaded = silero.VAD.load(
        min_speech_duration=settings.vad_min_speech_duration,
        min_silence_duration=settings.vad_min_silence_duration,
        prefix_padding_duration=settings.vad_prefix_padding_duration,
        activation_threshold=settings.vad_activation_threshold,
        deactivation_threshold=deactivation(settings.vad_activation_threshold),
        sample_rate=settings.vad_sample_rate,
    )
    return cast("silero.VAD", loaded)


@functools.cache
def _vad_threads() -> ThreadPoolExecutor:
    """Two threads for all calls of a process; LiveKit would make one for every stream."""
    return ThreadPoolExecutor(2, "vad")


def deactivation(activation: float) -> float:
    """The probability below which speech ends, as LiveKit derives it."""
    return max(activation - _HYSTERESIS, 0.01)


def make_stt(settings: Settings, client: openai_sdk.AsyncClient, voice: vad.VAD) -> openai.STT:
    """Transcription: per utterance, or streaming (STT_REALTIME and the stream-only models)."""
    streaming = settings.stt_realtime or settings.stt_model.startswith(REALTIME_ONLY_STT)
    return openai.STT(
        client=client,
        model=settings.stt_model,
        language=settings.stt_language or "",
        detect_language=settings.stt_language is None,
        use_realtime=streaming,
        noise_reduction_type=_given(settings.stt_noise_reduction),
        vad=voice if settings.stt_model.startswith(REALTIME_ONLY_STT) else NOT_GIVEN,
    )


def make_llm(settings: Settings, client: openai_sdk.AsyncClient) -> openai.LLM:
    """The chat model."""
    return openai.LLM(
        client=client,
        model=settings.llm_model,
        temperature=_given(settings.llm_temperature),
        reasoning_effort=_given(settings.llm_reasoning_effort),
        max_completion_tokens=settings.max_tokens,
    )


def make_tts(settings: Settings, client: openai_sdk.AsyncClient) -> openai.TTS:
    """The voice. PCM comes undecoded, so its first byte is also its first sound."""
    return openai.TTS(
        client=client,
        model=settings.tts_model,
        voice=settings.tts_voice,
        speed=settings.tts_speed,
        response_format="pcm",
    )


def make_realtime(
    settings: Settings, *, api_key: str | None = None, base_url: str | None = None
) -> openai.realtime.RealtimeModel:
    """The speech-to-speech model.

    `turn_detection` is passed only when the server shall decide: passing it takes LiveKit the
    means to switch the server's detection off.
    """
    model = openai.realtime.RealtimeModel(
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
        base_url=_given(base_url),
    )
    if settings.realtime_max_tokens is not None:
        model.update_options(max_response_output_tokens=settings.realtime_max_tokens)
    return model


def conn_options(settings: Settings) -> APIConnectOptions:
    """LiveKit's retries, the only ones there are."""
    return APIConnectOptions(
        max_retry=settings.max_retries,
        retry_interval=settings.retry_interval,
        timeout=settings.http_timeout,
    )


def make_turn_detection(
    settings: Settings,
) -> Literal["stt", "vad", "realtime_llm", "manual"] | inference.TurnDetector:
    """Who ends a turn: a word for LiveKit, or its model (here or in LiveKit Cloud)."""
    if settings.turn_detection == "detector":
        return inference.TurnDetector(version="v1-mini")
    if settings.turn_detection == "detector_cloud":
        return inference.TurnDetector(version="v1", local_fallback=False)
    return settings.turn_detection


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
        return SemanticVad(
            type="semantic_vad",
            eagerness=settings.realtime_eagerness,
            create_response=True,
            interrupt_response=settings.enable_interruptions,
        )
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


def _given(value: T | None) -> NotGivenOr[T]:
    """LiveKit's own word for "not said"."""
    return NOT_GIVEN if value is None else value
