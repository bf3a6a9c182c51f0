"""The AudioCodes server on loopback with the local OpenAI behind it, and callers that dial it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import numpy as np

from agent.audiocodes.bridge import Choose, serve
from agent.audiocodes.conversations import Conversations
from tests.agent_rig import KEY, SENTENCE, SHORT, quick
from tests.tcp_proxy import Network, a_network
from tuner.bench.callers.sounds import resample
from tuner.bench.model import Reply, ServerPlan
from tuner.bench.openai_server.server import BenchServer
from tuner.bench.vaic.call import Stream, VaicCall
from tuner.livekit import make_client

REALTIME: dict[str, Any] = {
    "agent_mode": "realtime",
    "turn_detection": "realtime_llm",
    "realtime_turn_detection": "server_vad",
}
TOKEN = "a token"


@dataclass
class Rig:
    """A server and whoever calls it."""

    conversations: Conversations
    openai: BenchServer
    http: aiohttp.ClientSession
    port: int
    log: Path
    to_openai: Network | None = None
    """The network between server and OpenAI, if there is one that can be disturbed."""
    calls: list[VaicCall] = field(default_factory=list)

    def caller(self, name: str = "c1", **options: Any) -> VaicCall:
        """Somebody who has not dialled yet."""
        call = VaicCall(self.http, self.url("audiocodes"), name, **{"token": TOKEN, **options})
        self.calls.append(call)
        return call

    async def dialled(self, name: str = "c1", **options: Any) -> VaicCall:
        """A caller whose line is open."""
        call = self.caller(name, **options)
        await call.dial()
        return call

    def url(self, path: str) -> str:
        """An address of the server."""
        return f"http://127.0.0.1:{self.port}/{path}"

    async def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of an address."""
        async with self.http.get(self.url(path)) as answer:
            return answer.status, await answer.json()

    def lines(self, message: str) -> list[dict[str, Any]]:
        """Lines of this kind in the turn log."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["message"] == message]


@asynccontextmanager
async def a_server(
    folder: Path,
    plan: ServerPlan | None = None,
    *,
    reply: str = SHORT,
    far: bool = False,
    choose: Choose | None = None,
    token: str = TOKEN,
    **settings: Any,
) -> AsyncIterator[Rig]:
    """Serve on a free port; every caller hangs up and everything is closed afterwards.

    `far` puts a network that can be disturbed in front of OpenAI; `choose` picks profiles.
    """
    log = folder / "turns.jsonl"
    log.touch()
    chosen = quick(audiocodes_port=0, turn_log=str(log), **settings)
    openai = BenchServer(plan, reply_for=lambda _: Reply(reply))
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(openai)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        address, network = openai.base_url, None
        if far:
            network = await stack.enter_async_context(a_network(urlsplit(address).port or 0))
            address = f"http://127.0.0.1:{network.port}/v1"
        client = make_client(chosen, api_key=KEY, base_url=address)
        served = serve(chosen, "test", token, client=client, choose=choose)
        async with served as (conversations, port):
            rig = Rig(conversations, openai, http, port, log, network)
            yield rig
            for call in rig.calls:
                await call.hang_up()


def speech(rate: int = 24_000) -> bytes:
    """A sentence of a caller."""
    samples = resample(SENTENCE.samples.astype(float), 24_000, rate)
    return np.clip(samples, -32_768, 32_767).astype(np.int16).tobytes()


async def answer(call: VaicCall, pcm: bytes, limit_s: float = 15.0) -> Stream:
    """Say something; the answer, when it has ended."""
    before = len(call.heard.streams)
    await call.say(pcm)
    assert await call.until(lambda: has_ended(call, before), limit_s), "no answer"
    return call.heard.streams[before]


def has_ended(call: VaicCall, number: int) -> bool:
    """The stream of this number has been stopped."""
    streams = call.heard.streams
    return len(streams) > number and streams[number].stopped_at is not None
