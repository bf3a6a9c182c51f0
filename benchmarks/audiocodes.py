"""What the AudioCodes bridge adds to each 20 ms of audio, beside a bridge as a guide describes it.

    python -m benchmarks.audiocodes --calls 25 --seconds 20
    python -m benchmarks.audiocodes --calls 24 --workers 1 2

The bridge has core 0 to itself; callers and OpenAI, in this process, have core 1. With `--workers`
the bridge is given as many cores as it has processes; this program shares the second.
Both directions carry speech all the time, which is more than a call does. Writes `audiocodes.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import numpy as np
import psutil  # type: ignore[import-untyped]
from aiohttp import web

from benchmarks.audiocodes_peers import Passage, Peers

ROOT = Path(__file__).parent.parent
_SETTLE_S = 4.0
WAYS = ("ours", "the vendor's", "the guide's")
CHANGED = "changed: "
"""Before the name of a change in `benchmarks.audiocodes_changed`."""


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def start(
    way: str,
    port: int,
    openai: str,
    folder: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    workers: int = 1,
) -> asyncio.subprocess.Process:
    """Start a bridge on core 0, ours with these settings; returns when it listens."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = ["-m", "benchmarks.audiocodes_guide", str(port), f"{openai}/realtime", way]
    if way not in WAYS[1:]:
        command = [str(ROOT / "agent.py"), "audiocodes", "--workers", str(workers)]
        if way.startswith(CHANGED):
            command = ["-m", "benchmarks.audiocodes_changed", way.removeprefix(CHANGED)]
        env |= {"AGENT_PROFILE": "realtime", "AUDIOCODES_PORT": str(port), "TURN_LOG": "off"}
        env |= {"OPENAI_API_KEY": "sk-none", "OPENAI_BASE_URL": openai, "DRAIN_TIMEOUT": "0"}
        env |= {"AUDIOCODES_MAX_CALLS": "off", "REALTIME_APPEND_MS": "20", **settings}
    bridge = await asyncio.create_subprocess_exec(
        *("taskset", "-c", f"0-{workers - 1}", sys.executable, *command),
        cwd=folder,
        env=env,
        stderr=asyncio.subprocess.DEVNULL,
    )
    for _ in range(600):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await asyncio.sleep(3.0 * (workers - 1))  # the others start at the same time
            return bridge
        await asyncio.sleep(0.1)
    raise RuntimeError("the bridge does not listen")


async def measure(
    way: str,
    calls: int,
    seconds: float,
    *,
    settings: Mapping[str, str] = MappingProxyType({}),
    workers: int = 1,
    deflate: bool = False,
) -> dict[str, Any]:
    """Hold the calls through one bridge; what it added, and what it cost."""
    peers, port = Peers(deflate=deflate), free_port()
    app = web.Application()
    app.add_routes([web.get("/v1/realtime", peers.openai)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    openai = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    with tempfile.TemporaryDirectory() as folder:
        bridge = await start(way, port, openai, Path(folder), settings, workers)
        try:
            result = await _hold(way, peers, bridge, port, calls, seconds)
            return {**result, "workers": workers, "settings": dict(settings)}
        finally:
            with contextlib.suppress(ProcessLookupError):
                bridge.terminate()
            await bridge.wait()
            await runner.cleanup()


async def _hold(
    way: str,
    peers: Peers,
    bridge: asyncio.subprocess.Process,
    port: int,
    calls: int,
    seconds: float,
) -> dict[str, Any]:
    url, idle_mb = f"http://127.0.0.1:{port}", used(bridge.pid)[1]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        talks = []
        for number in range(calls):
            talks.append(asyncio.ensure_future(peers.call(http, f"{url}/audiocodes", number)))
            await asyncio.sleep(0.0913)  # so that not all chunks come at the same moment
        await asyncio.sleep(_SETTLE_S)
        peers.to_openai.measuring = peers.to_caller.measuring = True
        peers.behind_s, cpu, began = 0.0, used(bridge.pid)[0], time.perf_counter()
        await asyncio.sleep(seconds)
        core = (used(bridge.pid)[0] - cpu) / (time.perf_counter() - began)
        memory_mb = used(bridge.pid)[1]
        health = None if way in WAYS[1:] else await _health(http, url)
        for talk in talks:
            talk.cancel()
        await asyncio.wait(talks)
    return {
        "way": way,
        "calls": calls,
        "seconds": seconds,
        "to_openai_ms": through(peers.to_openai),
        "to_caller_ms": through(peers.to_caller),
        "core": round(core, 3),
        "mb_a_call": round((memory_mb - idle_mb) / calls, 2),
        "peers_behind_ms": round(peers.behind_s * 1000, 1),
        "event_loop_lag_ms": health and health["latency_ms"].get("event loop lag"),
        "inside_ms": health and health["latency_ms"],
    }


def used(pid: int) -> tuple[float, float]:
    """Seconds of CPU and MB of memory of a process and those that it started."""
    whole = psutil.Process(pid)
    family = [whole, *whole.children(recursive=True)]
    times = [one.cpu_times() for one in family]
    memory = sum(one.memory_info().rss for one in family)
    return sum(one.user + one.system for one in times), memory / 2**20


async def _health(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(f"{url}/health") as answer:
        return await answer.json()


def through(passage: Passage) -> dict[str, Any]:
    """Milliseconds through the bridge, in one direction."""
    return spread([1000 * one for one in passage.seconds]) | {"reordered": passage.reordered}


def spread(ms: Sequence[float], digits: int = 2) -> dict[str, Any]:
    """Count, quantiles with so many digits, and the largest."""
    if not len(ms):
        return {"n": 0}
    p50, p90, p99 = (round(float(one), digits) for one in np.percentile(ms, (50, 90, 99)))
    return {"n": len(ms), "p50": p50, "p90": p90, "p99": p99, "max": round(float(max(ms)), 1)}


def table(results: Sequence[dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = [
        "| bridge | processes | calls | to OpenAI p50 / p99 ms | to caller p50 / p99 ms "
        "| reordered | core | MB a call | peers behind ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in results:
        there, back = one["to_openai_ms"], one["to_caller_ms"]
        lines.append(
            f"| {one['way']} | {one['workers']} | {one['calls']} "
            f"| {there.get('p50')} / {there.get('p99')} "
            f"| {back.get('p50')} / {back.get('p99')} | {there['reordered'] + back['reordered']} "
            f"| {one['core']} | {one['mb_a_call']} | {one['peers_behind_ms']} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 25])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, nargs="+", help="processes, instead of baselines")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {1})
    ways = [(way, 1) for way in WAYS]
    if chosen.workers:
        ways = [("ours", count) for count in chosen.workers]
    results = [
        asyncio.run(measure(way, calls, chosen.seconds, workers=workers))
        for calls in chosen.calls
        for way, workers in ways
    ]
    machine = {"cores": os.cpu_count(), "load": [round(one, 1) for one in os.getloadavg()]}
    kept = {"machine": machine, "results": results}
    (Path(__file__).parent / "audiocodes.json").write_text(json.dumps(kept, indent=1) + "\n")
    sys.stdout.write(f"load {machine['load']}\n{table(results)}\n")


if __name__ == "__main__":
    main()
