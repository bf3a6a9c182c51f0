"""The sentences that a caller hears when OpenAI fails.

They are recordings in `clips/`, since the voice itself may be what is broken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from livekit import rtc

from tuner.livekit.wav import read_wav

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
    pcm, rate = read_wav(path)
    size = 2 * int(rate * _FRAME_S)
    for start in range(0, len(pcm), size):
        piece = pcm[start : start + size]
        yield rtc.AudioFrame(piece, rate, 1, len(piece) // 2)
