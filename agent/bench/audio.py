"""The two ends of a call without a room: the caller's microphone and the agent's speaker.

Both run at the speed of real time. The microphone mixes sounds into a stream at the moment
they are placed; the speaker plays what the agent says, can be paused, and knows when it was
audible. Audio is 16-bit mono PCM at 24 kHz.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer

SAMPLE_RATE = 24_000
FRAME_S = 0.05  # what LiveKit's room input delivers
_FRAME = int(SAMPLE_RATE * FRAME_S)
_TICK_S = 0.02

Samples = npt.NDArray[np.int16]


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


def _samples(pcm: bytes | bytearray) -> Samples:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype=np.int16)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One stretch of agent speech as it was heard; epoch seconds.

    `played_s` is the audio that was audible, `paused_s` the time it was held in between,
    `interrupted` whether the rest was thrown away.
    """

    started_at: float
    ended_at: float
    played_s: float
    paused_s: float
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to the agent's sound at an epoch time (s).

    `what` is "start" (a reply becomes audible), "hold" (it falls silent, to be gone on with),
    "go_on" (it does), "cut" (the rest is thrown away) or "end" (it was played to its end).
    """

    at: float
    what: str


@dataclass(slots=True)
class _Segment:
    """The segment that is being played."""

    samples: bytearray = field(default_factory=bytearray)
    held: bool = False
    pushed_s: float = 0.0
    played_s: float = 0.0
    paused_s: float = 0.0
    started_at: float | None = None
    flushed: bool = False
    cut: bool = False


class AgentSpeaker(io.AudioOutput):
    """Plays the agent's audio at real time into nothing, and keeps when it was audible.

    Call `start` inside the event loop before the session and `aclose` after it. `on_audible`
    is called with True when the agent becomes audible and with False when it falls silent;
    `on_played`, for an echo, with the samples of every moment that was heard.
    """

    def __init__(
        self,
        *,
        can_pause: bool = True,
        on_audible: Callable[[bool], None] | None = None,
        on_played: Callable[[Samples], object] | None = None,
    ) -> None:
        super().__init__(
            label="bench speaker",
            capabilities=io.AudioOutputCapabilities(pause=can_pause),
            sample_rate=SAMPLE_RATE,
        )
        self.spoken: list[Spoken] = []
        self.moments: list[Moment] = []
        self.audible = False
        self._on_audible = on_audible
        self._on_played = on_played
        self._segment: _Segment | None = None
        self._paused = False
        self._player: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to play; needs a running event loop."""
        self._player = asyncio.get_running_loop().create_task(self._play())

    async def aclose(self) -> None:
        """Stop playing."""
        if self._player is not None:
            self._player.cancel()
            await asyncio.wait([self._player])

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take audio, faster than real time if need be."""
        while self._segment is not None and self._segment.flushed:
            await asyncio.sleep(_TICK_S)  # the segment before this one is still playing
        await super().capture_frame(frame)
        if self._segment is None:
            self._segment = _Segment()
        self._segment.pushed_s += frame.duration
        if self._on_played is not None:
            self._segment.samples += bytes(frame.data)

    def flush(self) -> None:
        """Mark the segment as complete; it finishes when it has been played."""
        super().flush()
        if self._segment is None:
            return
        self._segment.flushed = True
        if self._segment.cut:
            self._finish(self._segment, interrupted=True)

    def clear_buffer(self) -> None:
        """Throw away what has not been played: the agent was interrupted."""
        if self._segment is None:
            return
        if self._segment.started_at is not None and not self._segment.cut:
            self._note("cut")
        self._segment.cut = True
        self._tell(False)
        if self._segment.flushed:  # else the segment ends with its flush, as in a room
            self._finish(self._segment, interrupted=True)

    def pause(self) -> None:
        """Hold the audio where it is."""
        super().pause()
        self._paused = True
        if self.audible and self._segment is not None:
            self._segment.held = True
            self._note("hold")
        self._tell(False)

    def resume(self) -> None:
        """Go on from where it was held."""
        super().resume()
        self._paused = False

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        while True:
            await asyncio.sleep(_TICK_S)
            now = loop.time()
            self._advance(now - before)
            before = now

    def _advance(self, passed_s: float) -> None:
        segment = self._segment
        if segment is None or segment.cut:
            return
        if self._paused:
            segment.paused_s += passed_s if segment.started_at is not None else 0.0
            return
        if segment.started_at is None:
            if segment.pushed_s <= 0.0:
                return
            segment.started_at = time.time()
            self._note("start")
            self.on_playback_started(created_at=segment.started_at)
        if segment.held:
            segment.held = False
            self._note("go_on")
        before_s = segment.played_s
        segment.played_s = min(segment.pushed_s, before_s + passed_s)
        self._echo(segment, before_s)
        drained = segment.played_s >= segment.pushed_s
        self._tell(not drained)
        if drained and segment.flushed:
            self._note("end")
            self._finish(segment, interrupted=False)

    def _note(self, what: str) -> None:
        self.moments.append(Moment(time.time(), what))

    def _echo(self, segment: _Segment, before_s: float) -> None:
        if self._on_played is None:
            return
        first, last = (int(s * SAMPLE_RATE) * 2 for s in (before_s, segment.played_s))
        self._on_played(_samples(segment.samples[first:last]))

    def _finish(self, segment: _Segment, *, interrupted: bool) -> None:
        self._segment = None
        self._tell(False)
        now = time.time()
        if segment.started_at is not None:
            heard = Spoken(segment.started_at, now, segment.played_s, segment.paused_s, interrupted)
            self.spoken.append(heard)
        self.on_playback_finished(playback_position=segment.played_s, interrupted=interrupted)

    def _tell(self, audible: bool) -> None:
        if audible == self.audible:
            return
        self.audible = audible
        if self._on_audible is not None:
            self._on_audible(audible)


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
    session: AgentSession[Any],
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
