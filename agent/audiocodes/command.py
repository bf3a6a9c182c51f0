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
from pathlib import Path

from livekit import local_inference
from prometheus_client import start_http_server

from agent.audiocodes.bridge import by_rules, serve
from agent.audiocodes.workers import WorkerPlace, run_workers
from agent.phone.profile_rules import read_rules
from agent.ports import check_ports
from agent.profile import resolved
from tuner.errors import TunerError
from tuner.livekit import hide_private, set_levels
from tuner.livekit.monitoring import prometheus
from tuner.plain_numbers import plain_whole
from tuner.settings import resolution
from tuner.settings.knob_table import Settings

TOKEN = "AUDIOCODES_TOKEN"
RULES = "PHONE_RULES"
HELP = """usage: python agent.py audiocodes [--workers N]

Takes calls of AudioCodes VoiceAI Connect or Live Hub (Bot API, streaming) on
ws://AUDIOCODES_HOST:AUDIOCODES_PORT/audiocodes. Settings come from the profile;
AUDIOCODES_TOKEN is the bearer token that callers must bring, PHONE_RULES a file that
chooses profiles by the number that was dialled.

  --workers N   serve with N processes on one port; limits hold for each
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
    workers, settings = _workers(arguments), resolved().settings
    _check(settings, os.environ.get(TOKEN, "").strip())
    _check_metrics(settings, workers)
    for name in read_rules(os.environ.get(RULES, "")).names():
        resolution.resolve(name, os.environ, Path.cwd())
    if workers > 1:
        _set_up_logging(settings)
        run_workers(workers, settings.audiocodes_host, settings.audiocodes_port, work)
    else:
        work()
    return 0


def work(place: WorkerPlace | None = None) -> None:
    """Serve in this process until a stop signal; `place`: as one of several workers."""
    settings = resolved().settings
    _set_up_logging(settings)
    local_inference.init_vad()
    _serve_metrics(settings, place.number if place else 0)
    _calm_collector()
    asyncio.run(_run(settings, place))


def _workers(arguments: Sequence[str]) -> int:
    match list(arguments):
        case []:
            return 1
        case ["--workers", count] if 1 <= (number := plain_whole(count) or 0) <= 64:
            return number
    what = f"audiocodes takes --workers 1 to 64 and nothing else: {' '.join(arguments)}"
    raise TunerError(what, "Settings come from the profile: docs/audiocodes.md.")


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


def _check_metrics(settings: Settings, workers: int) -> None:
    first = settings.metrics_port
    if first is not None:
        ports = [("METRICS_PORT", first + number) for number in range(workers)]
        check_ports(settings.metrics_host, ports)


def _serve_metrics(settings: Settings, worker: int = 0) -> None:
    """Each worker has a port of its own: METRICS_PORT and those after it."""
    if settings.metrics_port is not None:
        prometheus.receive()
        start_http_server(settings.metrics_port + worker, settings.metrics_host)


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


async def _run(settings: Settings, place: WorkerPlace | None) -> None:
    token = os.environ.get(TOKEN, "").strip()
    choose = by_rules(read_rules(os.environ.get(RULES, "")))
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    profile = resolved().name
    async with serve(settings, profile, token, choose=choose, place=place) as (conversations, port):
        _log.info("listening on %s:%d", settings.audiocodes_host, port)
        await stop.wait()
        _log.info("stopping; calls running: %d", len(conversations))
        await conversations.drain(settings.drain_timeout)
