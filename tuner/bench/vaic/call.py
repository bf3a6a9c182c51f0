"""One call as VoiceAI Connect makes it: speech out in real time, the bot's answers in.

The caller speaks, listens until the answer has ended, and speaks again. Everything that breaks the
protocol is kept in `errors`. Times are seconds of one clock that never jumps.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from tuner.bench.vaic import wire

CHUNK_S = 0.02
_PATIENCE_S = 10.0


@dataclass(slots=True)
class Stream:
    """One answer of the bot: a play stream, its audio and when each chunk came."""

    stream_id: str
    media: str
    started_at: float
    chunks_at: list[float] = field(default_factory=list)
    sound: bytearray = field(default_factory=bytearray)
    stopped_at: float | None = None


@dataclass(slots=True)
class HeardAudio:
    """What a call has seen so far."""

    media: str = ""
    streams: list[Stream] = field(default_factory=list)
    spoken_until: list[float] = field(default_factory=list)
    """When the last sample of each speech of the caller was sent."""
    errors: Counter[str] = field(default_factory=Counter)
    events: list[tuple[float, str]] = field(default_factory=list)
    """Time and type of everything but audio."""
    chunks_sent: int = 0
    late_s: float = 0.0
    """How far this program itself fell behind in sending."""
    refused: str = ""
    hung_up: bool = False


class VaicCall:
    """A call over one socket at a time; `reconnect` continues it on another."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        conversation_id: str,
        *,
        token: str = "",
        formats: tuple[str, ...] = tuple(wire.FORMATS),
    ) -> None:
        self.heard = HeardAudio()
        self._http, self._url, self._id = http, url, conversation_id
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._formats = list(formats)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._line: asyncio.Task[None] | None = None
        self._speech: bytes = b""
        self._at = 0

    @property
    def rate(self) -> int:
        """Sample rate (Hz) that the bot chose for the caller."""
        return wire.FORMATS.get(self.heard.media, (24_000, 2))[0]

    async def dial(self) -> None:
        """Connect and go through the start of a call; the line is open afterwards.

        Raises:
            ConnectionError: refused, or no answer.
        """
        await self._connect(wire.initiate(self._id, self._formats))
        await self._send(wire.start_activity(self._id))
        await self._open_line()

    async def reconnect(self) -> None:
        """Continue the call on a new socket.

        Raises:
            ConnectionError: refused, or no answer.
        """
        await self._connect(wire.of(self._id, "session.resume"))
        await self._open_line()

    async def cut(self) -> None:
        """Lose the socket without a word, as a broken network does."""
        await self._stop_line()
        if self._socket is not None and (transport := self._socket._writer.transport) is not None:
            transport.abort()
        await self._stop_reading()

    async def hang_up(self) -> None:
        """End the call as the caller does."""
        await self._stop_line()
        if self._socket is not None and not self._socket.closed:
            fields = {"reasonCode": "client-disconnected", "reason": "the caller hung up"}
            with contextlib.suppress(ConnectionError):
                await self._send(wire.of(self._id, "session.end", **fields))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wait_for_end(), _PATIENCE_S)
            await self._socket.close()
        await self._stop_reading()

    async def press(self, digits: str) -> None:
        """Press keys."""
        event = {"type": "event", "name": "DTMF", "value": digits}
        await self._send(wire.of(self._id, "activities", activities=[event]))

    async def say(self, pcm: bytes) -> float:
        """Speak (16-bit audio at `rate`); returns when the last sample was sent, with that time."""
        self._speech, self._at = pcm, 0
        count = len(self.heard.spoken_until)
        await self.until(lambda: len(self.heard.spoken_until) > count, len(pcm) / 2 / self.rate + 5)
        return self.heard.spoken_until[-1]

    async def until(self, happened: Callable[[], bool], limit_s: float = _PATIENCE_S) -> bool:
        """Wait until something has happened; False when it does not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while not happened():
                    self._news.clear()
                    await self._news.wait()
                return True
        return False

    async def send_raw(self, text: str) -> None:
        """Send any text, for bad input."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def _connect(self, first: wire.Message) -> None:
        try:
            self._socket = await self._http.ws_connect(
                self._url, headers=self._headers, max_msg_size=2**22
            )
        except aiohttp.ClientError as error:
            raise ConnectionError(f"no WebSocket at this address: {_why(error)}") from None
        self.heard.media, self.heard.refused = "", ""
        self._reader = asyncio.ensure_future(self._read(self._socket))
        await self._send(first)
        answered = await self.until(lambda: bool(self.heard.media or self.heard.refused))
        if not answered or self.heard.refused:
            raise ConnectionError(self.heard.refused or "no session.accepted within 10 s")

    async def _open_line(self) -> None:
        count = self._count("userStream.started")
        await self._send(wire.of(self._id, "userStream.start"))
        if not await self.until(lambda: self._count("userStream.started") > count):
            raise ConnectionError("no userStream.started within 10 s")
        self._line = asyncio.ensure_future(self._talk())

    def _count(self, kind: str) -> int:
        return sum(seen == kind for _, seen in self.heard.events)

    async def _talk(self) -> None:
        """Send a chunk every 20 ms: speech if there is any, else silence."""
        size = int(self.rate * CHUNK_S) * 2
        began, sent = time.monotonic(), 0
        while True:
            await asyncio.sleep(max(0.0, began + sent * CHUNK_S - time.monotonic()))
            self.heard.late_s = max(self.heard.late_s, time.monotonic() - began - sent * CHUNK_S)
            await self.send_raw(wire.audio(self._id, self._next(size)))
            sent += 1
            self.heard.chunks_sent += 1

    def _next(self, size: int) -> bytes:
        piece = self._speech[self._at : self._at + size]
        self._at += size
        if piece and self._at >= len(self._speech):
            self.heard.spoken_until.append(time.monotonic())
            self._news.set()
        return piece.ljust(size, b"\0")

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            try:
                self._take(wire.read(frame.data), time.monotonic())
            except (ValueError, KeyError, TypeError):
                self.heard.errors["a message that cannot be read"] += 1
            self._news.set()
        self.heard.hung_up = self.heard.hung_up or socket.close_code == 1000
        self._news.set()

    def _take(self, message: wire.Message, at: float) -> None:
        kind = message["type"]
        if kind == "playStream.chunk":
            self._play(message, at)
            return
        self.heard.events.append((at, kind))
        if kind == "session.accepted":
            self._accepted(message["mediaFormat"])
        elif kind == "session.error":
            self.heard.refused = str(message["reason"])
        elif kind == "playStream.start":
            self._started(message, at)
        elif kind == "playStream.stop":
            self._stopped(message, at)
        elif kind == "activities":
            names = [activity["name"] for activity in message["activities"]]
            self.heard.events += [(at, f"activity {name}") for name in names]

    def _accepted(self, media: str) -> None:
        self.heard.media = media
        if media not in self._formats:
            self.heard.errors["a format that was not offered"] += 1

    def _started(self, message: wire.Message, at: float) -> None:
        if self._playing is not None:
            self.heard.errors["a second stream while one is open"] += 1
        known = {stream.stream_id for stream in self.heard.streams}
        if message["streamId"] in known:
            self.heard.errors["a stream id that was used before"] += 1
        self.heard.streams.append(Stream(message["streamId"], message["mediaFormat"], at))

    def _stopped(self, message: wire.Message, at: float) -> None:
        playing = self._playing
        if playing is None or playing.stream_id != message["streamId"]:
            self.heard.errors["a stop of a stream that is not open"] += 1
        else:
            playing.stopped_at = at

    def _play(self, message: wire.Message, at: float) -> None:
        playing = self._playing
        if playing is None or playing.stream_id != message["streamId"]:
            self.heard.errors["a chunk outside of its stream"] += 1
            return
        playing.sound += wire.sound_of(message)
        playing.chunks_at.append(at)

    @property
    def _playing(self) -> Stream | None:
        last = self.heard.streams[-1] if self.heard.streams else None
        return last if last is not None and last.stopped_at is None else None

    async def _send(self, message: wire.Message) -> None:
        await self.send_raw(json.dumps(message))

    async def _wait_for_end(self) -> None:
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def _stop_line(self) -> None:
        if self._line is not None:
            self._line.cancel()
            await asyncio.wait([self._line])

    async def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        for stream in self.heard.streams:
            stream.stopped_at = stream.stopped_at or time.monotonic()


def _why(error: Exception) -> str:
    status = getattr(error, "status", None)
    return f"HTTP {status}" if status else type(error).__name__
