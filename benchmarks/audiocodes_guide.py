"""Baselines: the bridge that a widespread guide describes, and that of the vendor's sample.

Both join the two sockets with `json`, do not pace what they send, and do nothing else: no session,
no voice detection, no turn log, no resampling, no barge-in. The guide makes a task of each chunk;
the sample (`openai-bot.ts` of AudioCodes' ac-api-samples, in TypeScript) deals with one message
after the other, and so does its rewriting here.
Run as `python -m benchmarks.audiocodes_guide PORT OPENAI_URL WAY`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Any

import aiohttp
from aiohttp import web


async def bridge(request: web.Request) -> web.WebSocketResponse:
    """One call."""
    caller = web.WebSocketResponse()
    await caller.prepare(request)
    await caller.receive_json()
    await caller.send_json({"type": "session.accepted", "mediaFormat": "raw/lpcm16_24"})
    async with aiohttp.ClientSession() as http, http.ws_connect(sys.argv[2]) as openai:
        await openai.send_json({"type": "response.create"})
        await caller.send_json({"type": "playStream.start", "streamId": "1"})
        answers = asyncio.ensure_future(_answers(openai, caller))
        async for frame in caller:
            await _do(_to_openai(frame.data, openai))
        answers.cancel()
    return caller


async def _do(work: Coroutine[Any, Any, None]) -> None:
    if sys.argv[3] == "the guide's":
        asyncio.create_task(work)  # noqa: RUF006
    else:
        await work


async def _to_openai(text: str, openai: aiohttp.ClientWebSocketResponse) -> None:
    message = json.loads(text)
    if message["type"] == "userStream.chunk":
        event = {"type": "input_audio_buffer.append", "audio": message["audioChunk"]}
        await openai.send_str(json.dumps(event))


async def _answers(openai: aiohttp.ClientWebSocketResponse, caller: web.WebSocketResponse) -> None:
    async for frame in openai:
        await _do(_to_caller(frame.data, caller))


async def _to_caller(text: str, caller: web.WebSocketResponse) -> None:
    event = json.loads(text)
    if event["type"] == "response.output_audio.delta":
        message = {"type": "playStream.chunk", "streamId": "1", "audioChunk": event["delta"]}
        await caller.send_str(json.dumps(message))


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.get("/audiocodes", bridge)])
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
