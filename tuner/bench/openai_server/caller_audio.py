"""The caller's side of a Realtime call: hears turns, commits and transcribes them, notices silence.

It stops a reply for a barge-in and asks for one after a turn, as the session's settings say.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Coroutine, Mapping
from typing import Any

from tuner.bench.model import Endpoint, Heard, Kind
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.interim_words import InterimWords
from tuner.bench.openai_server.realtime_conversation import Event, new_id
from tuner.bench.openai_server.realtime_talk import CallParts, Shared, Talker
from tuner.bench.openai_server.server_vad import (
    SAMPLE_RATE,
    EnergyVad,
    Started,
    Stopped,
    VadSettings,
    settings_of,
)
from tuner.bench.openai_server.transcription import transcript_usage
from tuner.settings.knob_table import REALTIME_ONLY_STT

_STALL_S = 3600.0
_LEAST_COMMIT_BYTES = SAMPLE_RATE // 10 * 2  # the API wants 100 ms
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


class CallerAudio:
    """What the server hears in one call; `replies` is False for a session that only transcribes."""

    def __init__(self, shared: Shared, call: CallParts, talker: Talker, *, replies: bool) -> None:
        self._shared, self._call, self._talker = shared, call, talker
        self._replies = replies
        ears = shared.voices.ears
        self._vad = EnergyVad(VadSettings(), ears() if ears else None)
        self._interim = InterimWords(call.caller, shared.voices.transcript_for)
        self._speech_item: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Watch for silence until `close`."""
        self._spawn(self._watch_idle())

    def close(self) -> None:
        """Stop watching and transcribing."""
        for task in self._tasks:
            task.cancel()

    def configure(self) -> None:
        """Follow the turn detection that the session asks for now."""
        asked = None if self._streams() else self._input().get("turn_detection")
        self._vad.settings = settings_of(asked)

    def _input(self) -> Mapping[str, Any]:
        return (self._call.session.get("audio") or {}).get("input") or {}

    def _streams(self) -> bool:
        """Whether words are sent while the caller speaks; the client then commits each segment."""
        model = str((self._input().get("transcription") or {}).get("model"))
        return not self._replies and model.startswith(REALTIME_ONLY_STT)

    async def append(self, event: Event) -> None:
        """Take more of the caller's audio."""
        for edge in self._vad.push(base64.b64decode(event.get("audio", ""))):
            if isinstance(edge, Started):
                await self._speech_started(edge)
            else:
                await self._speech_stopped(edge)
        if self._streams() and (words := self._interim.more(bytes(self._vad.buffer))):
            self._speech_item = self._speech_item or new_id("item")
            await self._send_words(self._speech_item, words)

    async def _send_words(self, item_id: str, words: str) -> None:
        where = {"item_id": item_id, "content_index": 0}
        await self._call.client.send(f"{_TRANSCRIPTION}.delta", **where, delta=words)

    async def _speech_started(self, edge: Started) -> None:
        self._speech_item = new_id("item")
        where = {"item_id": self._speech_item, "audio_start_ms": edge.at_ms}
        await self._call.client.send("input_audio_buffer.speech_started", **where)
        settings = self._vad.settings
        if settings is not None and settings.interrupt_response:
            await self._talker.cancel("turn_detected")

    async def _speech_stopped(self, edge: Stopped) -> None:
        item_id = self._taken_item()
        where = {"item_id": item_id, "audio_end_ms": edge.at_ms}
        await self._call.client.send("input_audio_buffer.speech_stopped", **where)
        await self._committed(item_id, edge.audio)
        settings = self._vad.settings
        if self._replies and settings is not None and settings.create_response:
            self._talker.start()

    async def commit(self, event: Event) -> None:
        """Make a turn of the audio so far, as the client asks for."""
        audio = self._vad.clear()
        if len(audio) < _LEAST_COMMIT_BYTES:
            text = "Error committing input audio buffer: buffer too small."
            await self._call.client.refuse(event, "input_audio_buffer_commit_empty", text)
            return
        await self._committed(self._taken_item(), audio)

    async def clear(self, _: Event) -> None:
        """Forget the audio that is not committed."""
        self._vad.clear()
        await self._call.client.send("input_audio_buffer.cleared")

    def _taken_item(self) -> str:
        item_id, self._speech_item = self._speech_item or new_id("item"), None
        return item_id

    async def _committed(self, item_id: str, audio: bytes) -> None:
        previous = self._call.conversation.last_id
        heard = Heard(self._call.caller, audio, SAMPLE_RATE)
        text = self._shared.voices.transcript_for(heard)
        self._call.conversation.heard_s += heard.duration_s
        self._call.conversation.user_texts.append(text)
        place = {"previous_item_id": previous, "item_id": item_id}
        await self._call.client.send("input_audio_buffer.committed", **place)
        await self._call.conversation.add(_user_item(item_id), previous)
        rest = self._interim.rest(text) if self._streams() else text
        if self._input().get("transcription"):
            self._spawn(self._transcribe(item_id, heard, text, rest))

    async def _transcribe(self, item_id: str, heard: Heard, text: str, rest: str) -> None:
        decision = self._shared.decider.decide(Endpoint.TRANSCRIPT)
        await asyncio.sleep(_STALL_S if decision.kind is Kind.STALL else decision.processing_s)
        where = {"item_id": item_id, "content_index": 0}
        if decision.kind is not Kind.OK:
            error = wire_format.error_of(decision, self._call.model)
            await self._call.client.send(f"{_TRANSCRIPTION}.failed", **where, error=error)
            return
        self._shared.truth.note_heard(heard, text, time.time())
        for token in wire_format.tokens_of(rest):
            await self._send_words(item_id, token)
        usage = transcript_usage(text, heard.duration_s)
        done = {"transcript": text, "usage": usage, "logprobs": None}
        await self._call.client.send(f"{_TRANSCRIPTION}.completed", **where, **done)

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
        await self._call.client.send("input_audio_buffer.timeout_triggered", **where)
        self._talker.start()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _user_item(item_id: str) -> Event:
    content = [{"type": "input_audio", "transcript": None}]
    head = {"id": item_id, "object": "realtime.item", "type": "message", "role": "user"}
    return {**head, "status": "completed", "content": content}
