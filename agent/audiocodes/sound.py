"""Gives a LiveKit session the two audio ends of a call instead of a room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer
from livekit.agents.voice.transcription._speaking_rate import SpeakingRateStream

from agent.audiocodes.speaking_rate import spectral_flux
from tuner.livekit import CallSession

_RATE_EVERY_S = 0.5
"""How often the agent's speaking rate is taken, which tells the words of a cut answer that were
heard. LiveKit does it every 0.1 s: 1.3 ms of CPU each time, a third of a core when 25 agents speak.
This moves words by 0.15 s in the mean, 0.44 s at most. As much as its window of 1 s never ends."""


class _NoCaptions(io.TextOutput):
    """Takes the transcript; LiveKit needs it to know which words of a cut answer were heard."""

    def __init__(self) -> None:
        super().__init__(label="no captions", next_in_chain=None)

    async def capture_text(self, text: str) -> None:
        """Nothing is done with it."""

    def flush(self) -> None:
        """Nothing is kept."""


def take_rate_cheaply(synchronizer: TranscriptSynchronizer) -> None:
    """Seldom, and all at once; before it hears anything. LiveKit has no option for it."""
    synchronizer._opts.speaking_rate_detector._opts.step_size = _RATE_EVERY_S
    kind: Any = SpeakingRateStream
    kind._spectral_flux = _spectral_flux


def _spectral_flux(_: SpeakingRateStream, audio: npt.NDArray[np.float32], rate: int) -> float:
    return spectral_flux(audio, rate)


@asynccontextmanager
async def connect(
    session: CallSession, caller: io.AudioInput, agent: io.AudioOutput
) -> AsyncIterator[None]:
    """Connect both ends before the session starts; inside, the call runs."""
    together = TranscriptSynchronizer(next_in_chain_audio=agent, next_in_chain_text=_NoCaptions())
    take_rate_cheaply(together)
    session.input.audio = caller
    session.output.audio = together.audio_output
    session.output.transcription = together.text_output
    try:
        yield
    finally:
        await together.aclose()
