"""The agent's end of a call without a room: plays its speech at real time, keeps what was heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from livekit import rtc
from livekit.agents.voice import io

from tuner.bench.callers.sounds import SAMPLE_RATE, Samples

_TICK_S = 0.02


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
        """Go on from where it was held.

        That counts from now on, and not from the next tick: by then it may have been cut or held
        again, and the agent has noted that it went on.
        """
        super().resume()
        self._paused = False
        segment = self._segment
        if segment is not None and segment.held and not segment.cut:
            segment.held = False
            self._note("go_on")
            self._tell(True)

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
        self._on_played(np.frombuffer(bytes(segment.samples[first:last]), dtype=np.int16))

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
