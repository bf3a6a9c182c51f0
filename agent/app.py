"""The server that LiveKit runs: which profile, how many processes, what happens in each call.

python agent.py dev | start | console | check
python -m livekit.agents start agent.py
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import math
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openai as openai_sdk
from livekit import local_inference
from livekit.agents import AgentServer, JobContext, JobProcess, cli
from livekit.agents.utils import http_context
from livekit.agents.voice import CloseEvent
from livekit.agents.worker import ServerEnvOption, _DefaultLoadCalc

from tuner.errors import TunerError
from tuner.livekit.call import Call, make_call
from tuner.livekit.http_client import make_client, warm
from tuner.livekit.models import make_vad
from tuner.livekit.monitoring import logging as telemetry
from tuner.livekit.monitoring import prometheus
from tuner.settings import resolution
from tuner.settings.knob_table import Settings
from tuner.settings.resolution import Resolved

AZURE_SWITCH = "OPENAI_API_VERSION"
"""Its mere presence makes LiveKit's Realtime model speak Azure's old protocol."""

PRELOAD_SWITCH = "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"
"""LiveKit's own name, from a module that must not be imported here: importing it loads."""

LIVEKIT_OPTIONS = {
    "LIVEKIT_URL": "--url",
    "LIVEKIT_API_KEY": "--api-key",
    "LIVEKIT_API_SECRET": "--api-secret",
}

_log = logging.getLogger("agent")


@functools.cache
def resolved() -> Resolved:
    """The settings of this process, read once.

    Raises:
        SettingsError: a mistake in profile, `.env` or environment.
    """
    found = resolution.resolve(None, os.environ, Path.cwd())
    for name, value in resolution.other_variables(Path.cwd()).items():
        os.environ.setdefault(name, value)
    return found


@functools.cache
def get_server() -> AgentServer:
    """The server with the settings of the profile. A mistake there ends the program, code 2."""
    try:
        found = resolved()
    except TunerError as error:
        sys.exit(_told(error))
    for warning in found.warnings:
        _log.warning(warning)
    return make_server(found.settings)


def _told(error: TunerError) -> int:
    """Say on stderr what is wrong and what to do; the exit code is 2."""
    sys.stderr.write(f"agent: {error}\n{error.next_step}\n" if error.next_step else f"{error}\n")
    return 2


def make_server(settings: Settings) -> AgentServer:
    """Settings of the server, one a line."""
    telemetry.set_levels(settings)
    telemetry.hide_private()
    if settings.turn_detection not in ("detector", "detector_cloud"):
        # the weights of LiveKit's turn detector: 244 MB that this server would never use
        os.environ.setdefault(PRELOAD_SWITCH, "0")
    options: dict[str, Any] = {}
    if settings.num_idle_processes is not None:
        options["num_idle_processes"] = settings.num_idle_processes
    if settings.max_processes is not None:
        options["load_fnc"] = functools.partial(load, settings)
    server = AgentServer(
        setup_fnc=prewarm,
        load_threshold=ServerEnvOption(dev_default=math.inf, prod_default=settings.load_threshold),
        job_memory_warn_mb=settings.memory_warn_mb,
        job_memory_limit_mb=settings.memory_limit_mb,
        drain_timeout=settings.drain_timeout,
        prometheus_port=settings.metrics_port,
        log_level=telemetry.livekit_level(settings),
        **options,
    )
    # only in the process that serves: the others send
    server.on("worker_started", prometheus.receive)
    server.rtc_session(entry)
    return server


def load(settings: Settings, server: AgentServer) -> float:
    """CPU load; LOAD_THRESHOLD at the least once MAX_PROCESSES calls run here."""
    cpu = _DefaultLoadCalc.get_load(server)
    full = settings.max_processes is not None and len(server.active_jobs) >= settings.max_processes
    return max(cpu, settings.load_threshold) if full else cpu


def prewarm(process: JobProcess) -> None:
    """Before a process gets its call: voice detection, certificates and HTTP client are ready."""
    telemetry.hide_private()
    os.environ.pop(AZURE_SWITCH, None)
    settings = resolved().settings
    local_inference.init_vad()
    process.userdata["voice"] = make_vad(settings)
    # certificates for the Realtime connection: 100 ms that would stop the first call's audio
    http_context._create_ssl_context()
    # without a key the caller hears the apology for a wrong one, and the log says what to do
    process.userdata["client"] = make_client(
        settings, api_key=os.environ.get("OPENAI_API_KEY") or "missing"
    )


async def entry(context: JobContext) -> None:
    """One call. Connections to OpenAI open while the room is joined, ahead of the first word."""
    found = resolved()
    context.log_context_fields = {"job_id": context.job.id, "room": context.job.room.name}
    client: openai_sdk.AsyncClient = context.proc.userdata["client"]
    call = make_call(
        found.settings, client, profile=found.name, voice=context.proc.userdata.pop("voice", None)
    )
    _end_together(context, call, client)
    await _start(context, call, client)


async def _start(context: JobContext, call: Call, client: openai_sdk.AsyncClient) -> None:
    warming = asyncio.create_task(warm(client))
    try:
        await call.start(context.room)
        await context.connect()
    except Exception:
        call.log.why = "start failed"
        call.log.close("error")
        raise
    finally:
        await warming


def _end_together(context: JobContext, call: Call, client: openai_sdk.AsyncClient) -> None:
    """When the session ends so does the job, and when the job ends so does the turn log."""

    def on_close(event: CloseEvent) -> None:
        context.shutdown(reason=event.reason.value)

    async def on_shutdown(reason: str) -> None:
        call.log.close(reason or "job shutdown")
        await client.close()

    call.session.on("close", on_close)
    context.add_shutdown_callback(on_shutdown)


def missing(arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The variables that this command needs and that neither environment nor options give."""
    wanted = {
        "dev": ("OPENAI_API_KEY", *LIVEKIT_OPTIONS),
        "start": ("OPENAI_API_KEY", *LIVEKIT_OPTIONS),
        "console": ("OPENAI_API_KEY",),
    }.get(arguments[0], ())
    if "--help" in arguments:
        return []
    options = {argument.partition("=")[0] for argument in arguments}
    given = {env for env, option in LIVEKIT_OPTIONS.items() if option in options}
    return [env for env in wanted if env not in given and not environ.get(env, "").strip()]


def _hears() -> bool:
    """Whether a microphone could be used at all."""
    try:
        importlib.import_module("sounddevice")
    except (ImportError, OSError):
        return False
    return True


def main() -> None:
    """`python agent.py …`."""
    if sys.argv[1:2] == ["check"]:
        from agent.check import main as check

        sys.exit(check(sys.argv[2:]))
    server = get_server()  # reads .env too
    if sys.argv[1:2] and (lacking := missing(sys.argv[1:], os.environ)):
        sys.stderr.write(
            f"agent: not set: {', '.join(lacking)}\nPut them into .env or the environment; "
            "`python agent.py check` tests them.\n"
        )
        sys.exit(2)
    if sys.argv[1:2] == ["console"] and not _hears():
        sys.stderr.write(
            "agent: console needs the PortAudio library (Debian, Ubuntu: libportaudio2)\n"
        )
        sys.exit(2)
    with warnings.catch_warnings():
        # LiveKit points to `lk agent`, as our README does
        warnings.simplefilter("ignore", DeprecationWarning)
        cli.run_app(server)
