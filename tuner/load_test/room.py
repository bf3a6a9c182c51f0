"""A caller where there is no SIP server: a participant who has all that one would give it.

Kind, attributes and dispatch are those of a call that came over our trunk and rule; SIP, ringing
and the telephone's sound are not in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
from livekit import api, rtc

from tuner.bench.callers.sounds import SAMPLE_RATE, Samples
from tuner.livekit.monitoring.connection_quality import read
from tuner.load_test.caller import Ear, sentences, until

FRAME = SAMPLE_RATE // 50
ATTRIBUTES = {"X-App-CallSid": "app.callSid", "X-App-Profile": "app.profile"}
"""What the trunk makes of the headers of our TwiML."""
METADATA, ROOM_PREFIX = '{"phone": true}', "call-"
"""What the dispatch rule gives to the job, and how it names rooms."""


class NoAgentError(Exception):
    """No agent came into the room."""


@dataclass(frozen=True, slots=True)
class LiveKitSide:
    """A LiveKit server, and the name that its agent is called by."""

    url: str
    key: str
    secret: str
    agent_name: str

    def token(self, room: str, headers: dict[str, str]) -> str:
        """A caller's way into a room of its own, with the agent asked for."""
        attributes = {ATTRIBUTES[name]: headers[name] for name in ATTRIBUTES if name in headers}
        agent = api.RoomAgentDispatch(agent_name=self.agent_name, metadata=METADATA)
        token = api.AccessToken(self.key, self.secret).with_kind("sip").with_identity("caller")
        token = token.with_attributes(attributes)
        token = token.with_grants(api.VideoGrants(room_join=True, room=room))
        return token.with_room_config(api.RoomConfiguration(agents=[agent])).to_jwt()


class RoomLine:
    """A `VoiceLine` in a room."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.room = rtc.Room()
        self.answered = asyncio.Event()
        self._gone = False
        self._source = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=100)
        self._waiting = np.zeros(0, np.int16)
        self._tasks: list[asyncio.Task[None]] = []
        self._track: rtc.Track | None = None

    async def join(self, url: str, token: str) -> None:
        """Come in with an open microphone; `answered` is set when the agent has a voice."""
        self.room.on("track_subscribed", self._on_track)
        self.room.on("disconnected", self._on_end)
        await self.room.connect(url, token)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        self._tasks.append(asyncio.create_task(self._speak()))

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._track = track
            self._tasks.append(asyncio.create_task(self._listen(track)))
            self.answered.set()

    def _on_end(self, *_: object) -> None:
        self._gone = True

    @property
    def ended(self) -> bool:
        """See `VoiceLine`."""
        return self._gone or (self.answered.is_set() and not self.room.remote_participants)

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track)
        async for event in stream:
            self.ear.hear(np.frombuffer(event.frame.data, np.int16))
        await stream.aclose()

    async def _speak(self) -> None:
        """A frame every 20 ms by the clock, so that nothing waits in LiveKit's own queue."""
        due = time.monotonic()
        while True:
            frame, self._waiting = self._waiting[:FRAME], self._waiting[FRAME:]
            samples = np.zeros(FRAME, np.int16)
            samples[: len(frame)] = frame
            audio = rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE, 1, FRAME)
            await self._source.capture_frame(audio)
            due = max(due + FRAME / SAMPLE_RATE, time.monotonic() - 1.0)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def say(self, sentence: int) -> float:
        """See `VoiceLine`."""
        said: Samples = sentences(SAMPLE_RATE)[sentence]
        self._waiting = said
        await until(lambda: not len(self._waiting) or self.ended, len(said) / SAMPLE_RATE + 5.0)
        return time.monotonic()

    async def hang_up(self) -> tuple[int, int]:
        """See `VoiceLine`."""
        sample = None
        if self._track is not None and self.room.isconnected():
            sample = read(await self._track.get_stats())
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._source.aclose()
        return (sample.packets, sample.lost) if sample else (0, 0)


@asynccontextmanager
async def room_line(
    side: LiveKitSide, call: str, headers: dict[str, str], ring_s: float
) -> AsyncIterator[RoomLine]:
    """A line on which the agent has answered.

    Raises:
        NoAgentError: it did not, within `ring_s`.
        rtc.ConnectError: LiveKit did not let the caller in.
    """
    line = RoomLine()
    try:
        await line.join(side.url, side.token(f"{ROOM_PREFIX}{call}", headers))
        async with asyncio.timeout(ring_s):
            await line.answered.wait()
        yield line
    except TimeoutError:
        raise NoAgentError(f"no agent within {ring_s:g} s") from None
    finally:
        await line.hang_up()
