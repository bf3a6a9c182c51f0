"""One WebSocket to VoiceAI Connect, for writing; a peer that never reads is cut off."""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

_STUCK_S = 5.0
_WAITING = 64
_NEVER_STUCK = 16_384
"""Bytes that are taken at once while none wait to be sent: asyncio's limit is 64 KiB."""


class Socket:
    """Sends messages in order; every failure is a `ConnectionError` and closes the socket."""

    def __init__(self, response: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._response, self._transport = response, transport
        self._posted: set[asyncio.Task[None]] = set()

    async def send(self, data: bytes) -> None:
        """Send one message.

        Raises:
            ConnectionError: the socket is closed, or the peer has read nothing for 5 s.
        """
        try:
            if self._transport.get_write_buffer_size() == 0 and len(data) <= _NEVER_STUCK:
                await self._response.send_frame(data, WSMsgType.TEXT)
                return
            async with asyncio.timeout(_STUCK_S):
                await self._response.send_frame(data, WSMsgType.TEXT)
        except (TimeoutError, ConnectionError, RuntimeError) as error:
            self.cut()
            raise ConnectionError("the socket to VoiceAI Connect is gone") from error

    def post(self, data: bytes) -> None:
        """Send one message soon, in the order of the calls; for anything but audio."""
        if len(self._posted) >= _WAITING:
            self.cut()
            return
        task = asyncio.ensure_future(self._post(data))
        self._posted.add(task)
        task.add_done_callback(self._posted.discard)

    async def _post(self, data: bytes) -> None:
        try:
            await self.send(data)
        except ConnectionError:
            return  # the reader of this socket sees its end and deals with it

    async def close(self) -> None:
        """Send what was posted, then close as the protocol says; returns within 2 s."""
        if self._posted:
            await asyncio.wait(self._posted, timeout=1.0)
        try:
            async with asyncio.timeout(1.0):
                await self._response.close()
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """Drop the connection without a word; its reader ends."""
        self._transport.abort()
