"""Gives a LiveKit session the two audio ends of a call instead of a room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer

from tuner.livekit import CallSession


class _NoCaptions(io.TextOutput):
    """Takes the transcript; LiveKit needs it to know which words of a cut answer were heard."""

    def __init__(self) -> None:
        super().__init__(label="no captions", next_in_chain=None)

    async def capture_text(self, text: str) -> None:
        """Nothing is done with it."""

    def flush(self) -> None:
        """Nothing is kept."""


@asynccontextmanager
async def connect(
    session: CallSession, caller: io.AudioInput, agent: io.AudioOutput
) -> AsyncIterator[None]:
    """Connect both ends before the session starts; inside, the call runs."""
    together = TranscriptSynchronizer(next_in_chain_audio=agent, next_in_chain_text=_NoCaptions())
    session.input.audio = caller
    session.output.audio = together.audio_output
    session.output.transcription = together.text_output
    try:
        yield
    finally:
        await together.aclose()
