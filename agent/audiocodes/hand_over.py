"""A socket for which another worker is the right one, and questions to other workers.

One that resumes a call may arrive at a worker that does not have the call, and one that begins a
call at a worker that is full. Such a worker hands the socket over to another and carries its
messages to and fro.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import aiohttp
from aiohttp import web

_ANSWER_S = 5.0


async def hand_over(
    first: str, request: web.Request, caller: web.WebSocketResponse, others: Sequence[str]
) -> bool:
    """Let another worker serve this socket, to its end; False when none wants it.

    `first` is the message that began it.
    """
    headers = {"Authorization": request.headers.get("Authorization", "")}
    for path in others:
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with (
                aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as http,
                http.ws_connect("http://worker/audiocodes", headers=headers) as worker,
            ):
                await worker.send_str(first)
                answer = await asyncio.wait_for(worker.receive(), _ANSWER_S)
                if answer.type is aiohttp.WSMsgType.TEXT and "session.error" not in answer.data:
                    await caller.send_str(answer.data)
                    await _carry(caller, worker)
                    return True
    return False


async def _carry(caller: web.WebSocketResponse, worker: aiohttp.ClientWebSocketResponse) -> None:
    """Pass messages on until one side ends."""
    ways = [
        asyncio.ensure_future(_pass_on(caller, worker)),
        asyncio.ensure_future(_pass_on(worker, caller)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pass_on(source: Any, sink: Any) -> None:
    async for frame in source:
        if frame.type is aiohttp.WSMsgType.TEXT:
            await sink.send_str(frame.data)
        elif frame.type is aiohttp.WSMsgType.BINARY:
            await sink.send_bytes(frame.data)


async def ask(path: str, address: str) -> dict[str, Any] | None:
    """What another worker answers to GET, None when it does not."""
    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as http,
            http.get(f"http://worker/{address}", timeout=aiohttp.ClientTimeout(1.0)) as reply,
        ):
            answer = await reply.json()
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None
