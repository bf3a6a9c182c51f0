"""MAX_PROCESSES holds whatever happens at once; a place that becomes free is reported then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from livekit.agents import AgentServer

from agent import app, free_places
from tuner.settings.knob_table import Settings

pytestmark = pytest.mark.asyncio


class Server:
    """What LiveKit's server does around the taking of a call: reserve, ask, launch, count."""

    def __init__(self) -> None:
        self.active_jobs: list[object] = []
        self._reserved_slots = 0

    async def offer(self, most: int | None) -> bool:
        request = Request(self)
        self._reserved_slots += 1
        try:
            await free_places.take_call(self, most, request)  # type: ignore[arg-type]
        finally:
            self._reserved_slots -= 1
        return request.accepted


class Request:
    def __init__(self, server: Server) -> None:
        self._server, self.accepted = server, False

    async def accept(self) -> None:
        self.accepted = True
        await asyncio.sleep(0.01)  # the process starts
        self._server.active_jobs.append(self)

    async def reject(self) -> None:
        await asyncio.sleep(0)


async def test_a_burst_takes_no_more_than_there_are_places() -> None:
    server = Server()
    taken = await asyncio.gather(*(server.offer(2) for _ in range(6)))
    assert (sum(taken), len(server.active_jobs)) == (2, 2)
    server.active_jobs.pop()
    assert await server.offer(2)
    assert not await server.offer(2)
    assert await server.offer(None), "without a limit every call is taken"


async def test_a_release_that_counts_no_reserved_calls_keeps_the_limit() -> None:
    class Older:
        active_jobs = (object(), object())

    server: Any = Older()
    refused = Request(server)
    await free_places.take_call(server, 2, refused)  # type: ignore[arg-type]
    assert not refused.accepted


async def test_calls_whose_process_starts_count_for_the_load() -> None:
    settings, server = Settings(max_processes=2), Server()
    server.active_jobs, server._reserved_slots = [object()], 1
    load: Any = app.load
    assert load(settings, lambda: 0.2, server) == app.FULL
    server._reserved_slots = 0
    assert load(settings, lambda: 0.2, server) == 0.2


async def test_the_server_has_the_parts_that_this_uses() -> None:
    """A release of LiveKit without them would report free places late, with a warning only."""
    server = AgentServer()
    for name in ("_update_worker_status", "_refresh_worker_load", "active_jobs"):
        assert hasattr(type(server), name), name
    from livekit.agents.ipc.proc_pool import ProcPool

    assert hasattr(ProcPool, "set_target_idle_processes")


class Pool:
    def __init__(self) -> None:
        self.target = 0
        self.handlers: dict[str, Any] = {}

    def set_target_idle_processes(self, number: int) -> None:
        self.target = number

    def on(self, event: str, handler: Any) -> None:
        self.handlers[event] = handler


async def test_an_end_is_reported_at_once_and_one_process_stays_warm() -> None:
    reported: list[str] = []

    class Watched(Server):
        _proc_pool = Pool()

        async def _refresh_worker_load(self) -> None:
            reported.append("load")

        async def _update_worker_status(self) -> None:
            reported.append("status")

    server: Any = Watched()
    free_places.watch_places(server)
    server._proc_pool.set_target_idle_processes(0)
    assert server._proc_pool.target == 1
    server._proc_pool.set_target_idle_processes(3)
    assert server._proc_pool.target == 3
    server._proc_pool.handlers["process_closed"](object())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert reported == ["load", "status"]


async def test_a_release_without_those_parts_is_served_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server: Any = Server()
    free_places.watch_places(server)
    assert "reports free places late" in caplog.text
