"""The Realtime side of the local server: its hearing, its events, and LiveKit talking to it."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("livekit.plugins.openai")

import aiohttp
from livekit import rtc
from livekit.agents import Agent, stt, utils
from livekit.plugins import openai as lk_openai
from openai.types.realtime.audio_transcription import AudioTranscription
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad

from tuner.bench.callers.audio import AgentSpeaker, CallerMicrophone, Captions, connect
from tuner.bench.callers.sounds import SoundKind, clips_of
from tuner.bench.latency import Fixed
from tuner.bench.model import Behaviour, Endpoint, Kind, Outcome, Reply, ServerPlan, ToolCall
from tuner.bench.openai_server.server import BenchServer
from tuner.bench.openai_server.server_vad import (
    EnergyVad,
    Started,
    Stopped,
    VadSettings,
    settings_of,
)
from tuner.livekit.live_session import LiveSession

RATE = 24_000
LOUD = 6000  # about -15 dBFS
SOFT = 330  # about -40 dBFS


def sound(seconds: float, peak: int = LOUD) -> bytes:
    wave = np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 200 / RATE)
    return (wave * peak).astype(np.int16).tobytes()


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * RATE) * 2)


# --- where speech starts and stops --------------------------------------------------------------


def test_a_turn_has_the_padding_and_the_silence_that_the_session_asked_for() -> None:
    vad = EnergyVad(VadSettings(prefix_ms=200, silence_ms=300))
    edges = vad.push(silence(1.0) + sound(0.5) + silence(1.0))
    assert [type(edge) for edge in edges] == [Started, Stopped]
    assert edges[0].at_ms == 800
    assert edges[1].at_ms == 1800
    assert isinstance(edges[1], Stopped)
    assert edges[1].audio == silence(0.2) + sound(0.5) + silence(0.3)


def test_a_pause_shorter_than_the_silence_does_not_end_the_turn() -> None:
    speech = silence(0.4) + sound(0.4) + silence(0.4) + sound(0.4) + silence(1.0)
    patient = EnergyVad(VadSettings(silence_ms=500)).push(speech)
    hasty = EnergyVad(VadSettings(silence_ms=300)).push(speech)
    assert [edge.at_ms for edge in patient] == [100, 2100]
    assert [edge.at_ms for edge in hasty] == [100, 1100, 900, 1900]


def test_a_higher_threshold_asks_for_louder_speech_and_a_click_is_no_speech() -> None:
    quiet = silence(0.2) + sound(0.5, SOFT) + silence(0.8)
    assert len(EnergyVad(VadSettings(threshold=0.3)).push(quiet)) == 2
    assert EnergyVad(VadSettings(threshold=0.8)).push(quiet) == []
    assert EnergyVad(VadSettings()).push(silence(0.2) + sound(0.03) + silence(0.8)) == []


def test_turn_detection_is_read_as_the_api_means_it() -> None:
    assert settings_of(None) is None
    server = settings_of({"type": "server_vad", "silence_duration_ms": 0, "create_response": False})
    assert server == VadSettings(silence_ms=0, create_response=False)
    eager = settings_of({"type": "semantic_vad", "eagerness": "high"})
    calm = settings_of({"type": "semantic_vad", "eagerness": "low"})
    assert eager is not None
    assert calm is not None
    assert eager.silence_ms < calm.silence_ms


# --- the events, without LiveKit --------------------------------------------------------------


class Socket:
    """A bare Realtime client that keeps every event."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.events: list[dict[str, Any]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self._socket.send_json({"type": kind, **fields})

    async def speak(self, pcm: bytes) -> None:
        await self.send("input_audio_buffer.append", audio=base64.b64encode(pcm).decode())

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            event: dict[str, Any] = await self._socket.receive_json(timeout=3.0)
            self.events.append(event)
            if event["type"] == kind:
                return event

    def kinds(self) -> list[str]:
        """Types in order, each run of equal ones once."""
        found: list[str] = []
        for event in self.events:
            if [event["type"]] != found[-1:]:
                found.append(event["type"])
        return found


@asynccontextmanager
async def talking(
    outcomes: Mapping[Endpoint, tuple[Outcome, ...]] | None = None, **hooks: Any
) -> AsyncIterator[tuple[BenchServer, Socket]]:
    times = {name: Behaviour(Fixed(0.02), script=()) for name in Endpoint}
    for name, script in (outcomes or {}).items():
        times[name] = Behaviour(Fixed(0.02), script=script)
    plan = ServerPlan(times, speech_speed=20)
    hooks.setdefault("transcript_for", lambda _: "hello there")
    async with BenchServer(plan, **hooks) as server, aiohttp.ClientSession() as http:
        headers = {"Authorization": "Bearer call-1"}
        url = server.base_url + "/realtime?model=gpt-realtime-2.1"
        async with http.ws_connect(url, headers=headers) as socket:
            yield server, Socket(socket)


