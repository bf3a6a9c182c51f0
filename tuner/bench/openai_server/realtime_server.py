"""Takes one WebSocket of the Realtime API, answers it with GA events as a plan says.

It hears turns in the caller's audio, transcribes and replies to them, stops for barge-ins,
and keeps the list of conversation items that create, delete and truncate refer to.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import itertools
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from tuner.bench.model import Decision, Endpoint, Heard, Kind
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.answers import caller_of
from tuner.bench.openai_server.realtime_conversation import Client, Conversation, Event, new_id
from tuner.bench.openai_server.realtime_talk import CallParts, Shared, Talker
from tuner.bench.openai_server.server_record import FrameTruth
from tuner.bench.openai_server.server_vad import (
    SAMPLE_RATE,
    EnergyVad,
    Started,
    Stopped,
    VadSettings,
    settings_of,
)
from tuner.bench.openai_server.transcription import transcript_usage

_STALL_S = 3600.0
_MAX_FRAME = 16 * 2**20
_LEAST_COMMIT_BYTES = SAMPLE_RATE // 10 * 2  # the API wants 100 ms
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


class RealtimeRoom:
    """Opens one call per WebSocket."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._numbers = itertools.count()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer the upgrade, or refuse it as planned, and serve the call until it ends."""
        decision = self._decide(caller_of(request))
        await asyncio.sleep(_STALL_S if decision.kind is Kind.STALL else decision.processing_s)
        if decision.kind is Kind.RESET:
            return wire_format.cut(request)
        model = request.query.get("model", "")
        headers = wire_format.headers_of(new_id("req"), decision, next(self._numbers))
        if decision.kind is not Kind.OK:
            body, status = (
                wire_format.error_body(decision, model),
                wire_format.status_of(decision.kind),
            )
            kind = "application/json"
            return web.Response(status=status, body=body, headers=headers, content_type=kind)
        socket = web.WebSocketResponse(max_msg_size=_MAX_FRAME)
        socket.headers["x-request-id"] = headers["x-request-id"]
        await socket.prepare(request)
        await RealtimeCall(self._shared, socket, request).run()
        return socket

    def _decide(self, caller: str) -> Decision:
        decision = self._shared.decider.decide(Endpoint.REALTIME)
        keys = self._shared.plan.api_keys
        if keys is not None and caller not in keys:
            return Decision(Kind.WRONG_KEY, 0.0, 0.0)
        return decision


