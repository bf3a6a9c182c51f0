"""Many calls in one process: how late the event loop runs, and what that costs the callers.

    python benchmarks/agent_concurrency.py [--calls 20] [--seconds 60]

Real sessions, real voice detection, real audio at real time; the local OpenAI runs in a process
of its own. First one call alone, then all together. Prints one JSON line for each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import quantiles
from typing import Any

import openai

sys.path.insert(0, str(Path(__file__).parent.parent))

from tuner.bench.callers.audio import AgentSpeaker, CallerMicrophone, Captions, connect
from tuner.bench.callers.caller import SoundKind, clips_of
from tuner.bench.latency import Fixed
from tuner.bench.model import Behaviour, Endpoint, Reply, ServerPlan
from tuner.bench.openai_server.server import BenchServer
from tuner.livekit.call import make_call
from tuner.livekit.http_client import make_client, warm
from tuner.settings.knob_table import Settings

TIMES = {Endpoint.CHAT: 0.3, Endpoint.TRANSCRIPTION: 0.2, Endpoint.SPEECH: 0.15}
TICK_S = 0.01
SETTLE_S, SPREAD_S = 1.0, 3.0
SETTINGS = Settings(aec_warmup_duration=0.0, greeting="", preemptive_generation=False)


async def serve() -> None:
    """Be the local OpenAI until standard input closes."""
    plan = ServerPlan({name: Behaviour(Fixed(s)) for name, s in TIMES.items()}, tokens_per_s=1e6)
    async with BenchServer(plan, reply_for=lambda _: Reply("Yes, that is possible.")) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


@contextlib.contextmanager
def openai_elsewhere() -> Iterator[str]:
    """The address of a local OpenAI in another process."""
    command = [sys.executable, str(Path(__file__).resolve()), "--serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()


class Lag:
    """Samples how much later than asked the event loop comes back."""

    def __init__(self) -> None:
        self.late_s: list[float] = []

    async def watch(self) -> None:
        """Sample until cancelled."""
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.late_s.append(time.perf_counter() - due)


async def one_call(
    number: int, client: openai.AsyncClient, seconds: float, settings: Settings = SETTINGS
) -> list[float]:
    """Talk for so long; the waits for each answer, in seconds."""
    waits: list[float] = []
    rng = random.Random(number)
    await asyncio.sleep(rng.uniform(0.0, SPREAD_S))
    call = make_call(settings, client, turn_log="off", job_id=str(number), room="bench")
    microphone, speaker = CallerMicrophone(), AgentSpeaker()
    speaker.start()
    together = connect(call.session, microphone, speaker, Captions())

    def note(message: str, fields: Mapping[str, Any]) -> None:
        if message == "turn" and fields["e2e_latency"] is not None:
            waits.append(fields["e2e_latency"])

    call.log.also(note)
    await call.start()
    await asyncio.sleep(SETTLE_S)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        clip = rng.choice(clips_of(SoundKind.SENTENCE))
        microphone.place(clip.samples, microphone.position_s)
        said = len(speaker.spoken)
        limit = time.monotonic() + 10.0
        while len(speaker.spoken) == said and time.monotonic() < limit:
            await asyncio.sleep(0.05)
        await asyncio.sleep(rng.uniform(0.5, 1.5))
    await call.aclose()
    await together.aclose()
    await speaker.aclose()
    return waits


async def measure(calls: int, seconds: float, base_url: str) -> dict[str, Any]:
    """All calls at once, and the loop watched meanwhile."""
    client = make_client(SETTINGS, api_key="bench", base_url=base_url)
    await warm(client)
    lag = Lag()
    watching = asyncio.create_task(lag.watch())
    started = os.times()
    waits = await asyncio.gather(*(one_call(n, client, seconds) for n in range(calls)))
    used = os.times()
    watching.cancel()
    await client.close()
    p90 = [at(found, 90) for found in waits]
    return {
        "calls": calls,
        "turns": sum(map(len, waits)),
        "lag_ms_p50": round(at(lag.late_s, 50) * 1000, 1),
        "lag_ms_p99": round(at(lag.late_s, 99) * 1000, 1),
        "lag_ms_max": round(max(lag.late_s) * 1000, 1),
        "answer_p50": round(at([w for found in waits for w in found], 50), 3),
        "answer_p90_worst_call": round(max(p90), 3),
        "cpu_cores": round(
            (used.user + used.system - started.user - started.system)
            / (used.elapsed - started.elapsed),
            2,
        ),
    }


def at(values: list[float], percent: int) -> float:
    """A percentile."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def main() -> None:
    """One call, then many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve())
        return
    logging.basicConfig(level=logging.ERROR)
    with openai_elsewhere() as base_url:
        for calls in (1, chosen.calls):
            found = asyncio.run(measure(calls, chosen.seconds, base_url))
            sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
