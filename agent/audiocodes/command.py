"""`python agent.py audiocodes`: serve calls of AudioCodes VoiceAI Connect until told to stop."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import os
import signal
import sys
from collections.abc import Sequence

from livekit import local_inference
from prometheus_client import start_http_server

from agent.audiocodes.bridge import serve
from agent.profile import resolved
from tuner.errors import TunerError
from tuner.livekit import hide_private, set_levels
from tuner.livekit.monitoring import prometheus
from tuner.settings.knob_table import Settings

TOKEN = "AUDIOCODES_TOKEN"
HELP = """usage: python agent.py audiocodes

Takes calls of AudioCodes VoiceAI Connect or Live Hub (Bot API, streaming) on
ws://AUDIOCODES_HOST:AUDIOCODES_PORT/audiocodes. Settings come from the profile;
AUDIOCODES_TOKEN is the bearer token that callers must bring.
"""
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
        what = f"audiocodes takes no arguments: {' '.join(arguments)}"
        raise TunerError(what, "Settings come from the profile: docs/audiocodes.md.")
    found = resolved()
    settings, token = found.settings, os.environ.get(TOKEN, "").strip()
    _check(settings, token)
    _set_up_logging(settings)
    local_inference.init_vad()
    _serve_metrics(settings)
    _calm_collector()
    asyncio.run(_run(settings, found.name, token))
    return 0


def _calm_collector() -> None:
    """Keep the collector off what was loaded, and from walking through all calls every second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _check(settings: Settings, token: str) -> None:
    if not token and not _is_loopback(settings.audiocodes_host):
        raise TunerError(
            f"AUDIOCODES_HOST is {settings.audiocodes_host}, and {TOKEN} is not set",
            f"Set {TOKEN} to the token that VoiceAI Connect sends, or serve 127.0.0.1 only.",
        )


def _serve_metrics(settings: Settings) -> None:
    if settings.metrics_port is not None:
        prometheus.receive()
        start_http_server(settings.metrics_port, settings.metrics_host)


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
