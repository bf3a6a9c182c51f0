"""What the agent says, as the audio output of a LiveKit session: paced, stoppable, resumable.

Chunks go out at the speed of speech, `lead_s` ahead of it at most. So when the caller interrupts
it hardly matters whether VoiceAI Connect cuts what it holds or plays it (its documentation does not
say), and how much was heard is known. A stream is closed only when it has been played: whether
`playStream.stop` would cut its end is not known either.

A cut of the socket, and a pause, stop the clock. What was sent and cannot have been played is sent
again in a new stream.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque

from livekit import rtc
from livekit.agents.voice import io

from agent.audiocodes import messages
from agent.audiocodes.counts import Counts
from agent.audiocodes.latency import PathLatency
from agent.audiocodes.media import Encoder, MediaFormat, silence
from agent.audiocodes.segment import Segment
from agent.audiocodes.socket import Socket

RATE = 24_000
"""What the models give, Hz."""
_MOST_S = 120.0
"""Speech that may wait to be played; the model is made to wait beyond it."""


class AgentAudio(io.AudioOutput):
    """Sends what the session says to the socket that is attached; `run` does the sending.

    `drains`: what was sent before a stop is played all the same, so it counts as heard.
    """

    def __init__(
        self,
        media: MediaFormat,
        lead_s: float,
        chunk_s: float,
        latency: PathLatency,
        counts: Counts,
        *,
        drains: bool = False,
    ) -> None:
        super().__init__(
            label="AudioCodes agent",
            capabilities=io.AudioOutputCapabilities(pause=True),
            sample_rate=RATE,
        )
        self._media, self._lead_s, self._chunk_s = media, lead_s, chunk_s
        self._chunk_size = int(media.rate * chunk_s) * media.width
        self._latency, self._counts, self._drains = latency, counts, drains
        self._encoder = Encoder(media, RATE)
        self._pending = b""
        self._segments: deque[Segment] = deque()
        self._socket: Socket | None = None
        self._paused = self._over = False
        self._changed = asyncio.Event()
        self._numbers = itertools.count()

    def attach(self, socket: Socket) -> None:
        """The caller can hear us on this socket from now on."""
        self._socket = socket
        self._changed.set()

    def detach(self) -> None:
        """The caller hears nothing any more."""
        self._hold()
        self._socket = None

    def end(self) -> None:
        """Nobody will hear us again: what is said from now on, and what waits, ends at once. The
        session waits for the end of each answer before it closes, also of one begun meanwhile."""
        self._over = True
        self.clear_buffer()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take speech, which may come faster than it is spoken."""
        await super().capture_frame(frame)
        if not self._segments or self._segments[-1].complete:
            self._segments.append(Segment(self._chunk_s, cut=self._over))
            self._encoder, self._pending = Encoder(self._media, RATE), b""
        segment = self._segments[-1]
        if segment.cut:
            return
        segment.pushed_s += frame.duration
        data = self._pending + self._encoder.encode(frame.data)
        whole = len(data) - len(data) % self._chunk_size
        now, starved = self._latency.now(), segment.all_sent
        for at in range(0, whole, self._chunk_size):
            segment.chunks.append((now, data[at : at + self._chunk_size]))
        self._pending = data[whole:]
        if starved:  # else the sender waits until a chunk is due
            self._changed.set()
        while segment.waiting_s > _MOST_S and not segment.cut:
            await asyncio.sleep(1.0)

    def flush(self) -> None:
        """The answer is complete; it ends when it has been played."""
        super().flush()
        if not self._segments or self._segments[-1].complete:
            return
        segment = self._segments[-1]
        segment.complete = True
        if segment.cut:
            self._finish(segment)
        elif self._pending:
            rest = silence(self._media, self._chunk_size - len(self._pending))
            segment.chunks.append((self._latency.now(), self._pending + rest))
        self._changed.set()

    def clear_buffer(self) -> None:
        """Throw away what has not been played: the caller interrupted."""
        self._hold()
        for segment in list(self._segments):
            segment.cut = True
            if segment.complete:  # else it ends with its flush, as in a room
                self._finish(segment)

    def pause(self) -> None:
        """Fall silent; `resume` continues at what was heard last."""
        super().pause()
        self._paused = True
        self._hold()

    def resume(self) -> None:
        """Continue."""
        super().resume()
        self._paused = False
        self._changed.set()

    def _hold(self) -> None:
        if self._segments:
            self._segments[0].hold(self._latency.now())
        self._changed.set()

    def _finish(self, segment: Segment) -> None:
        self._segments.remove(segment)
        heard_s = segment.sent_s if self._drains else segment.played_s(self._latency.now())
        self.on_playback_finished(playback_position=heard_s, interrupted=segment.cut)

    async def run(self) -> None:
        """Play answer after answer, until cancelled."""
        while True:
            segment = self._segments[0] if self._segments else None
            if segment is None or self._socket is None or self._paused or not segment.playable:
                await self._change()
                continue
            await self._try(segment, self._socket)

    async def _try(self, segment: Segment, socket: Socket) -> None:
        """Play; a socket that is gone is not tried again."""
        try:
            await self._play(segment, socket)
        except ConnectionError:
            if socket is self._socket:
                self.detach()

    async def _play(self, segment: Segment, socket: Socket) -> None:
        """One stream: opened, filled and, whatever happens, closed."""
        stream_id = f"play-{next(self._numbers)}"
        opened = {"streamId": stream_id, "mediaFormat": self._media.name}
        segment.start(self._latency.now())
        await socket.send(messages.message("playStream.start", **opened))
        await self._send_chunks(segment, socket, stream_id)
        await socket.send(messages.message("playStream.stop", streamId=stream_id))
        if not segment.cut and segment.complete and segment.all_sent:
            self._finish(segment)

    async def _send_chunks(self, segment: Segment, socket: Socket, stream_id: str) -> None:
        """Return when everything has been played or the clock was stopped."""
        while segment.running and socket is self._socket:
            now = self._latency.now()
            if not segment.all_sent:
                wait_s = segment.due(self._lead_s) - now
                if wait_s <= 0.0:
                    await self._send_chunk(segment, socket, stream_id)
                    continue
            elif not segment.complete:
                await self._change()
                continue
            else:
                wait_s = segment.ends_at - now
                if wait_s <= 0.0:
                    return
            await self._change(wait_s)

    async def _send_chunk(self, segment: Segment, socket: Socket, stream_id: str) -> None:
        due = segment.due(self._lead_s)
        self._counts.underruns += segment.catch_up(self._latency.now())
        captured_at, audio = segment.take()
        await socket.send(messages.chunk(stream_id, audio))
        self._latency.since(max(due, captured_at), "agent audio")
        if not segment.heard:
            segment.heard = True
            self.on_playback_started(created_at=time.time())

    async def _change(self, longest_s: float | None = None) -> None:
        """Wait until something changed, so many seconds at most."""
        self._changed.clear()
        if longest_s is None:
            await self._changed.wait()
            return
        timer = asyncio.get_running_loop().call_later(longest_s, self._changed.set)
        try:
            await self._changed.wait()
        finally:
            timer.cancel()
