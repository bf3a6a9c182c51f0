"""A place that becomes free is reported to LiveKit at once, and a warm process waits for a caller.

By itself LiveKit's agent reports its load every 2.5 s, and a server that is full (MAX_PROCESSES)
lets no process wait: the next caller would hear ringing while one starts, for 4 s.

All this uses parts of AgentServer that are not public; where they are missing, LiveKit's own ways
stay.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from livekit.agents import AgentServer, JobRequest

_log = logging.getLogger("agent")


def calls_here(server: AgentServer, reserved: int = 0) -> int:
    """Calls here, those included that were taken and whose process is still starting; where
    LiveKit does not count those, `reserved` of them."""
    return len(server.active_jobs) + int(getattr(server, "_reserved_slots", reserved))


async def take_call(server: AgentServer, most: int | None, request: JobRequest) -> None:
    """Take a call unless `most` are here, this one included.

    LiveKit itself asks for the load before it takes a call, but for many at once before any of them
    counts: of a burst it would take too many.
    """
    if most is not None and calls_here(server, reserved=1) > most:
        await request.reject()
    else:
        await request.accept()


def watch_places(server: AgentServer) -> None:
    """Called once the server has started."""
    pool = getattr(server, "_proc_pool", None)
    if not hasattr(pool, "set_target_idle_processes") or not hasattr(
        server, "_update_worker_status"
    ):
        _log.warning("this release of livekit-agents reports free places late, every 2.5 s")
        return
    assert pool is not None
    _keep_one_warm(pool)
    reports: set[asyncio.Task[None]] = set()

    def on_closed(_: object) -> None:
        report = asyncio.create_task(_report(server))
        reports.add(report)  # the event loop itself would forget it
        report.add_done_callback(reports.discard)

    pool.on("process_closed", on_closed)


def _keep_one_warm(pool: Any) -> None:
    """Never let the target fall to 0. NUM_IDLE_PROCESSES=0 stays 0: LiveKit takes the smaller."""
    set_target = pool.set_target_idle_processes
    pool.set_target_idle_processes = lambda number: set_target(max(1, number))


async def _report(server: Any) -> None:
    await server._refresh_worker_load()
    await server._update_worker_status()
