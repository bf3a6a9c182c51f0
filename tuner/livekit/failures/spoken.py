"""The sentences that a caller hears when OpenAI fails.

They are recordings in `clips/`, since the voice itself may be what is broken.
"""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path

from livekit import rtc

_CLIPS = Path(__file__).parent / "clips"
_FRAME_S = 0.02

SENTENCES = {
    "ask again": ("again.wav", "Sorry, I had a problem just now. Could you say that again?"),
    "goodbye": (
        "goodbye.wav",
        "I am sorry, there is a technical problem, and I have to end this call. "
        "Please try again later.",
    ),
}
"""Recording and text of what the caller hears."""


def recording(occasion: str) -> tuple[str, AsyncIterator[rtc.AudioFrame]]:
    """Text and audio of the sentence for an occasion ("ask again" or "goodbye")."""
    name, text = SENTENCES[occasion]
    return text, frames(_CLIPS / name)


async def frames(path: Path) -> AsyncIterator[rtc.AudioFrame]:
    """The frames of a 16-bit mono WAV file."""
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        count = int(rate * _FRAME_S)
        while data := file.readframes(count):
            yield rtc.AudioFrame(data, rate, 1, len(data) // 2)