@pytest.mark.asyncio
async def test_a_spoken_turn_is_answered_in_the_order_of_the_real_service() -> None:
    async with talking(reply_for=lambda asked: Reply(f"You said {asked.last_user_text}.")) as (
        server,
        socket,
    ):
        heard = {"transcription": {"model": "gpt-transcribe"}}
        await socket.send("session.update", session={"audio": {"input": heard}})
        await socket.speak(silence(0.5) + sound(0.6) + silence(0.6))
        done = await socket.until("response.done")
    order = [k for k in socket.kinds() if "transcription" not in k]
    assert order[:7] == [
        "session.created",
        "session.updated",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
    ]
    assert order[7:13] == [
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
    ]
    assert order[-6:] == [
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert done["response"]["status"] == "completed"
    assert done["response"]["usage"]["output_token_details"]["audio_tokens"] > 0
    words = [e["delta"] for e in socket.events if e["type"].endswith("audio_transcript.delta")]
    assert "".join(words) == "You said hello there."
    said = [e["transcript"] for e in socket.events if e["type"].endswith("transcription.completed")]
    assert said == ["hello there"]
    truth = server.truth.responses[0]
    assert (truth.caller, truth.status) == ("call-1", "completed")
    assert truth.first_audio_at is not None


@pytest.mark.asyncio
async def test_response_create_echoes_its_metadata_and_cannot_run_twice() -> None:
    async with talking() as (_, socket):
        await socket.send("response.create", response={"metadata": {"client_event_id": "e1"}})
        created = await socket.until("response.created")
        await socket.send("response.create", event_id="second")
        error = await socket.until("error")
        await socket.until("response.done")
    assert created["response"]["metadata"] == {"client_event_id": "e1"}
    assert error["error"]["code"] == "conversation_already_has_active_response"
    assert error["error"]["event_id"] == "second"


@pytest.mark.asyncio
async def test_a_cancelled_reply_can_be_truncated_within_what_was_sent_only() -> None:
    async with talking(reply_for=lambda _: Reply("A long story. " * 20)) as (server, socket):
        await socket.send("response.create")
        delta = await socket.until("response.output_audio.delta")
        await socket.send("response.cancel")
        done = await socket.until("response.done")
        item = delta["item_id"]
        cut = "conversation.item.truncate"
        await socket.send(cut, item_id=item, content_index=0, audio_end_ms=99_000)
        error = await socket.until("error")
        await socket.send(cut, item_id=item, content_index=0, audio_end_ms=150)
        truncated = await socket.until("conversation.item.truncated")
        await socket.send("response.cancel")
        late = await socket.until("error")
    assert done["response"]["status"] == "cancelled"
    assert done["response"]["status_details"]["reason"] == "client_cancelled"
    assert "already shorter" in error["error"]["message"]
    assert truncated["audio_end_ms"] == 150
    assert late["error"]["message"].startswith("Cancellation failed")
    assert [f.event["audio_end_ms"] for f in server.truth.frames_of(cut)] == [99_000, 150]


@pytest.mark.asyncio
async def test_speech_stops_the_reply_and_the_answer_says_why() -> None:
    async with talking(reply_for=lambda _: Reply("A long story. " * 20)) as (_, socket):
        await socket.send("response.create")
        await socket.until("response.output_audio.delta")
        await socket.speak(sound(0.3))
        done = await socket.until("response.done")
    assert done["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}


@pytest.mark.asyncio
async def test_items_are_created_deleted_and_refused() -> None:
    message = {"id": "m1", "type": "message", "role": "user", "content": []}
    async with talking() as (_, socket):
        await socket.send("conversation.item.create", item=message, previous_item_id="root")
        added = await socket.until("conversation.item.added")
        await socket.send("conversation.item.create", item=message)
        twice = await socket.until("error")
        await socket.send("conversation.item.delete", item_id="m1")
        deleted = await socket.until("conversation.item.deleted")
        await socket.send("conversation.item.delete", item_id="m1")
        gone = await socket.until("error")
    assert (added["item"]["id"], added["previous_item_id"]) == ("m1", None)
    assert deleted["item_id"] == "m1"
    assert twice["error"]["code"] == "item_create_duplicate_item_id"
    assert gone["error"]["code"] == "item_delete_invalid_item_id"


@pytest.mark.asyncio
async def test_manual_turns_need_a_commit_of_a_tenth_of_a_second() -> None:
    async with talking() as (_, socket):
        manual = {"audio": {"input": {"turn_detection": None}}}
        await socket.send("session.update", session=manual)
        await socket.speak(sound(0.05))
        await socket.send("input_audio_buffer.commit")
        error = await socket.until("error")
        await socket.speak(sound(0.5))
        await socket.send("input_audio_buffer.commit")
        await socket.until("input_audio_buffer.committed")
    assert error["error"]["code"] == "input_audio_buffer_commit_empty"
    assert "input_audio_buffer.speech_started" not in socket.kinds()


@pytest.mark.asyncio
async def test_a_silent_caller_is_spoken_to_after_the_idle_timeout() -> None:
    async with talking(reply_for=lambda _: Reply("Hm.")) as (_, socket):
        idle = {"type": "server_vad", "idle_timeout_ms": 300}
        await socket.send("session.update", session={"audio": {"input": {"turn_detection": idle}}})
        await socket.send("response.create")
        await socket.until("response.done")
        await socket.until("input_audio_buffer.timeout_triggered")
        await socket.until("response.done")


@pytest.mark.asyncio
async def test_a_tool_call_is_an_item_with_its_arguments() -> None:
    reply = Reply(tool_call=ToolCall("look_up", '{"number": 7}'))
    async with talking(reply_for=lambda _: reply) as (_, socket):
        await socket.send("response.create")
        done = await socket.until("response.done")
    item = done["response"]["output"][0]
    assert (item["type"], item["name"], item["arguments"]) == (
        "function_call",
        "look_up",
        '{"number": 7}',
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.NO_QUOTA, "insufficient_quota"),
        (Kind.RATE_LIMITED, "rate_limit_exceeded"),
        (Kind.SERVER_ERROR, "server_error"),
    ],
)
async def test_a_refused_reply_fails_with_its_code(kind: Kind, code: str) -> None:
    async with talking({Endpoint.RESPONSE: (Outcome(kind),)}) as (server, socket):
        await socket.send("response.create")
        done = await socket.until("response.done")
    assert done["response"]["status"] == "failed"
    assert done["response"]["status_details"]["error"]["code"] == code
    assert server.truth.responses[0].reason == code


