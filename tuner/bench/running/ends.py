"""The two ends of a call without a room, and the caller between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from tuner.bench.callers import sounds
from tuner.bench.callers.audio import SAMPLE_RATE, AgentSpeaker, CallerMicrophone
from tuner.bench.callers.caller import Caller
from tuner.bench.callers.caller_style import CallerStyle
from tuner.bench.running.job import Ask, CallJob

_ECHO_DELAY_S = 0.12
_NOISES = 8


@dataclass(slots=True)
class Ends:
    """The two ends of a call, and the caller between them."""

    style: CallerStyle
    microphone: CallerMicrophone
    speaker: AgentSpeaker
    caller: Caller
    asks: list[Ask] = field(default_factory=list)


def make_ends(job: CallJob) -> Ends:
    """Make both ends for a job: noise, loudness and echo as its scenario says."""
    style = job.scenario.caller
    microphone = CallerMicrophone(_noise(style, job.call_seed % _NOISES))
    echo = _echo(microphone, style.echo_db) if style.echo_db is not None else None
    speaker = AgentSpeaker(on_played=echo)
    return Ends(style, microphone, speaker, Caller(style, job.call_seed, microphone, speaker))


@lru_cache(maxsize=64)
def _noise(style: CallerStyle, seed: int) -> sounds.Samples | None:
    if style.noise_snr_db is None:
        return None
    room = sounds.louder(sounds.background(style.noise_snr_db, seed), style.level_db)
    return sounds.telephone(room) if style.telephone else room


def _echo(microphone: CallerMicrophone, decibel: float) -> Callable[[sounds.Samples], None]:
    """Send what the agent says back to it, a little later and quieter."""
    heard_until = 0.0

    def on_played(samples: sounds.Samples) -> None:
        nonlocal heard_until
        at_s = max(heard_until, microphone.position_s + _ECHO_DELAY_S)
        microphone.place(sounds.louder(samples, decibel), at_s)
        heard_until = at_s + len(samples) / SAMPLE_RATE

    return on_played
