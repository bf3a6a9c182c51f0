"""The local OpenAI-compatible server, spoken to over the wire with the real client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("livekit.plugins.openai")

import openai

from tuner.bench.latency import Empirical, Fixed, LogNormal, SlowTail, draws
from tuner.bench.model import (
    Asked,
    Behaviour,
    Decider,
    Endpoint,
    Heard,
    Kind,
    Outcome,
    Reply,
    ServerPlan,
    ToolCall,
)
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.server import BenchServer
from tuner.livekit.wav import wav_bytes

ASK: Any = [{"role": "user", "content": "Where is my order?"}]


def plan_of(endpoint: Endpoint, *outcomes: Outcome, seconds: float = 0.01) -> ServerPlan:
    return ServerPlan({endpoint: Behaviour(Fixed(seconds), script=outcomes)}, tokens_per_s=5000)


@asynccontextmanager
async def client_of(
    server: BenchServer, retries: int = 0, key: str = "call-1"
) -> AsyncIterator[openai.AsyncOpenAI]:
    client = openai.AsyncOpenAI(base_url=server.base_url, api_key=key, max_retries=retries)
    try:
        yield client
    finally:
        await client.close()


async def ask(client: openai.AsyncOpenAI, **options: Any) -> Any:
    return await client.chat.completions.create(model="gpt-4o-mini", messages=ASK, **options)


# --- good answers ---------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_chat_streams_the_scripted_reply_with_its_usage() -> None:
    reply = Reply("On its way to you.")
    async with BenchServer(reply_for=lambda _: reply) as server, client_of(server) as client:
        stream = await ask(client, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == reply.text
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == []
    usage = chunks[-1].usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0


@pytest.mark.asyncio
async def test_a_reply_sees_who_asks_what_was_said_and_which_tools_there_are() -> None:
    seen: list[Asked] = []

    def reply(asked: Asked) -> Reply:
        seen.append(asked)
        return Reply(tool_call=ToolCall("look_up", '{"number": 7}'))

    tool = {"type": "function", "function": {"name": "look_up", "parameters": {}}}
    async with BenchServer(reply_for=reply) as server, client_of(server) as client:
        answer = await ask(client, tools=[tool])
        stream = await ask(client, tools=[tool], stream=True)
        deltas = [c.choices[0].delta async for c in stream]
    text = "Where is my order?"
    expected = Asked("call-1", text, ("look_up",), 1, user_texts=(text,), prompt_tokens=24)
    assert seen[0] == expected
    called = answer.choices[0].message.tool_calls[0].function
    assert (called.name, called.arguments) == ("look_up", '{"number": 7}')
    assert answer.choices[0].finish_reason == "tool_calls"
    assert [d.tool_calls[0].function.name for d in deltas if d.tool_calls] == ["look_up"]


@pytest.mark.asyncio
async def test_every_answer_carries_the_headers_of_the_real_service() -> None:
    plan = plan_of(Endpoint.CHAT, Outcome(processing_s=0.12))
    async with BenchServer(plan) as server, client_of(server) as client:
        before = time.monotonic()
        raw = await client.chat.completions.with_raw_response.create(
            model="gpt-4o-mini", messages=ASK
        )
        took = time.monotonic() - before
        listed = await client.models.with_raw_response.list()
    assert raw.headers["openai-processing-ms"] == "120"
    assert took >= 0.12
    for answer in (raw, listed):
        assert answer.headers["x-request-id"].startswith("req_")
        assert "openai-version" in answer.headers
        assert "x-ratelimit-remaining-requests" in answer.headers
    assert raw.headers["x-request-id"] != listed.headers["x-request-id"]
    assert "gpt-4o-mini" in [model.id for model in listed.parse().data]


@pytest.mark.asyncio
async def test_transcription_hands_the_audio_to_its_owner_and_keeps_what_was_heard() -> None:
    heard: list[Heard] = []

    def transcript(audio: Heard) -> str:
        heard.append(audio)
        return "four seven two nine"

    pcm = wire_format.hum("half a second")[:24_000]
    file = ("file.wav", wav_bytes(pcm, wire_format.SAMPLE_RATE), "audio/wav")
    async with BenchServer(transcript_for=transcript) as server, client_of(server) as client:
        made = client.audio.transcriptions
        plain = await made.create(file=file, model="gpt-transcribe")
        text = await made.create(file=file, model="gpt-transcribe", response_format="text")
        stream = await made.create(file=file, model="gpt-transcribe", stream=True)
        events = [event async for event in stream]
    assert plain.text == text.strip() == "four seven two nine"
    assert [e.text for e in events if e.type == "transcript.text.done"] == [plain.text]
    deltas = [e.delta for e in events if e.type == "transcript.text.delta"]
    assert "".join(deltas) == plain.text
    assert heard[0].pcm == pcm
    assert heard[0].duration_s == 0.5
    assert [(h.caller, h.duration_s, h.text) for h in server.truth.heard] == [
        ("call-1", 0.5, "four seven two nine")
    ] * 3


@pytest.mark.asyncio
async def test_speech_comes_as_pcm_in_chunks_as_events_or_as_wav() -> None:
    text = "It will reach you on Thursday."
    async with BenchServer(ServerPlan(speech_speed=50)) as server, client_of(server) as client:
        say = client.audio.speech.with_streaming_response.create
        want: Any = {"model": "gpt-4o-mini-tts", "voice": "ash", "input": text}
        async with say(**want, response_format="pcm") as response:
            chunks = [chunk async for chunk in response.iter_bytes()]
        async with say(**want, response_format="pcm", stream_format="sse") as response:
            lines = [line async for line in response.iter_lines() if line]
        async with say(**want, response_format="mp3") as response:
            kind = response.headers["content-type"]
            wav = await response.read()
    assert b"".join(chunks) == wire_format.hum(text)
    assert len(chunks) > 3
    assert "speech.audio.delta" in lines[0]
    assert "speech.audio.done" in lines[-1]
    assert (kind, wire_format.pcm_of(wav)) == ("audio/wav", (wire_format.hum(text), 24_000))


# --- failures -------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_rate_limit_says_when_to_retry_and_the_retry_is_answered() -> None:
    plan = plan_of(Endpoint.CHAT, Outcome(Kind.RATE_LIMITED, retry_after_s=0.3))
    async with BenchServer(plan) as server, client_of(server, retries=1) as client:
        before = time.monotonic()
        await ask(client)
        took = time.monotonic() - before
    assert took >= 0.3
    assert server.truth.statuses() == {"429": 1, "200": 1}
    assert [r.planned for r in server.truth.requests] == [Kind.RATE_LIMITED, Kind.OK]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        (Kind.NO_QUOTA, openai.RateLimitError, "insufficient_quota"),
        (Kind.SERVER_ERROR, openai.InternalServerError, None),
        (Kind.NO_MODEL, openai.NotFoundError, "model_not_found"),
        (Kind.WRONG_KEY, openai.AuthenticationError, "invalid_api_key"),
    ],
)
async def test_refusals_are_those_of_the_real_service(
    kind: Kind, error: type[openai.APIStatusError], code: str | None
) -> None:
    plan = plan_of(Endpoint.CHAT, Outcome(kind))
    async with BenchServer(plan) as server, client_of(server) as client:
        with pytest.raises(error) as caught:
            await ask(client)
    assert caught.value.code == code
    assert caught.value.request_id == server.truth.requests[0].request_id
    assert caught.value.response.headers["openai-processing-ms"] == "10"


@pytest.mark.asyncio
async def test_only_the_keys_of_the_plan_are_let_in() -> None:
    async with BenchServer(ServerPlan(api_keys=frozenset({"good"}))) as server:
        async with client_of(server, key="good") as client:
            await client.models.list()
        async with client_of(server, key="bad") as client:
            with pytest.raises(openai.AuthenticationError):
                await client.models.list()


@pytest.mark.asyncio
async def test_a_stall_and_a_cut_connection_send_nothing() -> None:
    plan = plan_of(Endpoint.CHAT, Outcome(Kind.STALL), Outcome(Kind.RESET))
    async with BenchServer(plan) as server, client_of(server) as client:
        with pytest.raises(openai.APITimeoutError):
            await ask(client, timeout=0.3)
        with pytest.raises(openai.APIConnectionError):
            await ask(client, timeout=2.0)
        await happens(lambda: len(server.truth.requests) == 2)
    assert server.truth.answered_calls() == []
    assert [(r.planned, r.status) for r in server.truth.unanswered()] == [
        (Kind.STALL, 0),
        (Kind.RESET, 0),
    ]


@pytest.mark.asyncio
async def test_truth_tells_whether_the_client_took_headers_and_body() -> None:
    slow = ServerPlan({Endpoint.CHAT: Behaviour(Fixed(0.3))}, tokens_per_s=5)
    async with BenchServer(slow) as server, client_of(server) as client:
        early = asyncio.create_task(ask(client))
        await asyncio.sleep(0.1)
        early.cancel()
        await asyncio.wait([early])
        stream = await ask(client, stream=True)
        await stream.close()
        await happens(lambda: len(server.truth.requests) == 2)
    gone, cut = server.truth.requests
    assert (gone.took_headers, gone.completed) == (False, False)
    assert (cut.took_headers, cut.completed) == (True, False)
    assert server.truth.processing_ms() == [300]


@pytest.mark.asyncio
async def test_prewarm_requests_are_answered_but_are_no_calls() -> None:
    async with BenchServer() as server, client_of(server) as client:
        await client.models.list()
        with pytest.raises(openai.NotFoundError):
            await client.get("/", cast_to=str)
    assert [r.endpoint for r in server.truth.requests] == [Endpoint.MODELS, Endpoint.OTHER]
    assert server.truth.answered_calls() == []


async def happens(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


# --- plans, without a wire --------------------------------------------------------------------


def test_times_follow_their_model_and_repeat_with_their_seed() -> None:
    spread = sorted(draws(LogNormal(0.2, 0.4), 2001, seed=3))
    assert spread[1000] == pytest.approx(0.2, rel=0.05)
    assert draws(Fixed(0.5), 3, seed=1) == [0.5, 0.5, 0.5]
    assert set(draws(Empirical((0.1, 0.7)), 50, seed=1)) == {0.1, 0.7}
    tail = draws(SlowTail(Fixed(0.1), 0.2, 2.0, 3.0), 2000, seed=5)
    slow = [seconds for seconds in tail if seconds != 0.1]
    assert len(slow) == pytest.approx(400, rel=0.15)
    assert min(slow) >= 2.0
    assert max(slow) <= 3.0
    assert draws(LogNormal(0.2, 0.4), 9, seed=3) == draws(LogNormal(0.2, 0.4), 9, seed=3)


def test_one_endpoint_does_not_disturb_the_outcomes_of_another() -> None:
    chances = {Kind.SERVER_ERROR: 0.2, Kind.RATE_LIMITED: 0.2}
    plan = ServerPlan({Endpoint.CHAT: Behaviour(chances=chances)}, seed=4)
    alone, mixed = Decider(plan), Decider(plan)
    expected = [alone.decide(Endpoint.CHAT) for _ in range(200)]
    found = []
    for _ in range(200):
        mixed.decide(Endpoint.SPEECH)
        found.append(mixed.decide(Endpoint.CHAT))
    assert found == expected
    kinds = [decision.kind for decision in expected]
    assert kinds.count(Kind.SERVER_ERROR) == pytest.approx(40, abs=15)
    assert kinds.count(Kind.RATE_LIMITED) == pytest.approx(40, abs=15)


def test_endpoints_of_one_seed_do_not_move_together() -> None:
    decider = Decider(ServerPlan(seed=4))
    chat, speech = (
        [decider.decide(name).processing_s for _ in range(20)]
        for name in (Endpoint.CHAT, Endpoint.SPEECH)
    )
    assert not set(chat) & set(speech)


def test_a_script_comes_before_the_chances() -> None:
    behaviour = Behaviour(script=(Outcome(Kind.STALL),), chances={Kind.SERVER_ERROR: 1.0})
    decider = Decider(ServerPlan({Endpoint.CHAT: behaviour}))
    kinds = [decider.decide(Endpoint.CHAT).kind for _ in range(3)]
    assert kinds == [Kind.STALL, Kind.SERVER_ERROR, Kind.SERVER_ERROR]