class RealtimeCall:
    """One conversation over one socket."""

    def __init__(self, shared: Shared, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._shared = shared
        self._socket = socket
        self._talks = request.query.get("intent") != "transcription"
        self._client = Client(socket)
        self._conversation = Conversation(self._client)
        session = _new_session(request.query.get("model", ""), talks=self._talks)
        self._call = CallParts(
            caller=caller_of(request),
            session=session,
            client=self._client,
            conversation=self._conversation,
            cut=lambda: wire_format.cut(request),
        )
        self._talker = Talker(shared, self._call)
        ears = shared.voices.ears
        self._vad = EnergyVad(VadSettings(), ears() if ears else None)
        self._speech_item: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers = self._table()

    def _table(self) -> Mapping[str, Callable[[Event], Awaitable[None]]]:
        return {
            "session.update": self._on_update,
            "input_audio_buffer.append": self._on_append,
            "input_audio_buffer.commit": self._on_commit,
            "input_audio_buffer.clear": self._on_clear,
            "conversation.item.create": self._conversation.create,
            "conversation.item.delete": self._conversation.delete,
            "conversation.item.truncate": self._conversation.truncate,
            "conversation.item.retrieve": self._conversation.retrieve,
            "response.create": self._talker.create,
            "response.cancel": self._talker.cancel_asked,
        }

    async def run(self) -> None:
        """Serve the socket until the client closes it."""
        await self._client.send("session.created", session=self._call.session)
        self._spawn(self._watch_idle())
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._take(message.json())
        finally:
            await self._talker.cancel("client_cancelled", report=False)
            for task in self._tasks:
                task.cancel()

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
        self._vad.settings = settings_of(self._input().get("turn_detection"))
        await self._client.send("session.updated", session=self._call.session)

    def _input(self) -> Mapping[str, Any]:
        return (self._call.session.get("audio") or {}).get("input") or {}

    # --- the caller's audio -----------------------------------------------------------------

    async def _on_append(self, event: Event) -> None:
        for edge in self._vad.push(base64.b64decode(event.get("audio", ""))):
            if isinstance(edge, Started):
                await self._speech_started(edge)
            else:
                await self._speech_stopped(edge)

    async def _speech_started(self, edge: Started) -> None:
        self._speech_item = new_id("item")
        where = {"item_id": self._speech_item, "audio_start_ms": edge.at_ms}
        await self._client.send("input_audio_buffer.speech_started", **where)
        settings = self._vad.settings
        if settings is not None and settings.interrupt_response:
            await self._talker.cancel("turn_detected")

    async def _speech_stopped(self, edge: Stopped) -> None:
        item_id = self._taken_item()
        where = {"item_id": item_id, "audio_end_ms": edge.at_ms}
        await self._client.send("input_audio_buffer.speech_stopped", **where)
        await self._committed(item_id, edge.audio)
        settings = self._vad.settings
        if self._talks and settings is not None and settings.create_response:
            self._talker.start()

    async def _on_commit(self, event: Event) -> None:
        audio = self._vad.clear()
        if len(audio) < _LEAST_COMMIT_BYTES:
            text = "Error committing input audio buffer: buffer too small."
            await self._client.refuse(event, "input_audio_buffer_commit_empty", text)
            return
        await self._committed(self._taken_item(), audio)

    async def _on_clear(self, _: Event) -> None:
        self._vad.clear()
        await self._client.send("input_audio_buffer.cleared")

    def _taken_item(self) -> str:
        item_id, self._speech_item = self._speech_item or new_id("item"), None
        return item_id

    async def _committed(self, item_id: str, audio: bytes) -> None:
        previous = self._conversation.last_id
        heard = Heard(self._call.caller, audio, SAMPLE_RATE)
        text = self._shared.voices.transcript_for(heard)
        self._conversation.heard_s += heard.duration_s
        self._conversation.user_texts.append(text)
        place = {"previous_item_id": previous, "item_id": item_id}
        await self._client.send("input_audio_buffer.committed", **place)
        await self._conversation.add(_user_item(item_id), previous)
        if self._input().get("transcription"):
            self._spawn(self._transcribe(item_id, heard, text))

    async def _transcribe(self, item_id: str, heard: Heard, text: str) -> None:
        decision = self._shared.decider.decide(Endpoint.TRANSCRIPT)
        await asyncio.sleep(_STALL_S if decision.kind is Kind.STALL else decision.processing_s)
        where = {"item_id": item_id, "content_index": 0}
        if decision.kind is not Kind.OK:
            error = wire_format.error_of(decision, self._call.model)
            await self._client.send(f"{_TRANSCRIPTION}.failed", **where, error=error)
            return
        self._shared.truth.note_heard(heard, text, time.time())
        for token in wire_format.tokens_of(text):
            await self._client.send(f"{_TRANSCRIPTION}.delta", **where, delta=token)
        usage = transcript_usage(text, heard.duration_s)
        done = {"transcript": text, "usage": usage, "logprobs": None}
        await self._client.send(f"{_TRANSCRIPTION}.completed", **where, **done)

    # --- silence -----------------------------------------------------------------------------

    async def _watch_idle(self) -> None:
        """Speak up when the caller says nothing for `idle_timeout_ms` after a reply."""
        answered = 0.0  # the reply whose silence was already answered
        while True:
            await asyncio.sleep(0.1)
            settings, heard_until = self._vad.settings, self._talker.last_played_until
            if settings is None or settings.idle_timeout_ms is None or self._vad.speaking:
                continue
            silence_s = time.time() - heard_until
            if heard_until > answered and silence_s * 1000 >= settings.idle_timeout_ms:
                answered = heard_until
                await self._idle_over(silence_s)

    async def _idle_over(self, silence_s: float) -> None:
        end = self._vad.now_ms
        start = max(0, end - round(silence_s * 1000))
        where = {"audio_start_ms": start, "audio_end_ms": end, "item_id": new_id("item")}
        await self._client.send("input_audio_buffer.timeout_triggered", **where)
        self._talker.start()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _new_session(model: str, *, talks: bool) -> Event:
    return {
        "type": "realtime" if talks else "transcription",
        "object": "realtime.session" if talks else "realtime.transcription_session",
        "id": new_id("sess"),
        "model": model,
        "audio": {"input": {"turn_detection": {"type": "server_vad"}}},
    }


def _user_item(item_id: str) -> Event:
    content = [{"type": "input_audio", "transcript": None}]
    head = {"id": item_id, "object": "realtime.item", "type": "message", "role": "user"}
    return {**head, "status": "completed", "content": content}


def _merge(old: Event, new: Mapping[str, Any]) -> None:
    """Lay the fields of a session.update over the session; typed objects are replaced whole."""
    for key, value in new.items():
        if isinstance(value, Mapping) and isinstance(old.get(key), dict) and "type" not in value:
            _merge(old[key], value)
        else:
            old[key] = copy.deepcopy(value)
