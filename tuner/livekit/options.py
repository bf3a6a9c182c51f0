"""Settings in, the options of LiveKit's session and room out; one knob a line.

Everything about taking turns is in `turn_handling`.
"""

from __future__ import annotations

from typing import Any

import openai as openai_sdk
from livekit.agents import NOT_GIVEN, NotGivenOr, TurnHandlingOptions
from livekit.agents.vad import VAD
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions
from livekit.agents.voice.turn import (
    EndpointingOptions,
    InterruptionOptions,
    PreemptiveGenerationOptions,
    UserTurnLimitOptions,
)

from tuner.livekit.http_client import make_client
from tuner.livekit.models import conn_options as model_conn_options
from tuner.livekit.models import make_llm, make_stt, make_tts, make_turn_detection
from tuner.livekit.realtime_model import make_realtime
from tuner.livekit.vad import make_vad
from tuner.settings.knob_table import REALTIME_ONLY_STT, Settings

LAST_WORDS_S = 0.5
"""How long the end of a call waits for words that the caller said last. LiveKit's own 2 s pass in
full whenever the caller hangs up in silence, and keep the place from the next caller."""


def turn_handling(settings: Settings) -> TurnHandlingOptions:
    """How the session takes turns."""
    return TurnHandlingOptions(
        turn_detection=make_turn_detection(settings),
        endpointing=_endpointing(settings),
        interruption=_interruption(settings),
        preemptive_generation=_preemptive_generation(settings),
        user_turn_limit=_user_turn_limit(settings),
    )


def _endpointing(settings: Settings) -> EndpointingOptions:
    return EndpointingOptions(
        mode=settings.endpointing_mode,
        min_delay=settings.min_endpointing_delay,
        max_delay=settings.max_endpointing_delay,
        alpha=settings.endpointing_alpha,
    )


def _interruption(settings: Settings) -> InterruptionOptions:
    # without a word that counts nothing stops the agent, so words must be asked for
    words = 1 if settings.backchannel_words else 0
    return InterruptionOptions(
        enabled=settings.enable_interruptions,
        mode=settings.interruption_mode,
        min_duration=settings.min_interruption_duration,
        min_words=max(words, settings.min_interruption_words),
        false_interruption_timeout=settings.false_interruption_timeout,
        resume_false_interruption=settings.resume_false_interruption,
        backchannel_boundary=settings.backchannel_boundary,
    )


def _preemptive_generation(settings: Settings) -> PreemptiveGenerationOptions:
    return PreemptiveGenerationOptions(
        enabled=settings.preemptive_generation,
        preemptive_tts=settings.preemptive_tts,
        max_speech_duration=settings.preemptive_max_speech_duration,
        max_retries=settings.preemptive_max_retries,
    )


def _user_turn_limit(settings: Settings) -> UserTurnLimitOptions:
    return UserTurnLimitOptions(
        max_words=settings.user_turn_max_words,
        max_duration=settings.user_turn_max_duration,
    )


def conn_options(settings: Settings) -> SessionConnectOptions:
    """Retries and time-outs of each model; `failures` decides how often one may fail."""
    each = model_conn_options(settings)
    return SessionConnectOptions(
        stt_conn_options=each, llm_conn_options=each, tts_conn_options=each
    )


def session_options(
    settings: Settings,
    client: openai_sdk.AsyncClient | None = None,
    vad: VAD | None = None,
) -> dict[str, Any]:
    """Everything that `AgentSession(**...)` takes, in the mode that the settings name.

    Client and voice detection are made from the settings unless given; a voice detection serves
    one call only. Key and address of the client serve the Realtime model too.

    Raises:
        openai.OpenAIError: no client is given and OPENAI_API_KEY is not set.
    """
    client = client or make_client(settings)
    vad = vad or make_vad(settings)
    return {
        "vad": vad,
        "turn_handling": turn_handling(settings),
        "conn_options": conn_options(settings),
        "user_away_timeout": settings.user_away_timeout,
        "transcription_timeout": settings.transcription_timeout,
        "session_close_transcript_timeout": LAST_WORDS_S,
        "aec_warmup_duration": _aec_warmup(settings),
        **_models(settings, client, vad),
    }


def _aec_warmup(settings: Settings) -> NotGivenOr[float | None]:
    """Given in any way, it switches off LiveKit's rule for outbound calls over SIP."""
    seconds = settings.aec_warmup_duration
    return NOT_GIVEN if seconds is None else seconds or None


def _models(settings: Settings, client: openai_sdk.AsyncClient, vad: VAD) -> dict[str, Any]:
    if settings.agent_mode == "realtime":
        key, url = client.api_key, str(client.base_url)
        return {"llm": make_realtime(settings, api_key=key, base_url=url)}
    return {
        "stt": make_stt(settings, client, vad),
        "llm": make_llm(settings, client),
        "tts": make_tts(settings, client),
    }


def room_options(settings: Settings) -> RoomOptions:
    """What the room sends us: 16 kHz, as VAD and transcription want it, saves two resamplers."""
    streams = settings.stt_realtime or settings.stt_model.startswith(REALTIME_ONLY_STT)
    wide = settings.agent_mode == "realtime" or streams
    return RoomOptions(audio_input=AudioInputOptions(sample_rate=24_000 if wide else 16_000))
