"""Voice detection that is fed a window at a time, at the rate of its model.

LiveKit's stream resamples every chunk by a call into its library, and then joins and cuts frames
until it has a window of 32 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from livekit import rtc

from agent.audiocodes.resampler import Resampler

if TYPE_CHECKING:
    from tuner.livekit.vad import Vad

_RATE = 16_000
_WINDOW = 512
"""Samples that the model takes at once."""


def listen_in_windows(vad: Vad) -> None:
    """Feed each stream that this voice detection opens from now on in windows."""
    stream: Any = vad.stream
    vad.stream = lambda: _Windows(stream())  # type: ignore[assignment, return-value, method-assign]


class _Windows:
    """A stream of voice detection, and everything that it can do; frames of one rate."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._pending = bytearray()
        self._resampler: Resampler | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> _Windows:
        return self

    async def __anext__(self) -> Any:
        return await self._stream.__anext__()

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Audio of any length; it goes on when a window is full."""
        if frame.sample_rate == _RATE:
            self._stream.push_frame(frame)
            return
        self._pending += frame.data.cast("B")
        size = 2 * _WINDOW * frame.sample_rate // _RATE
        while len(self._pending) >= size:
            piece, self._pending = self._pending[:size], self._pending[size:]
            self._push(np.frombuffer(piece, dtype=np.int16), frame.sample_rate)

    def flush(self) -> None:
        """Begin anew."""
        self._pending, self._resampler = bytearray(), None
        self._stream.flush()

    def _push(self, samples: np.ndarray, rate: int) -> None:
        first = self._resampler is None
        resampler = self._resampler = self._resampler or Resampler(rate, _RATE)
        window = resampler.push(samples)
        if first:  # what the filter holds back is made up for, so that each push fills a window
            window = np.concatenate([np.zeros(_WINDOW - len(window), np.int16), window])
        self._stream.push_frame(rtc.AudioFrame(window.tobytes(), _RATE, 1, len(window)))
