"""Settings and models in, a LiveKit session that is ready to start out; one knob a line.

Everything about taking turns is in `turn_handling`, so that it can be read beside METRICS.md.
"""

from __future__ import annotations

from typing import Any

import openai as openai_sdk
from livekit.agents import TurnHandlingOptions, vad
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.turn import (
    EndpointingOptions,
    InterruptionOptions,
    PreemptiveGenerationOptions,
    UserTurnLimitOptions,
)

from tuner.livekit import models
from tuner.livekit.failures.spoken import CallSession
from tuner.settings.knob_table import Settings


def turn_handling(settings: Settings) -> TurnHandlingOptions:
    """How the session takes turns."""
    return TurnHandlingOptions(
        turn_detection=models.make_turn_detection(settings),
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
    )


def _interruption(settings: Settings) -> InterruptionOptions:
    return InterruptionOptions(
        enabled=settings.enable_interruptions,
        mode=settings.interruption_mode,
        min_duration=settings.min_interruption_duration,
        min_words=settings.min_interruption_words,
        false_interruption_timeout=settings.false_interruption_timeout,
        resume_false_interruption=settings.resume_false_interruption,
    )


def _preemptive_generation(settings: Settings) -> PreemptiveGenerationOptions:
    return PreemptiveGenerationOptions(
        enabled=settings.preemptive_generation,
        preemptive_tts=settings.preemptive_tts,
    )


def _user_turn_limit(settings: Settings) -> UserTurnLimitOptions:
    return UserTurnLimitOptions(
        max_words=settings.user_turn_max_words,
        max_duration=settings.user_turn_max_duration,
    )


def conn_options(settings: Settings) -> SessionConnectOptions:
    """Retries and time-outs of each part of the pipeline; how often it may fail is ours to say."""
    each = models.conn_options(settings)
    return SessionConnectOptions(
        stt_conn_options=each, llm_conn_options=each, tts_conn_options=each
    )


def make_session(
    settings: Settings,
    client: openai_sdk.AsyncClient,
    voice: vad.VAD,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
) -> CallSession:
    """The session of one call, in the mode that the settings name, not started yet."""
    pipeline = settings.agent_mode == "pipeline"
    parts = (
        _pipeline(settings, client, voice) if pipeline else _realtime(settings, api_key, base_url)
    )
    return CallSession(
        vad=voice,
        turn_handling=turn_handling(settings),
        conn_options=conn_options(settings),
        user_away_timeout=settings.user_away_timeout,
        transcription_timeout=settings.transcription_timeout,
        aec_warmup_duration=settings.aec_warmup_duration or None,
        **parts,
    )


def _pipeline(settings: Settings, client: openai_sdk.AsyncClient, voice: vad.VAD) -> dict[str, Any]:
    return {
        "stt": models.make_stt(settings, client, voice),
        "llm": models.make_llm(settings, client),
        "tts": models.make_tts(settings, client),
    }


def _realtime(settings: Settings, api_key: str | None, base_url: str | None) -> dict[str, Any]:
    return {"llm": models.make_realtime(settings, api_key=api_key, base_url=base_url)}
