"""The two ends of a call without a room: the caller's microphone and the agent's speaker.

Both run at the speed of real time. The microphone mixes sounds into a stream at the moment
they are placed; the speaker plays what the agent says, can be paused, and knows when it was
audible. Audio is 16-bit mono PCM at 24 kHz.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer

from tuner.bench.callers.sounds import SAMPLE_RATE, Samples
from tuner.bench.callers.speaker import AgentSpeaker, Moment, Spoken
from tuner.livekit.live_session import LiveSession

__all__ = [
    "FRAME_S",
    "SAMPLE_RATE",
    "AgentSpeaker",
    "CallerMicrophone",
    "Captions",
    "Moment",
    "Samples",
    "Spoken",
    "connect",
]

FRAME_S = 0.05  # what LiveKit's room input delivers
_FRAME = int(SAMPLE_RATE * FRAME_S)


class CallerMicrophone(io.AudioInput):
    """An endless stream of frames: background noise plus every sound placed on it.

    `noise` is repeated for the whole call. What was sent is kept in `sent`, so a piece of
    audio that comes back (for transcription) can be found again with `find`.
    """

    def __init__(self, noise: Samples | None = None) -> None:
        super().__init__(label="bench microphone")
        self._noise = noise if noise is not None and len(noise) else None
        self._ahead = np.zeros(0, dtype=np.int32)  # mixed, not sent yet
        self._started: float | None = None
        self._closed = False
        self.sent = bytearray()
        self.started_at: float | None = None  # epoch s of the first sample

    @property
    def position_s(self) -> float:
        """How much of the stream has been sent, in seconds."""
        return len(self.sent) / 2 / SAMPLE_RATE

    def place(self, sound: Samples, at_s: float | None = None) -> float:
        """Mix a sound into the stream and return the stream time (s) at which it starts.

        `at_s` counts from the start of the stream; a time that has gone by means now.
        """
        here = len(self.sent) // 2
        start = max(0, round((at_s or 0.0) * SAMPLE_RATE) - here)
        missing = start + len(sound) - len(self._ahead)
        if missing > 0:
            self._ahead = np.concatenate([self._ahead, np.zeros(missing, dtype=np.int32)])
        self._ahead[start : start + len(sound)] += sound
        return (here + start) / SAMPLE_RATE

    def find(self, pcm: bytes) -> float | None:
        """Return the stream time (s) at which this audio was sent, None if it never was."""
        size = _FRAME  # bytes of a half frame: long enough to be unique, short enough to match
        pieces = range(0, max(1, len(pcm) - size), size)
        best = max(pieces, key=lambda at: int(np.abs(_samples(pcm[at : at + size])).sum()))
        at = self.sent.rfind(pcm[best : best + size])
        return None if at < 0 else (at - best) / 2 / SAMPLE_RATE

    def close(self) -> None:
        """End the stream: the next frame asked for is the last."""
        self._closed = True

    async def __anext__(self) -> rtc.AudioFrame:
        if self._closed:
            raise StopAsyncIteration
        loop = asyncio.get_running_loop()
        if self._started is None:
            self._started, self.started_at = loop.time(), time.time()
        due = self._started + self.position_s + FRAME_S
        await asyncio.sleep(max(0.0, due - loop.time()))
        data = self._next()
        self.sent += data
        return rtc.AudioFrame(data, SAMPLE_RATE, 1, _FRAME)

    def _next(self) -> bytes:
        mixed = np.zeros(_FRAME, dtype=np.int32)
        ready = self._ahead[:_FRAME]
        mixed[: len(ready)] += ready
        self._ahead = self._ahead[_FRAME:]
        if self._noise is not None:
            here = len(self.sent) // 2
            mixed += np.take(self._noise, range(here, here + _FRAME), mode="wrap")
        return np.clip(mixed, -32768, 32767).astype(np.int16).tobytes()


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype=np.int16)


class Captions(io.TextOutput):
    """Takes the transcript of the agent's speech; present so that LiveKit synchronises it."""

    def __init__(self) -> None:
        super().__init__(label="bench captions", next_in_chain=None)
        self.texts: list[str] = []

    async def capture_text(self, text: str) -> None:
        """Keep a piece of the transcript."""
        self.texts.append(str(text))

    def flush(self) -> None:
        """End of a segment."""


def connect(
    session: LiveSession[Any],
    microphone: CallerMicrophone,
    speaker: AgentSpeaker,
    captions: Captions,
) -> TranscriptSynchronizer:
    """Give a session, before its start, the two ends of a call instead of a room.

    As in a room, transcript and audio pass through LiveKit's synchroniser, which is returned;
    close it after the session.
    """
    together = TranscriptSynchronizer(next_in_chain_audio=speaker, next_in_chain_text=captions)
    session.input.audio = microphone
    session.output.audio = together.audio_output
    session.output.transcription = together.text_output
    return together
