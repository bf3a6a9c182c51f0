"""Takes turns and `response.create`, gives replies: begun, spoken, cancelled or refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from tuner.bench.model import Asked, Decider, Endpoint, Kind, ServerPlan
from tuner.bench.openai_server.answers import Voices
from tuner.bench.openai_server.realtime_conversation import Client, Conversation, Event, new_id
from tuner.bench.openai_server.realtime_reply import CHUNK_S, SpokenReply, failure_of, response_body
from tuner.bench.openai_server.server_record import RealtimeTruth, ServerTruth

_STALL_S = 3600.0
_LIMITS = [
    {"name": "requests", "limit": 10_000, "remaining": 9_999, "reset_seconds": 0.006},
    {"name": "tokens", "limit": 2_000_000, "remaining": 1_999_000, "reset_seconds": 0.03},
]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all calls of one server have in common."""

    plan: ServerPlan
    voices: Voices
    truth: ServerTruth
    decider: Decider


@dataclass(frozen=True, slots=True)
class CallParts:
    """What all parts of one call need: who calls, the settings, the socket, the items."""

    caller: str
    session: Event
    client: Client
    conversation: Conversation
    cut: Callable[[], object]

    @property
    def model(self) -> str:
        """The model that the client asked for."""
        return str(self.session.get("model") or "")


@dataclass(slots=True)
class _Running:
    """The reply that is being given; times are epoch seconds."""

    response_id: str
    metadata: object
    asked_at: float
    created_at: float | None = None
    first_audio_at: float | None = None
    spoken: SpokenReply | None = None


class Talker:
    """Gives the replies of one call, one at a time."""

    def __init__(self, shared: Shared, call: CallParts) -> None:
        self._shared = shared
        self._call = call
        self._running: _Running | None = None
        self._task: asyncio.Task[None] | None = None
        self.last_played_until = 0.0  # epoch s at which the last reply has been heard

    async def create(self, event: Event) -> None:
        """Answer `response.create`."""
        if self._running is not None:
            text = "Conversation already has an active response in progress."
            code = "conversation_already_has_active_response"
            await self._call.client.refuse(event, code, text)
            return
        self.start((event.get("response") or {}).get("metadata"))

    async def cancel_asked(self, event: Event) -> None:
        """Answer `response.cancel`."""
        wanted = event.get("response_id")
        if self._running is None or wanted not in (None, self._running.response_id):
            text = "Cancellation failed: no active response found"
            await self._call.client.refuse(event, "response_cancel_not_active", text)
            return
        await self.cancel("client_cancelled")

    def start(self, metadata: object = None) -> None:
        """Begin a reply, unless one is being given."""
        if self._running is None:
            self._running = _Running(new_id("resp"), metadata, time.time())
            self._task = asyncio.ensure_future(self._give(self._running))

    async def cancel(self, reason: str, *, report: bool = True) -> None:
        """Stop the reply that is being given; `report` it to the client as a cancelled response."""
        running, task = self._running, self._task
        if running is None or task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if self._running is not running:
            return  # it ended in the same moment
        if report and running.created_at is not None:
            await self._end(running, "cancelled", {"type": "cancelled", "reason": reason}, reason)
        else:
            self._record(running, "cancelled", reason)

    async def _give(self, running: _Running) -> None:
        decision = self._shared.decider.decide(Endpoint.RESPONSE)
        if decision.kind is Kind.STALL:
            await asyncio.sleep(_STALL_S)
        await self._announce(running)
        await asyncio.sleep(decision.processing_s)
        if decision.kind is Kind.RESET:
            self._record(running, "reset", None)
            self._call.cut()
        elif decision.kind is not Kind.OK:
            details = failure_of(decision, self._call.model)
            await self._end(running, "failed", details, str(details["error"]["code"]))
        else:
            await self._speak(running)
            await self._end(running, "completed", None, None)

    async def _announce(self, running: _Running) -> None:
        body = response_body(running.response_id, "in_progress", running.metadata)
        running.created_at = time.time()
        await self._call.client.send("response.created", response=body)
        await self._call.client.send("rate_limits.updated", rate_limits=_LIMITS)

    async def _speak(self, running: _Running) -> None:
        voices, conversation = self._shared.voices, self._call.conversation
        reply = voices.reply_for(self._asked())
        audio = self._call.session.get("output_modalities") != ["text"]
        pcm = voices.speak(reply.text) if reply.text else b""
        spoken = running.spoken = SpokenReply(running.response_id, reply, pcm, audio=audio)
        for event in spoken.events(conversation.last_id):
            await self._call.client.forward(event)
            if event["type"] == "conversation.item.added":
                conversation.keep(event["item"])
            if event["type"] == "response.output_audio.delta":
                running.first_audio_at = running.first_audio_at or time.time()
                conversation.note_audio(event["item_id"], spoken.sent_s)
                await asyncio.sleep(CHUNK_S / self._shared.plan.speech_speed)

    def _asked(self) -> Asked:
        conversation = self._call.conversation
        names = [str(tool.get("name")) for tool in self._call.session.get("tools") or []]
        texts = conversation.user_texts
        last = texts[-1] if texts else ""
        after_tool = conversation.last.get("type") == "function_call_output"
        return Asked(self._call.caller, last, tuple(names), len(texts), after_tool, tuple(texts))

    async def _end(
        self, running: _Running, status: str, details: Event | None, reason: str | None
    ) -> None:
        spoken = running.spoken
        items = spoken.items if spoken else []
        body = response_body(running.response_id, status, running.metadata, items)
        body["status_details"] = details
        if spoken is not None:
            body["usage"] = spoken.usage(self._call.conversation.heard_s)
            self.last_played_until = (running.first_audio_at or time.time()) + spoken.sent_s
        self._record(running, status, reason)
        await self._call.client.send("response.done", response=body)

    def _tokens(self, running: _Running) -> int:
        if running.spoken is None:
            return 0
        return int(running.spoken.usage(self._call.conversation.heard_s)["total_tokens"])

    def _record(self, running: _Running, status: str, reason: str | None) -> None:
        if self._running is running:
            self._running = None
        truth = RealtimeTruth(
            caller=self._call.caller,
            response_id=running.response_id,
            status=status,
            reason=reason,
            asked_at=running.asked_at,
            created_at=running.created_at,
            first_audio_at=running.first_audio_at,
            done_at=time.time(),
            audio_s=running.spoken.sent_s if running.spoken else 0.0,
            tokens=self._tokens(running),
        )
        self._shared.truth.responses.append(truth)
