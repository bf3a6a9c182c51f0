"""Our connection to OpenAI beside LiveKit's own: the same out of the same, and what is spared."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("livekit.plugins.openai")

import aiohttp
from aiohttp import web
from livekit import rtc
from livekit.plugins import openai

from tuner.livekit.realtime_session import RealtimeSession

SOUND = b"\1\0\2\0" * 240
WHERE = {"response_id": "r1", "item_id": "i1", "output_index": 0, "content_index": 0}
AUDIO = {"type": "response.output_audio.delta", **WHERE}
WORDS = {"type": "response.output_audio_transcript.delta", **WHERE}
ITEM = {"id": "i1", "object": "realtime.item", "type": "message", "role": "assistant"}
RESPONSE = {"id": "r1", "object": "realtime.response", "status": "in_progress", "output": []}
EVENTS: list[Any] = [
    {"type": "response.created", "response": RESPONSE},
    {"type": "response.output_item.added", **WHERE, "item": {**ITEM, "content": []}},
    {"type": "response.content_part.added", **WHERE, "part": {"type": "audio"}},
    {**AUDIO, "delta": base64.b64encode(SOUND).decode(), "event_id": "e1"},
    {**WORDS, "delta": 'say: "response.output_audio.delta"'},
    {**AUDIO, "delta": "a"},
    {**AUDIO, "item_id": "unknown", "delta": ""},
    {**AUDIO, "delta": base64.b64encode(SOUND[::-1]).decode()},
    {"type": "response.done", "response": {**RESPONSE, "status": "completed"}},
]


class Server:
    """Sends EVENTS once the caller's audio has come; keeps what came."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            event = json.loads(frame.data)
            event.pop("event_id", None)
            self.received.append(event)
            if event["type"] == "input_audio_buffer.append":
                for made in EVENTS:
                    await socket.send_str(json.dumps(made))
        return socket


@asynccontextmanager
async def model(server: Server) -> AsyncIterator[openai.realtime.RealtimeModel]:
    app = web.Application()
    app.add_routes([web.get("/v1/realtime", server.serve)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    async with aiohttp.ClientSession() as http:
        yield openai.realtime.RealtimeModel(api_key="sk-none", base_url=url, http_session=http)
    await runner.cleanup()


async def held(ours: bool) -> tuple[list[Any], list[bytes], list[str], list[Any]]:
    """Raw events, sound, words and what the server received, of one conversation."""
    server = Server()
    raw: list[Any] = []
    answers: asyncio.Queue[Any] = asyncio.Queue()
    async with model(server) as made:
        session = RealtimeSession(made, append_ms=100) if ours else made.session()
        session.on("openai_server_event_received", raw.append)
        session.on("generation_created", answers.put_nowait)
        session.push_audio(rtc.AudioFrame(SOUND * 5, 24_000, 1, 2400))
        answer = await asyncio.wait_for(answers.get(), 10.0)
        message = await anext(aiter(answer.message_stream))
        sound = [bytes(frame.data) async for frame in message.audio_stream]
        words = [str(word) async for word in message.text_stream]
        await session.aclose()
    return raw, sound, words, server.received


@pytest.mark.asyncio
async def test_all_that_passes_is_the_same_as_with_livekits_own() -> None:
    ours, theirs = await held(ours=True), await held(ours=False)
    assert ours == theirs
    raw, sound, words, received = ours
    assert len(raw) == len(EVENTS)
    assert sound == [SOUND, SOUND[::-1]]
    assert words == [EVENTS[4]["delta"]]
    assert received[-1]["audio"] == base64.b64encode(SOUND * 5).decode()


@pytest.mark.asyncio
async def test_a_piece_that_cannot_be_used_is_logged_as_livekit_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    await held(ours=True)
    ours = [(one.name, one.message) for one in caplog.records]
    caplog.clear()
    await held(ours=False)
    assert ours == [(one.name, one.message) for one in caplog.records]
    assert len(ours) == 2


@pytest.mark.asyncio
async def test_no_model_is_made_of_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    import openai as sdk

    made: list[str] = []
    construct = sdk.BaseModel.construct.__func__  # type: ignore[attr-defined]

    def counted(cls: type[Any], *args: Any, **fields: Any) -> Any:
        made.append(str(fields.get("type")))
        return construct(cls, *args, **fields)

    monkeypatch.setattr(sdk.BaseModel, "construct", classmethod(counted))
    await held(ours=True)
    assert made.count(str(AUDIO["type"])) == 2, "only those that cannot be used"
    assert "response.created" in made
