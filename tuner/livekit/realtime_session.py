"""A connection to OpenAI that spends little on audio: LiveKit's, but for what each chunk takes.

LiveKit makes a pydantic model of each piece of audio, on its way in and on its way out: one of the
largest costs of a call of the AudioCodes bridge. Everything that is not audio goes LiveKit's way.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import msgspec
from livekit import rtc
from livekit.agents.utils.audio import AudioByteStream
from livekit.plugins import openai

SAMPLE_RATE = 24_000
"""Hz; the only one that the Realtime API takes as PCM."""
_AUDIO = "response.output_audio.delta"
_QUOTED = f'"{_AUDIO}"'


class RealtimeSession(openai.realtime.RealtimeSession):
    """LiveKit's connection; `append_ms` of the caller's audio make one message to OpenAI."""

    def __init__(
        self, model: openai.realtime.RealtimeModel, *, append_ms: int, **options: Any
    ) -> None:
        super().__init__(model, **options)
        samples = SAMPLE_RATE * append_ms // 1000
        self._bstream = AudioByteStream(SAMPLE_RATE, 1, samples_per_channel=samples)

    async def _create_ws_conn(self) -> aiohttp.ClientWebSocketResponse:
        socket = await super()._create_ws_conn()
        return cast("aiohttp.ClientWebSocketResponse", _Socket(socket, self._take))

    def _append_audio(self, frames: list[rtc.AudioFrame]) -> None:
        for frame in frames:
            audio = binascii.b2a_base64(frame.data, newline=False).decode("ascii")
            self.send_event({"type": "input_audio_buffer.append", "audio": audio})
            self._pushed_duration_s += frame.duration

    def _take(self, text: str) -> bool:
        """Deal with a message if it is a piece of the answer; False leaves it to LiveKit."""
        if _QUOTED not in text or self._closing:
            return False
        try:
            event = msgspec.json.decode(text)
            if event["type"] != _AUDIO:
                return False
            self._handle_response_audio_delta(cast("Any", SimpleNamespace(**event)))
        except Exception:
            return False  # LiveKit fails in the same way, and logs it
        self.emit("openai_server_event_received", event)
        return True


class _Socket:
    """What LiveKit uses of a WebSocket; messages that `take` deals with are not received."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, take: Callable[[str], bool]
    ) -> None:
        self._socket, self._take = socket, take
        self.send_str, self.close = socket.send_str, socket.close

    async def receive(self) -> aiohttp.WSMessage:
        """The next message for LiveKit."""
        while True:
            message = await self._socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT or not self._take(message.data):
                return message
