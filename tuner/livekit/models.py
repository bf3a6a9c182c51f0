"""Settings in, the models of a pipeline call out: transcription, chat, speech, end of turn.

One knob a line. All of OpenAI share one client (`http_client`). Nothing here reads the
environment, apart from what the plugins take from it when no client or address is given.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import openai as openai_sdk
from livekit.agents import NOT_GIVEN, APIConnectOptions, NotGivenOr, inference, vad
from livekit.plugins import openai

from tuner.settings.knob_table import REALTIME_ONLY_STT, Settings

T = TypeVar("T")


def make_stt(settings: Settings, client: openai_sdk.AsyncClient, voice: vad.VAD) -> openai.STT:
    """Transcription: per utterance, or streaming (STT_REALTIME and the stream-only models)."""
    streaming = settings.stt_realtime or settings.stt_model.startswith(REALTIME_ONLY_STT)
    return openai.STT(
        client=client,
        model=settings.stt_model,
        language=settings.stt_language or "",
        detect_language=settings.stt_language is None,
        use_realtime=streaming,
        noise_reduction_type=given(settings.stt_noise_reduction),
        vad=voice if settings.stt_model.startswith(REALTIME_ONLY_STT) else NOT_GIVEN,
    )


def make_llm(settings: Settings, client: openai_sdk.AsyncClient) -> openai.LLM:
    """The chat model."""
    return openai.LLM(
        client=client,
        model=settings.llm_model,
        temperature=given(settings.llm_temperature),
        reasoning_effort=given(settings.llm_reasoning_effort),
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
    unlikely = given(settings.detector_unlikely_threshold)
    if settings.turn_detection == "detector":
        return inference.TurnDetector(version="v1-mini", unlikely_threshold=unlikely)
    if settings.turn_detection == "detector_cloud":
        return inference.TurnDetector(
            version="v1", local_fallback=False, unlikely_threshold=unlikely
        )
    return settings.turn_detection


def given(value: T | None) -> NotGivenOr[T]:
    """The value, or LiveKit's NOT_GIVEN for None."""
    return NOT_GIVEN if value is None else value
