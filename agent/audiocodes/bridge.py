"""Settings in, a running server out; for the command, and for tests on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import openai as openai_sdk
from aiohttp import web
from livekit.agents.utils import http_context

from agent.assistant import Assistant
from agent.audiocodes.connections import LimitedSite
from agent.audiocodes.conversation import CallMaker
from agent.audiocodes.conversations import Conversations
from agent.audiocodes.counts import Counts
from agent.audiocodes.detection import listen_in_windows
from agent.audiocodes.figures import offered
from agent.audiocodes.health import Health
from agent.audiocodes.latency import PathLatency
from agent.audiocodes.server import Server
from agent.audiocodes.workers import WorkerPlace
from agent.phone.profile_rules import ProfileRules
from agent.profile import resolved_for
from tuner.errors import TunerError
from tuner.livekit import Call, make_call, make_client, make_vad, warm
from tuner.settings.knob_table import Settings

_OPENAI_EVERY_S = 30.0
_REQUEST_S = 10.0
"""A connection on which no whole request comes for so long is closed: each takes a file of the
process, and whoever sends nothing has shown no token."""

Choose = Callable[[str, str], tuple[str, Settings]]
"""Conversation id and dialled number → the profile that serves the call, with its settings."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """The parts of one server, connected to each other."""

    settings: Settings
    latency: PathLatency
    conversations: Conversations
    health: Health
    server: Server
    place: WorkerPlace | None = None
    """Among several workers."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        port = self.place.port if self.place else self.settings.audiocodes_port
        return self.settings.audiocodes_host, port

    def inner(self) -> Server:
        """What other workers reach: the same calls, and nothing is handed on once more."""
        token = self.server.token.decode()
        return Server(self.conversations, self.health, token, self.server.ping_s)


def assemble(
    settings: Settings,
    client: openai_sdk.AsyncClient,
    profile: str = "",
    token: str = "",
    *,
    choose: Choose | None = None,
    place: WorkerPlace | None = None,
) -> Bridge:
    """Put the parts together; calls run in the context in which this is called."""
    latency, counts = PathLatency(time.monotonic, settings.audiocodes_slow_ms / 1000), Counts()
    maker = _call_maker(client, choose or (lambda *_: (profile, settings)))
    conversations = Conversations(settings, maker, latency, counts, by_number=choose is not None)
    health = Health(conversations, latency, counts)
    ping_s = settings.audiocodes_ping_interval
    server = Server(conversations, health, token, ping_s, place.others if place else tuple)
    return Bridge(settings, latency, conversations, health, server, place)


@contextlib.asynccontextmanager
async def serve(
    settings: Settings,
    profile: str = "",
    token: str = "",
    *,
    client: openai_sdk.AsyncClient | None = None,
    choose: Choose | None = None,
    place: WorkerPlace | None = None,
) -> AsyncIterator[tuple[Conversations, int]]:
    """Serve calls inside the context; gives the calls, and the port (any that is free for 0).

    `choose` picks the profile of each call, `place` makes this one of several workers.

    Raises:
        TunerError: the port is taken, or the host is not this machine's.
    """
    # without a key the caller hears the apology for a wrong one, and the log says what to do
    client = client or make_client(settings, api_key=os.environ.get("OPENAI_API_KEY") or "missing")
    async with http_context.open():
        # certificates for the Realtime connection: 100 ms that would stop the first call's audio
        http_context._create_ssl_context()
        bridge = assemble(settings, client, profile, token, choose=choose, place=place)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(client.close)
            runner = await _runner(stack, bridge.server)
            inner = await _runner(stack, bridge.inner()) if place else None
            stack.push_async_callback(bridge.conversations.drain, 0.0)
            if settings.metrics_port is not None:
                stack.enter_context(offered(bridge.health))
            await stack.enter_async_context(_watched(bridge.health, client))
            port = await _listen(bridge, runner)
            if inner and place:
                await web.UnixSite(inner, place.path).start()
            yield bridge.conversations, port


@contextlib.asynccontextmanager
async def _watched(health: Health, client: openai_sdk.AsyncClient) -> AsyncIterator[None]:
    openai = health.watch_openai(lambda: _reachable(client), _OPENAI_EVERY_S)
    watches = [asyncio.ensure_future(watch) for watch in (health.watch_loop(), openai)]
    try:
        yield
    finally:
        for watch in watches:
            watch.cancel()


async def _runner(stack: contextlib.AsyncExitStack, server: Server) -> web.AppRunner:
    runner = web.AppRunner(
        server.app(), access_log=None, shutdown_timeout=2.0, keepalive_timeout=_REQUEST_S
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    return runner


async def _listen(bridge: Bridge, runner: web.AppRunner) -> int:
    host, port = bridge.address
    shared = True if bridge.place else None
    try:
        await LimitedSite(runner, host, port, reuse_port=shared).start()
    except OSError as error:
        raise TunerError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            "Set AUDIOCODES_HOST and AUDIOCODES_PORT to an address that is free.",
        ) from error
    return int(runner.addresses[0][1])


def by_rules(rules: ProfileRules) -> Choose | None:
    """The profile by the number that was dialled; None when there is no rule."""
    if not any(rules.names()):
        return None

    def choose(conversation_id: str, number: str) -> tuple[str, Settings]:
        found = resolved_for(rules.choose(conversation_id, number, "", datetime.now(UTC)))
        return found.name, found.settings

    return choose


def _call_maker(client: openai_sdk.AsyncClient, choose: Choose) -> CallMaker:
    async def make(conversation_id: str, number: str) -> Call:
        profile, settings = choose(conversation_id, number)
        vad = await asyncio.to_thread(make_vad, settings)
        listen_in_windows(vad)
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
