"""Several workers on one port; profiles by the number dialled; figures for Prometheus."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY, generate_latest

pytest.importorskip("livekit.agents")

from agent.audiocodes import command
from agent.audiocodes.bridge import by_rules, serve
from agent.audiocodes.conversations import Conversations
from agent.audiocodes.workers import WorkerPlace
from agent.phone.profile_rules import ProfileRules
from tests.agent_rig import KEY, quick
from tests.audiocodes_rig import REALTIME, TOKEN, a_server, answer, speech
from tuner.bench.openai_server.server import BenchServer
from tuner.bench.vaic.call import VaicCall
from tuner.errors import TunerError
from tuner.livekit import make_client

ROOT = Path(__file__).parent.parent
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux deals sockets out evenly")


class Two:
    """Two workers, and callers that cannot know which of them they get."""

    def __init__(
        self, workers: list[Conversations], port: int, http: aiohttp.ClientSession
    ) -> None:
        self.workers, self.port, self.http = workers, port, http
        self.calls: list[VaicCall] = []

    async def dialled(self, name: str) -> VaicCall:
        call = VaicCall(self.http, self.url("audiocodes"), name, token=TOKEN)
        await call.dial()
        self.calls.append(call)
        return call

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.http.get(self.url(path)) as reply:
            return reply.status, await reply.json()


@asynccontextmanager
async def two_workers(folder: Path, port: int, **settings: Any) -> AsyncIterator[Two]:
    chosen = quick(turn_log=str(folder / "turns.jsonl"), **REALTIME, **settings)
    async with BenchServer() as openai, aiohttp.ClientSession() as http:
        clients = [make_client(chosen, api_key=KEY, base_url=openai.base_url) for _ in range(2)]
        places = [WorkerPlace(number, folder, port) for number in range(2)]
        async with (
            serve(chosen, "test", TOKEN, client=clients[0], place=places[0]) as (first, _),
            serve(chosen, "test", TOKEN, client=clients[1], place=places[1]) as (second, _),
        ):
            two = Two([first, second], port, http)
            yield two
            for call in two.calls:
                await call.hang_up()


@linux
@pytest.mark.asyncio
async def test_a_full_worker_hands_callers_to_one_that_has_room(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with two_workers(tmp_path, unused_tcp_port, audiocodes_max_calls=2) as two:
        for number in range(4):
            await two.dialled(f"c{number}")
        assert [len(worker) for worker in two.workers] == [2, 2]
        status, health = await two.get("health")
        assert (status, health["status"], health["workers"]) == (503, "full", 2)
        assert health["calls"] == {"now": 4, "limit": 4}
        with pytest.raises(ConnectionError, match="at capacity"):
            await VaicCall(two.http, two.url("audiocodes"), "c5", token=TOKEN).dial()
        await two.calls[0].hang_up()
        while sum(map(len, two.workers)) == 4:
            await asyncio.sleep(0.02)
        assert await two.get("ready") == (200, {"status": "ok"})


@linux
@pytest.mark.asyncio
async def test_a_call_is_resumed_whichever_worker_the_new_socket_reaches(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with two_workers(tmp_path, unused_tcp_port) as two:
        call = await two.dialled("c1")
        for _ in range(40):  # the kernel chooses at random
            _, health = await two.get("health")
            if health["counts"]["handed_over"] > 0:
                break
            await call.cut()
            await call.reconnect()
        else:
            raise AssertionError("the other worker was never asked")
        await answer(call, speech(call.rate))
        assert call.heard.errors == {}
        assert health["counts"]["calls_started"] == 1


RUN = """
import os, signal, sys, time
from pathlib import Path
from agent.audiocodes.workers import run_workers

def work(place):
    Path(place.folder, f"{place.number}.sock").touch()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    line = f"worker {place.number} {os.getpid()} {place.port > 0} {len(place.others())}\\n"
    os.write(1, line.encode())  # at once: two workers write to one pipe
    while True:  # a signal that comes just before signal.pause() is not seen until the next one
        time.sleep(0.1)

if __name__ == "__main__":
    run_workers(2, "127.0.0.1", 0, work)
    print("all have ended", flush=True)
