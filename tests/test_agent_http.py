"""The HTTP pool: what it reports of each attempt, its waits, and that retries do not multiply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

import httpx2
import openai
from livekit.agents import APIConnectionError
from livekit.agents.llm import ChatContext
from livekit.plugins import openai as lk_openai

from tests.agent_rig import KEY, failing, fixed
from tuner.bench.model import Endpoint, Kind, ServerPlan
from tuner.bench.openai_server.server import BenchServer
from tuner.livekit import models
from tuner.livekit.http_client import make_client, time_calls, warm
from tuner.settings.knob_table import Settings
from tuner.turn_log import writer

pytestmark = pytest.mark.asyncio


class Pool:
    """A client on a local server, and the lines that it reported."""

    def __init__(self, settings: Settings, server: BenchServer) -> None:
        self.lines: list[Mapping[str, Any]] = []
        self.settings, self.server = settings, server
        self.client = make_client(
            settings, api_key=KEY, base_url=server.base_url, report=self.lines.append
        )

    async def chat(self) -> str:
        """Ask as the agent does, with its retries."""
        context = ChatContext.empty()
        context.add_message(role="user", content="hello")
        model = models.make_llm(self.settings, self.client)
        options = models.conn_options(self.settings)
        async with model.chat(chat_ctx=context, conn_options=options) as stream:
            pieces = [chunk.delta.content or "" async for chunk in stream if chunk.delta]
        return "".join(pieces)

    async def speak(self, text: str = "Hello there.") -> int:
        voice = models.make_tts(self.settings, self.client)
        stream = voice.synthesize(text, conn_options=models.conn_options(self.settings))
        return sum([piece.frame.samples_per_channel async for piece in stream])


@asynccontextmanager
async def a_pool(
    settings: Settings | None = None, plan: ServerPlan | None = None
) -> AsyncIterator[Pool]:
    async with BenchServer(plan or fixed(chat=0.1, speech=0.1)) as server:
        pool = Pool(settings or Settings(), server)
        yield pool
        await pool.client.close()


async def test_one_attempt_is_timed_without_its_body() -> None:
    async with a_pool() as pool:
        assert await pool.chat()
        [line] = pool.lines
        [truth] = pool.server.truth.requests
    assert line["endpoint"] == "chat"
    assert line["model"] == Settings().llm_model
    assert (line["status"], line["attempt"]) == (200, 1)
    assert line["processing_ms"] == 100.0
    assert line["request_id"] == truth.request_id
    assert 95 <= line["first_byte_ms"] <= line["elapsed_ms"]
    assert line["connection_reused"] is False
    assert line["pool_wait_ms"] < line["first_byte_ms"]
    assert "error" not in line
    assert not any("hello" in str(value) for value in line.values())


async def test_speech_is_timed_to_its_first_byte() -> None:
    async with a_pool() as pool:
        assert await pool.speak() > 0
    assert pool.lines[0]["endpoint"] == "speech"
    assert pool.lines[0]["model"] == Settings().tts_model


async def test_warm_connections_are_open_and_not_counted_as_calls() -> None:
    async with a_pool() as pool:
        assert await warm(pool.client) == 3
        assert pool.lines == []
        await asyncio.gather(pool.chat(), pool.chat(), pool.speak())
    assert [line["connection_reused"] for line in pool.lines] == [True] * 3


async def test_a_refusal_still_warms_and_a_dead_server_is_no_error() -> None:
    async with a_pool(plan=ServerPlan(api_keys=frozenset({"other"}))) as pool:
        assert await warm(pool.client, 1) == 1
    client = make_client(Settings(), api_key=KEY, base_url="http://127.0.0.1:9/v1")
    assert await warm(client, 1) == 0
    await client.close()


async def test_attempts_are_counted_and_there_are_no_more_than_asked_for() -> None:
    settings = Settings(max_retries=2, retry_interval=0.01)
    plan = fixed(behaviours=failing(Endpoint.CHAT, Kind.SERVER_ERROR))
    async with a_pool(settings, plan) as pool:
        with pytest.raises(APIConnectionError):
            await pool.chat()
        assert len(pool.server.truth.requests) == 3
    assert [(line["status"], line["attempt"]) for line in pool.lines] == [
        (500, 1),
        (500, 2),
        (500, 3),
    ]


async def test_a_retry_that_succeeds_is_the_second_attempt() -> None:
    plan = fixed(behaviours=failing(Endpoint.CHAT, Kind.RATE_LIMITED, times=1))
    async with a_pool(plan=plan) as pool:
        assert await pool.chat()
    assert [(line["status"], line["attempt"]) for line in pool.lines] == [(429, 1), (200, 2)]


@pytest.mark.parametrize("endpoint", [Endpoint.CHAT, Endpoint.SPEECH])
async def test_our_timeout_holds_for_every_endpoint(endpoint: Endpoint) -> None:
    settings = Settings(http_timeout=0.5, max_retries=0)
    plan = fixed(behaviours=failing(endpoint, Kind.STALL))
    async with a_pool(settings, plan) as pool, asyncio.timeout(20):  # the plugins wait 30 s
        with pytest.raises(APIConnectionError):
            await (pool.chat() if endpoint is Endpoint.CHAT else pool.speak())
    [line] = pool.lines
    assert (line["status"], line["error"]) == (None, "ReadTimeout")
    assert line["elapsed_ms"] > 450


async def test_too_small_a_pool_shows_as_a_wait() -> None:
    settings = Settings(http_max_connections=1)
    async with a_pool(settings, fixed(chat=0.3)) as pool:
        await asyncio.gather(pool.chat(), pool.chat())
    waits = sorted(line["pool_wait_ms"] for line in pool.lines)
    assert waits[0] < 50
    assert waits[1] > 250
    assert sorted(line["connection_reused"] for line in pool.lines) == [False, True]


async def test_a_cancelled_attempt_is_reported_as_that() -> None:
    async with a_pool(plan=fixed(chat=5.0)) as pool:
        asking = asyncio.create_task(pool.chat())
        await asyncio.sleep(0.2)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await asyncio.sleep(0.05)
    assert [line.get("error") for line in pool.lines] == ["cancelled"]


async def test_each_call_gets_the_lines_of_its_own_requests(tmp_path: Path) -> None:
    async with BenchServer(fixed(chat=0.1)) as server:
        client = make_client(Settings(), api_key=KEY, base_url=server.base_url)

        async def one_call(name: str) -> list[dict[str, Any]]:
            log = writer.attach(_Silent(), target=str(tmp_path / name), job_id=name, room="r")
            for _ in range(2):
                await client.chat.completions.create(model="m", messages=[])
            log.close("done")
            lines = (tmp_path / name).read_text().splitlines()
            return [json.loads(line) for line in lines]

        both = await asyncio.gather(one_call("a"), one_call("b"))
        await client.close()
    for name, lines in zip("ab", both, strict=True):
        mine = [line for line in lines if line["message"] == "openai call"]
        assert [line["job_id"] for line in mine] == [name, name]


class _Silent:
    def on(self, event: Any, callback: Any) -> Any:
        return event, callback


async def test_without_a_key_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(openai.OpenAIError, match="OPENAI_API_KEY"):
        make_client(Settings())


async def test_a_client_of_ones_own_writes_lines_into_the_turn_log(tmp_path: Path) -> None:
    """As somebody's agent has it: its own client and session, no settings of ours."""
    log = tmp_path / "log.jsonl"
    async with BenchServer(fixed(chat=0.1)) as server:
        http = httpx2.AsyncClient(timeout=7.0)
        client = time_calls(
            openai.AsyncClient(api_key=KEY, base_url=server.base_url, http_client=http)
        )
        assert time_calls(client) is client
        turn_log = writer.attach(Quiet(), target=str(log))
        model = lk_openai.LLM(model="gpt-5.4-mini", client=client)
        context = ChatContext.empty()
        context.add_message(role="user", content="hello")
        async with model.chat(chat_ctx=context) as stream:
            assert [chunk async for chunk in stream]
        await client.models.list()
        turn_log.close("done")
        assert http.timeout.read == 7.0
        await client.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    [call] = [line for line in lines if line["message"] == "openai call"]
    assert (call["endpoint"], call["model"], call["status"]) == ("chat", "gpt-5.4-mini", 200)
    assert 95 <= call["first_byte_ms"] <= call["elapsed_ms"]


async def test_the_clients_own_retries_are_attempts() -> None:
    lines: list[Mapping[str, Any]] = []
    async with BenchServer(ServerPlan(failing(Endpoint.CHAT, Kind.SERVER_ERROR, 1))) as server:
        client = time_calls(
            openai.AsyncClient(api_key=KEY, base_url=server.base_url, max_retries=1),
            report=lines.append,
        )
        await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hello"}]
        )
        await client.close()
    assert [(line["status"], line["attempt"]) for line in lines] == [(500, 1), (200, 2)]


class Quiet:
    """A session that nothing happens in."""

    def on(self, event: Any, callback: Any) -> None:
        """Take the listener."""
