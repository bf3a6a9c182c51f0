"""Settings in, a running server out; for the command, and for tests on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import openai as openai_sdk
from aiohttp import web
from livekit.agents.utils import http_context

from agent.assistant import Assistant
from agent.audiocodes.conversation import CallMaker
from agent.audiocodes.conversations import Conversations
from agent.audiocodes.counts import Counts
from agent.audiocodes.health import Health
from agent.audiocodes.latency import PathLatency
from agent.audiocodes.server import Server
from tuner.errors import TunerError
from tuner.livekit import Call, make_call, make_client, make_vad, warm
from tuner.settings.knob_table import Settings

_OPENAI_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Bridge:
    """The parts of one server, connected to each other."""

    settings: Settings
    latency: PathLatency
    conversations: Conversations
    health: Health
    server: Server

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        return self.settings.audiocodes_host, self.settings.audiocodes_port


def assemble(
    settings: Settings, client: openai_sdk.AsyncClient, profile: str = "", token: str = ""
) -> Bridge:
    """Put the parts together; calls run in the context in which this is called."""
    latency, counts = PathLatency(time.monotonic, settings.audiocodes_slow_ms / 1000), Counts()
    maker = _call_maker(settings, client, profile)
    conversations = Conversations(settings, maker, latency, counts)
    health = Health(conversations, latency, counts)
    server = Server(conversations, health, token, settings.audiocodes_ping_interval)
    return Bridge(settings, latency, conversations, health, server)


@contextlib.asynccontextmanager
async def serve(
    settings: Settings,
    profile: str = "",
    token: str = "",
    *,
    client: openai_sdk.AsyncClient | None = None,
) -> AsyncIterator[tuple[Conversations, int]]:
    """Serve calls inside the context; gives the calls, and the port (any that is free for 0).

    Raises:
        TunerError: the port is taken, or the host is not this machine's.
    """
    # without a key the caller hears the apology for a wrong one, and the log says what to do
    client = client or make_client(settings, api_key=os.environ.get("OPENAI_API_KEY") or "missing")
    async with http_context.open():
        # certificates for the Realtime connection: 100 ms that would stop the first call's audio
        http_context._create_ssl_context()
        bridge = assemble(settings, client, profile, token)
        runner = web.AppRunner(bridge.server.app(), access_log=None, shutdown_timeout=2.0)
        try:
            async with _watched(bridge.health, client):
                yield bridge.conversations, await _listen(bridge, runner)
        finally:
            await bridge.conversations.drain(0.0)
            await runner.cleanup()
            await client.close()


@contextlib.asynccontextmanager
async def _watched(health: Health, client: openai_sdk.AsyncClient) -> AsyncIterator[None]:
    openai = health.watch_openai(lambda: _reachable(client), _OPENAI_EVERY_S)
    watches = [asyncio.ensure_future(watch) for watch in (health.watch_loop(), openai)]
    try:
        yield
    finally:
        for watch in watches:
            watch.cancel()


async def _listen(bridge: Bridge, runner: web.AppRunner) -> int:
    await runner.setup()
    host, port = bridge.address
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise TunerError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            "Set AUDIOCODES_HOST and AUDIOCODES_PORT to an address that is free.",
        ) from error
    return int(runner.addresses[0][1])


def _call_maker(settings: Settings, client: openai_sdk.AsyncClient, profile: str) -> CallMaker:
    async def make(conversation_id: str) -> Call:
        vad = await asyncio.to_thread(make_vad, settings)
        return make_call(
            settings,
            client,
            agent=Assistant(settings),
            vad=vad,
            profile=profile,
            job_id=f"AC_{conversation_id}",
            room=conversation_id,
        )

    return make


async def _reachable(client: openai_sdk.AsyncClient) -> bool:
    return await warm(client, 1) == 1
