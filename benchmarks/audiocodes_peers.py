"""Both neighbours of an AudioCodes bridge: callers on one side, OpenAI on the other, one clock.

Every 20 ms of audio carries its number and that of its call in its first two samples, at 24 kHz so
that nobody resamples it. What comes out of the bridge is compared with when it went in.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import numpy as np
from aiohttp import web

CHUNK_S = 0.02
_SIZE = 960
_NOISE = np.random.default_rng(1).normal(0.0, 1500.0, _SIZE // 2 - 2).astype("<i2").tobytes()
"""As loud as speech: what LiveKit does with audio that is not silent costs CPU, too."""


def numbered(call: int, number: int) -> bytes:
    """20 ms of noise that says which they are."""
    return struct.pack("<2h", number, call) + _NOISE


@dataclass(slots=True)
class Passage:
    """One direction: when each chunk went in, and how long each took; order and losses."""

    sent_at: dict[tuple[int, int], float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    reordered: int = 0
    measuring: bool = False
    _last: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def enters(self, call: int, number: int) -> bytes:
        """The audio of a chunk that goes in now."""
        self.sent_at[call, number] = time.perf_counter()
        return numbered(call, number)

    def leaves(self, audio: bytes) -> None:
        """Audio that came out: one chunk or several."""
        now = time.perf_counter()
        for at in range(0, len(audio) - _SIZE + 1, _SIZE):
            number, call = struct.unpack_from("<2h", audio, at)
            sent_at = self.sent_at.pop((call, number), None)
            if sent_at is None:
                continue
            self.reordered += number < self._last[call]
            self._last[call] = number
            if self.measuring:
                self.seconds.append(now - sent_at)


@dataclass(slots=True)
class Peers:
    """Callers and OpenAI, and what they saw of the bridge between them."""

    to_openai: Passage = field(default_factory=Passage)
    to_caller: Passage = field(default_factory=Passage)
    deflate: bool = False
    """Callers offer to compress each message."""
    behind_s: float = 0.0
    """How far these peers fell behind in sending: what they measure is blurred by it."""
    _answers: int = 0

    async def openai(self, request: web.Request) -> web.WebSocketResponse:
        """A Realtime server that answers the first request with speech without end."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=2**22)
        await socket.prepare(request)
        tasks: list[asyncio.Task[None]] = []
        async for frame in socket:
            event = json.loads(frame.data)
            kind = event["type"]
            if kind == "input_audio_buffer.append":
                self.to_openai.leaves(base64.b64decode(event["audio"]))
            elif kind == "conversation.item.create":
                added = {"type": "conversation.item.added", "item": event["item"]}
                await socket.send_str(json.dumps(added | {"previous_item_id": None}))
            elif kind == "response.create" and not tasks:
                call, self._answers = self._answers, self._answers + 1
                metadata = (event.get("response") or {}).get("metadata")
                tasks.append(asyncio.ensure_future(self._speak(socket, call, metadata)))
        for task in tasks:
            task.cancel()
        return socket

    async def _speak(self, socket: web.WebSocketResponse, call: int, metadata: Any) -> None:
        where = {"response_id": f"r{call}", "item_id": f"i{call}", "output_index": 0}
        item: dict[str, Any] = {"id": f"i{call}", "object": "realtime.item", "type": "message"}
        item |= {"role": "assistant", "status": "in_progress", "content": []}
        response: dict[str, Any] = {
            "object": "realtime.response",
            "id": f"r{call}",
            "status": "in_progress",
        }
        response |= {"output": [], "output_modalities": ["audio"], "metadata": metadata}
        part = {"type": "audio", "transcript": ""}
        for event in (
            {"type": "response.created", "response": response},
            {"type": "response.output_item.added", **where, "item": item},
            {"type": "conversation.item.added", "previous_item_id": None, "item": item},
            {"type": "response.content_part.added", **where, "content_index": 0, "part": part},
        ):
            await socket.send_str(json.dumps(event))
        delta = {"type": "response.output_audio.delta", **where, "content_index": 0}
        async for number in self._ticks():
            sound = base64.b64encode(self.to_caller.enters(call, number)).decode()
            await socket.send_str(json.dumps({**delta, "delta": sound}))

    async def call(self, http: aiohttp.ClientSession, url: str, number: int) -> None:
        """One caller: talks without end and listens."""
        async with http.ws_connect(url, max_msg_size=2**22, compress=15 * self.deflate) as socket:
            first = {"type": "session.initiate", "conversationId": f"call-{number}"}
            await socket.send_json({**first, "supportedMediaFormats": ["raw/lpcm16_24"]})
            while (await socket.receive_json())["type"] != "session.accepted":
                pass
            await socket.send_json({"type": "userStream.start", "conversationId": f"call-{number}"})
            talk = asyncio.ensure_future(self._talk(socket, number))
            try:
                async for frame in socket:
                    message = json.loads(frame.data)
                    if message["type"] == "playStream.chunk":
                        self.to_caller.leaves(base64.b64decode(message["audioChunk"]))
            finally:
                talk.cancel()

    async def _talk(self, socket: aiohttp.ClientWebSocketResponse, call: int) -> None:
        head = {"type": "userStream.chunk", "conversationId": f"call-{call}"}
        async for number in self._ticks():
            sound = base64.b64encode(self.to_openai.enters(call, number)).decode()
            await socket.send_str(json.dumps({**head, "audioChunk": sound}))

    async def _ticks(self) -> Any:
        """Numbers from 1 on, at the speed of speech."""
        began = time.perf_counter()
        for number in range(1, 30_000):
            due = began + number * CHUNK_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self.behind_s = max(self.behind_s, time.perf_counter() - due)
            yield number