@pytest.mark.asyncio
async def test_the_socket_itself_can_be_refused() -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with talking({Endpoint.REALTIME: (Outcome(Kind.RATE_LIMITED),)}):
            pass
    assert caught.value.status == 429


# --- LiveKit itself ----------------------------------------------------------------------------


async def happens(condition: Callable[[], object], limit_s: float = 6.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_livekit_greets_answers_a_turn_and_truncates_at_a_barge_in() -> None:
    replies = ["Hello.", "One moment please, I am looking for your order in our long list."]
    plan = ServerPlan({name: Behaviour(Fixed(0.05)) for name in Endpoint}, speech_speed=10)
    microphone, speaker, captions = CallerMicrophone(), AgentSpeaker(), Captions()
    question, stop = clips_of(SoundKind.SENTENCE)[1], clips_of(SoundKind.BARGE_IN)[0]
    async with (
        BenchServer(
            plan,
            reply_for=lambda asked: Reply(replies[min(asked.number, 1)]),
            transcript_for=lambda _: question.text,
        ) as server,
        utils.http_context.open(),
    ):
        model = lk_openai.realtime.RealtimeModel(
            model="gpt-realtime-2.1",
            base_url=server.base_url,
            api_key="call-1",
            input_audio_transcription=AudioTranscription(model="gpt-transcribe"),
            turn_detection=ServerVad(type="server_vad", silence_duration_ms=300),
        )
        session: LiveSession[None] = LiveSession(llm=model, aec_warmup_duration=None)
        synchroniser = connect(session, microphone, speaker, captions)
        speaker.start()
        await session.start(Agent(instructions="Be kind."))
        session.generate_reply(instructions="Greet the caller.")
        await happens(lambda: len(speaker.spoken) == 1)
        microphone.place(question.samples)
        await happens(lambda: speaker.audible)
        await asyncio.sleep(0.6)
        microphone.place(stop.samples)
        cut = "conversation.item.truncate"
        await happens(lambda: server.truth.frames_of(cut))
        await session.aclose()
        await synchroniser.aclose()
        await speaker.aclose()
    assert [r.status for r in server.truth.responses][:2] == ["completed", "completed"]
    heard = speaker.spoken[1]
    assert heard.interrupted
    assert server.truth.frames_of(cut)[0].event["audio_end_ms"] == int(heard.played_s * 1000)
    assert server.truth.heard[0].text == question.text
    users = [item for item in session.history.items if getattr(item, "role", "") == "user"]
    assert users[0].text_content == question.text  # type: ignore[union-attr]


@pytest.mark.asyncio
async def test_livekit_transcribes_over_the_realtime_socket() -> None:
    plan = ServerPlan({name: Behaviour(Fixed(0.02)) for name in Endpoint})
    async with (
        BenchServer(plan, transcript_for=lambda _: "four seven two nine") as server,
        utils.http_context.open(),
    ):
        ears = lk_openai.STT(
            use_realtime=True, model="gpt-transcribe", base_url=server.base_url, api_key="call-1"
        )
        stream = ears.stream()
        pcm = silence(0.3) + sound(0.6) + silence(0.8)
        stream.push_frame(rtc.AudioFrame(pcm, RATE, 1, len(pcm) // 2))
        final = None
        async for event in stream:
            if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                final = event.alternatives[0].text
                break
        await stream.aclose()
        await ears.aclose()
    assert final == "four seven two nine"
    assert server.truth.responses == []
