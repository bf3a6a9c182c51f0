"""One conversation over one WebSocket of the Realtime API: takes the client's events in turn."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.answers import caller_of
from tuner.bench.openai_server.caller_audio import CallerAudio
from tuner.bench.openai_server.realtime_conversation import Client, Conversation, Event, new_id
from tuner.bench.openai_server.realtime_talk import CallParts, Shared, Talker
from tuner.bench.openai_server.server_record import FrameTruth


class RealtimeCall:
    """One conversation over one socket."""

    def __init__(self, shared: Shared, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._shared = shared
        self._socket = socket
        talks = request.query.get("intent") != "transcription"
        self._client = Client(socket)
        self._conversation = Conversation(self._client)
        session = _new_session(request.query.get("model", ""), talks=talks)
        self._call = CallParts(
            caller=caller_of(request),
            session=session,
            client=self._client,
            conversation=self._conversation,
            cut=lambda: wire_format.cut(request),
        )
        self._talker = Talker(shared, self._call)
        self._audio = CallerAudio(shared, self._call, self._talker, replies=talks)
        self._handlers = self._table()

    def _table(self) -> Mapping[str, Callable[[Event], Awaitable[None]]]:
        return {
            "session.update": self._on_update,
            "input_audio_buffer.append": self._audio.append,
            "input_audio_buffer.commit": self._audio.commit,
            "input_audio_buffer.clear": self._audio.clear,
            "conversation.item.create": self._conversation.create,
            "conversation.item.delete": self._conversation.delete,
            "conversation.item.truncate": self._conversation.truncate,
            "conversation.item.retrieve": self._conversation.retrieve,
            "response.create": self._talker.create,
            "response.cancel": self._talker.cancel_asked,
        }

    async def run(self) -> None:
        """Serve the socket until the client closes it, or the session is over."""
        await self._client.send("session.created", session=self._call.session)
        self._audio.start()
        try:
            async with asyncio.timeout(self._shared.plan.session_s):
                await self._listen()
        except TimeoutError:
            await self._expire()
        finally:
            await self._talker.cancel("client_cancelled", report=False)
            self._audio.close()

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                await self._take(message.json())

    async def _expire(self) -> None:
        """End the session as OpenAI does at its limit."""
        text = "Your session hit the maximum duration of 60 minutes."
        await self._client.refuse({}, "session_expired", text)
        await self._socket.close()

    async def _take(self, event: Event) -> None:
        kind = str(event.get("type"))
        if kind != "input_audio_buffer.append":
            truth = FrameTruth(self._call.caller, time.time(), event)
            self._shared.truth.frames.append(truth)
        handler = self._handlers.get(kind)
        if handler is None:
            await self._client.refuse(event, "invalid_value", f"Invalid value: '{kind}'.")
            return
        await handler(event)

    async def _on_update(self, event: Event) -> None:
        _merge(self._call.session, event.get("session") or {})
        self._audio.configure()
        await self._client.send("session.updated", session=self._call.session)


def _new_session(model: str, *, talks: bool) -> Event:
    return {
        "type": "realtime" if talks else "transcription",
        "object": "realtime.session" if talks else "realtime.transcription_session",
        "id": new_id("sess"),
        "model": model,
        "audio": {"input": {"turn_detection": {"type": "server_vad"}}},
    }


def _merge(old: Event, new: Mapping[str, Any]) -> None:
    """Lay the fields of a session.update over the session; typed objects are replaced whole."""
    for key, value in new.items():
        if isinstance(value, Mapping) and isinstance(old.get(key), dict) and "type" not in value:
            _merge(old[key], value)
        else:
            old[key] = copy.deepcopy(value)
