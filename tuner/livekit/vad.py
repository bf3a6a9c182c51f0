"""Settings in, the voice detection of one call out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from livekit.agents import inference

from tuner.settings.knob_table import Settings

if TYPE_CHECKING:
    from livekit.plugins import silero

    Vad = inference.VAD | silero.VAD

P = ParamSpec("P")
R = TypeVar("R")
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
        executor=_InLoop(),
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


class _InLoop(Executor):
    """Runs each detection where it is asked for.

    One takes 20 us of a core; handing it to a thread takes 60 more, and the event loop of a process
    with many calls then waits for that thread to give the interpreter back.
    """

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """A future that is done: the event loop's own, which asyncio takes as it is.

        One of `concurrent.futures` would be copied into it, which wakes the event loop.
        """
        future = asyncio.get_running_loop().create_future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return cast("Future[R]", future)


def deactivation(activation: float) -> float:
    """The probability below which speech ends, as LiveKit derives it."""
    return max(activation - _HYSTERESIS, 0.01)
