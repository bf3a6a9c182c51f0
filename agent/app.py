"""The server that LiveKit runs: how many processes, what each prepares, what happens in a call."""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import os
import sys
from collections.abc import Callable
from typing import Any

import openai as openai_sdk
from livekit import local_inference
from livekit.agents import AgentServer, JobContext, JobProcess
from livekit.agents.utils import http_context
from livekit.agents.voice import CloseEvent
from livekit.agents.worker import ServerEnvOption

from agent.assistant import Assistant
from agent.cpu_load import CpuLoad
from agent.free_places import calls_here, take_call, watch_places
from agent.phone import caller
from agent.profile import resolved, resolved_for
from tuner.errors import TunerError
from tuner.livekit import (
    Call,
    hide_private,
    livekit_level,
    make_call,
    make_client,
    make_vad,
    set_levels,
    warm,
)
from tuner.livekit.monitoring import prometheus
from tuner.settings.knob_table import Settings

AZURE_SWITCH = "OPENAI_API_VERSION"
"""When it is set, LiveKit's Realtime model speaks Azure's old protocol."""

PRELOAD_SWITCH = "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"
"""LiveKit's own name, from a module that must not be imported here: importing it loads."""

FULL = 1.0
"""Above every LOAD_THRESHOLD and above the limit that livekit-server has of its own (0.7): in
development the agent itself never says that it is full, and that limit alone holds."""

_log = logging.getLogger("agent")


@functools.cache
def get_server() -> AgentServer:
    """The server with the settings of the profile. A mistake there ends the program, code 2."""
    try:
        found = resolved()
        caller.check()
    except (
        TunerError
    ) as error:  # LiveKit's own command line imports us, and would print a traceback
        sys.stderr.write(f"agent: {error}\n{error.next_step}\n")
        sys.exit(2)
    for warning in found.warnings:
        _log.warning(warning)
    return make_server(found.settings)


def make_server(settings: Settings) -> AgentServer:
    """Settings of the server, one a line."""
    set_levels(settings)
    hide_private()
    if settings.turn_detection not in ("detector", "detector_cloud"):
        # the weights of LiveKit's turn detector: 244 MB that this server would never use
        os.environ.setdefault(PRELOAD_SWITCH, "0")
    server = AgentServer(
        setup_fnc=prewarm,
        load_threshold=ServerEnvOption(dev_default=math.inf, prod_default=settings.load_threshold),
        job_memory_warn_mb=settings.memory_warn_mb,
        job_memory_limit_mb=settings.memory_limit_mb,
        drain_timeout=settings.drain_timeout,
        host=settings.metrics_host,
        prometheus_port=settings.metrics_port,
        log_level=livekit_level(settings),
        **_optional(settings),
    )
    # only in the process that serves: the others send
    server.on("worker_started", prometheus.receive)
    server.on("worker_started", caller.receive_history)
    server.on("worker_started", functools.partial(watch_places, server))
    take = functools.partial(take_call, server, settings.max_processes)
    server.rtc_session(entry, on_request=take)
    return server


def _optional(settings: Settings) -> dict[str, Any]:
    """What LiveKit decides by itself unless the profile sets it."""
    options: dict[str, Any] = {}
    if settings.num_idle_processes is not None:
        options["num_idle_processes"] = settings.num_idle_processes
    if settings.health_port is not None:
        options["port"] = settings.health_port
    if settings.max_processes is not None:
        options["load_fnc"] = functools.partial(load, settings, CpuLoad())
    return options


def load(settings: Settings, cpu: Callable[[], float], server: AgentServer) -> float:
    """CPU load; FULL once MAX_PROCESSES calls run here or wait for their process to start."""
    most = settings.max_processes
    return FULL if most is not None and calls_here(server) >= most else cpu()


def prewarm(process: JobProcess) -> None:
    """Before a process gets its call: voice detection, certificates and HTTP client are ready."""
    hide_private()
    os.environ.pop(AZURE_SWITCH, None)
    settings = resolved().settings
    local_inference.init_vad()
    # certificates for the Realtime connection: 100 ms that would stop the first call's audio
    http_context._create_ssl_context()
    process.userdata.update(_prepared(settings))


def _prepared(settings: Settings) -> dict[str, Any]:
    """What takes time to make: voice detection and HTTP client."""
    # without a key the caller hears the apology for a wrong one, and the log says what to do
    key = os.environ.get("OPENAI_API_KEY") or "missing"
    return {"vad": make_vad(settings), "client": make_client(settings, api_key=key)}


async def entry(context: JobContext) -> None:
    """One call. Connections to OpenAI open while the room is joined, ahead of the first word."""
    context.log_context_fields = {"job_id": context.job.id, "room": context.job.room.name}
    name = await caller.profile_name(context)
    if caller.is_phone(context) and caller.another_serves(context):
        context.shutdown(reason="another agent serves the call")
        return
    if sid := caller.call_sid(context):
        context.log_context_fields = {**context.log_context_fields, "call": sid}
    found = resolved_for(name)
    prepared = context.proc.userdata
    if found is not resolved():  # a profile of the call's own, in a thread: it takes 0.1 s
        prepared = await asyncio.to_thread(_prepared, found.settings)
    client: openai_sdk.AsyncClient = prepared["client"]
    call = make_call(
        found.settings,
        client,
        agent=Assistant(found.settings, caller.tools(context)),
        vad=prepared.pop("vad", None),
        profile=found.name,
    )
    caller.keep_history(context, call.log, found.name)
    _end_together(context, call, client)
    if caller.is_phone(context):
        caller.listen_for_keys(context.room, call.session)
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
        if caller.is_phone(context):
            await caller.hang_up(context)
        await client.close()

    call.session.on("close", on_close)
    context.add_shutdown_callback(on_shutdown)
