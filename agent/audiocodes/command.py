"""`python agent.py audiocodes`: serve calls of AudioCodes VoiceAI Connect until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import openai as openai_sdk
from aiohttp import web
from livekit import local_inference
from livekit.agents.utils import http_context
from prometheus_client import start_http_server

from agent.assistant import Assistant
from agent.audiocodes.conversations import Conversations
from agent.audiocodes.counts import Counts
from agent.audiocodes.health import Health
from agent.audiocodes.latency import Latency
from agent.audiocodes.server import Server
from agent.profile import resolved
from tuner.errors import TunerError
from tuner.livekit import (
    Call,
    hide_private,
    make_call,
    make_client,
    make_vad,
    set_levels,
    warm,
)
from tuner.livekit.monitoring import prometheus
from tuner.settings.knob_table import Settings

TOKEN = "AUDIOCODES_TOKEN"
HELP = """usage: python agent.py audiocodes

Takes calls of AudioCodes VoiceAI Connect or Live Hub (Bot API, streaming) on
ws://AUDIOCODES_HOST:AUDIOCODES_PORT/audiocodes. Settings come from the profile;
AUDIOCODES_TOKEN is the bearer token that callers must bring.
"""
_OPENAI_EVERY_S = 30.0
_log = logging.getLogger("agent")


def main(arguments: Sequence[str]) -> int:
    """Serve, and return 0 after a stop signal, when the running calls have ended.

    Raises:
        TunerError: an argument, an open address without a token, or a port that is taken.
    """
    if "--help" in arguments:
        sys.stdout.write(HELP)
        return 0
    if arguments:
        raise TunerError(f"audiocodes takes no arguments: {' '.join(arguments)}")
    found = resolved()
    settings, token = found.settings, os.environ.get(TOKEN, "").strip()
    _check(settings, token)
    _set_up_logging(settings)
    local_inference.init_vad()
    if settings.metrics_port is not None:
        prometheus.receive()
        start_http_server(settings.metrics_port)
    asyncio.run(_run(settings, found.name, token))
    return 0


def _check(settings: Settings, token: str) -> None:
    if not token and not _is_loopback(settings.audiocodes_host):
        raise TunerError(
            f"AUDIOCODES_HOST is {settings.audiocodes_host}, and {TOKEN} is not set",
            f"Set {TOKEN} to the token that VoiceAI Connect sends, or serve 127.0.0.1 only.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _set_up_logging(settings: Settings) -> None:
    set_levels(settings)
    hide_private()
    logging.basicConfig(
        level=settings.log_level,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )


async def _run(settings: Settings, profile: str, token: str) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with serve(settings, profile, token) as (conversations, port):
        _log.info("listening on %s:%d", settings.audiocodes_host, port)
        await stop.wait()
        _log.info("stopping; calls running: %d", len(conversations))
        await conversations.drain(settings.drain_timeout)


@contextlib.asynccontextmanager
async def serve(
    settings: Settings,
    profile: str = "",
    token: str = "",
    *,
    client: openai_sdk.AsyncClient | None = None,
) -> AsyncIterator[tuple[Conversations, int]]:
    """Serve calls inside the context; gives the calls and the port, which is free for port 0.

    Raises:
        TunerError: the port is taken, or the host is not this machine's.
    """
    # without a key the caller hears the apology for a wrong one, and the log says what to do
    client = client or make_client(settings, api_key=os.environ.get("OPENAI_API_KEY") or "missing")
    latency, counts = Latency(time.monotonic, settings.audiocodes_slow_ms / 1000), Counts()
    async with http_context.open():
        # certificates for the Realtime connection: 100 ms that would stop the first call's audio
        http_context._create_ssl_context()
        maker = _call_maker(settings, profile, client)
        conversations = Conversations(settings, maker, latency, counts)
        health = Health(conversations, latency, counts)
        watches = [
            asyncio.ensure_future(health.watch_loop()),
            asyncio.ensure_future(health.watch_openai(lambda: _reachable(client), _OPENAI_EVERY_S)),
        ]
        server = Server(conversations, health, token, settings.audiocodes_ping_interval)
        runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=2.0)
        try:
            yield conversations, await _listen(runner, settings)
        finally:
            await conversations.drain(0.0)
            await runner.cleanup()
            for watch in watches:
                watch.cancel()
            await client.close()


async def _listen(runner: web.AppRunner, settings: Settings) -> int:
    await runner.setup()
    host, port = settings.audiocodes_host, settings.audiocodes_port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise TunerError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            "Set AUDIOCODES_HOST and AUDIOCODES_PORT to an address that is free.",
        ) from error
    return int(runner.addresses[0][1])


def _call_maker(
    settings: Settings, profile: str, client: openai_sdk.AsyncClient
) -> Callable[[str], Awaitable[Call]]:
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
    try:
        return await warm(client, 1) == 1
    except openai_sdk.OpenAIError:
        return False