"""


@linux
@pytest.mark.asyncio
async def test_a_worker_that_dies_is_replaced_and_a_stop_ends_all(tmp_path: Path) -> None:
    parent = await _started(tmp_path / "program.py", RUN)
    try:
        pids = dict([await _worker(parent), await _worker(parent)])
        assert set(pids) == {"0", "1"}
        os.kill(pids["1"], signal.SIGKILL)
        number, pid = await _worker(parent)
        assert number == "1"
        assert pid != pids["1"]
        parent.send_signal(signal.SIGTERM)
        assert await _line(parent) == ["all", "have", "ended"]
        assert await asyncio.wait_for(parent.wait(), 30) == 0
        for gone in (pids["0"], pid):
            with pytest.raises(ProcessLookupError):
                os.kill(gone, 0)
    finally:
        await _end(parent)


@linux
@pytest.mark.parametrize("last", [0, 1])
@pytest.mark.asyncio
async def test_a_stop_ends_also_a_worker_that_is_just_starting(tmp_path: Path, last: int) -> None:
    text = RUN.replace("def work", STOP_AS_IT_STARTS, 1).replace("LAST", f"audiocodes-{last}")
    parent = await _started(tmp_path / "program.py", text)
    try:
        assert await asyncio.wait_for(parent.wait(), 60) == 0
    finally:
        await _end(parent)


STOP_AS_IT_STARTS = """
from multiprocessing.process import BaseProcess
start = BaseProcess.start

def start_and_stop(process):
    start(process)
    if process.name == "LAST":
        os.kill(os.getpid(), signal.SIGTERM)

BaseProcess.start = start_and_stop

def work"""


async def _started(program: Path, text: str) -> asyncio.subprocess.Process:
    program.write_text(text)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(program)),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def _end(parent: asyncio.subprocess.Process) -> None:
    """End what a test that failed has left: workers outlive a parent that is killed, and while they
    hold its output nobody sees its end."""
    if parent.returncode is None:
        os.killpg(parent.pid, signal.SIGKILL)
        await parent.wait()


async def _worker(parent: asyncio.subprocess.Process) -> tuple[str, int]:
    _, number, pid, has_port, _ = await _line(parent)
    assert has_port == "True"
    return number, int(pid)


async def _line(parent: asyncio.subprocess.Process) -> list[str]:
    assert parent.stdout is not None
    return (await asyncio.wait_for(parent.stdout.readline(), 60)).decode().split()


@pytest.mark.asyncio
async def test_the_number_dialled_chooses_the_profile(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def choose(call: str, number: str) -> tuple[str, Any]:
        asked.append((call, number))
        other = {**REALTIME, "audiocodes_lead_ms": 200} if number == "+15550199" else {}
        return ("theirs" if other else "test"), quick(turn_log=log, **other)

    log = str(tmp_path / "turns.jsonl")
    # the process has a pipeline, which hears 16 kHz; the number's profile wants 24 kHz
    async with a_server(tmp_path, choose=choose) as rig:
        call = await rig.dialled()
        await answer(call, speech(call.rate))
    assert asked == [("c1", "+15550199")]
    (started,) = rig.lines("session started")
    assert started["profile"] == "theirs"


def test_without_rules_nothing_waits_for_the_number() -> None:
    assert by_rules(ProfileRules()) is None
    assert by_rules(ProfileRules(default="phone")) is not None


@pytest.mark.asyncio
async def test_prometheus_and_the_dashboard_get_the_figures_of_health(tmp_path: Path) -> None:
    async with a_server(tmp_path, metrics_port=9_123, **REALTIME) as rig:
        call = await rig.dialled()
        await answer(call, speech())
        served = generate_latest(REGISTRY).decode()
    assert "audiocodes_calls 1.0" in served
    assert "audiocodes_max_calls 25.0" in served
    assert 'audiocodes_latency_seconds{operation="caller audio",quantile="0.99"}' in served
    assert 'audiocodes_events_total{event="calls_started"} 1.0' in served
    board = json.loads((ROOT / "agent" / "dashboard.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel.get("targets", ())
        for name in re.findall(r"\baudiocodes_\w+", target["expr"])
    }
    assert asked
    for name in asked:
        assert name in served
    assert "audiocodes_" not in generate_latest(REGISTRY).decode(), "nothing is left"


@pytest.mark.parametrize("count", ["0", "65", "x", "1_0", "１", ""])
def test_so_many_workers_are_none(count: str) -> None:
    with pytest.raises(TunerError, match="--workers 1 to 64 and nothing else"):
        command.main(["--workers", count])
