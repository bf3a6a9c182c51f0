"""Settings in, the voice detection of one call out."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

from livekit.agents import inference

from tuner.settings.knob_table import Settings

if TYPE_CHECKING:
    from livekit.plugins import silero

    Vad = inference.VAD | silero.VAD

_HYSTERESIS = 0.15
"""LiveKit lets speech end this far below the threshold at which it begins."""


def make_vad(settings: Settings) -> Vad:
    """The voice detection of one call: each call needs its own, because ours changes while the
    agent speaks (`vad_threshold`).

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
