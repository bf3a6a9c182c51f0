"""What the caller says, as the audio input of a LiveKit session."""

from __future__ import annotations

import asyncio
from collections import deque

from livekit import rtc
from livekit.agents.voice import io

from agent.audiocodes.counts import Counts
from agent.audiocodes.latency import PathLatency

_WAITING = 50
"""Chunks that may wait: one second. The session takes them as they come, so none waits long."""
_GAP_S = 0.2
_SILENCE_S = 2.0
_FRAME_S = 0.02


class CallerStream(io.AudioInput):
    """A stream of frames at `rate` (Hz), one for each chunk that comes.

    When no more comes (the caller is withheld, or the network is cut) two seconds of silence
    follow, so that a turn that was open is closed and answered; then the stream rests.
    """

    def __init__(self, rate: int, latency: PathLatency, counts: Counts) -> None:
        super().__init__(label="AudioCodes caller")
        self._rate, self._latency, self._counts = rate, latency, counts
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._arrived = asyncio.Event()
        self._silence_left_s = self._silence_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def push(self, pcm: bytes, received_at: float) -> None:
        """Audio of one chunk, and when it came in (time of `latency`)."""
        if not pcm:
            return
        if len(self._waiting) == _WAITING:
            self._waiting.popleft()
            self._counts.chunks_dropped += 1
        self._waiting.append((received_at, pcm))
        self._silence_left_s = _SILENCE_S
        self._silence_at = asyncio.get_running_loop().time() + _GAP_S
        self._arrived.set()

    @property
    def waiting(self) -> int:
        """Chunks that the session has not taken."""
        return len(self._waiting)

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._arrived.set()

    async def __anext__(self) -> rtc.AudioFrame:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            if not await self._wait():
                return self._frame(bytes(2 * int(self._rate * _FRAME_S)))
        received_at, pcm = self._waiting.popleft()
        self._latency.since(received_at, "caller audio")
        return self._frame(pcm)

    async def _wait(self) -> bool:
        """Wait for more; False when silence is due instead."""
        self._arrived.clear()
        if self._timer is None and self._silence_left_s > 0.0:
            self._look_at(self._silence_at)
        await self._arrived.wait()
        if self._waiting or self._closed:
            return True
        self._silence_left_s -= _FRAME_S
        self._silence_at = asyncio.get_running_loop().time() + _FRAME_S
        return False

    def _look_at(self, moment: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(moment, self._look)

    def _look(self) -> None:
        """Whether silence is due: one timer for many chunks, as one for each is dear."""
        self._timer = None
        if asyncio.get_running_loop().time() < self._silence_at:
            self._look_at(self._silence_at)
        else:
            self._arrived.set()

    def _frame(self, pcm: bytes) -> rtc.AudioFrame:
        return rtc.AudioFrame(pcm, self._rate, 1, len(pcm) // 2)
