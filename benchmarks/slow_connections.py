"""10,000 connections that never finish a request, and callers who are served meanwhile.

    PATH="$(dirname "$(.ci/livekit-server)"):$PATH" python -m benchmarks.slow_connections

First against the webhook, then against the health port of an agent that has a call. Each slow
connection sends a letter of a request's head every few seconds, and comes back when it was closed,
for --seconds. Beside them somebody who is in order asks every 0.1 s: signed calls at the webhook,
the health at the agent. Prints one JSON line for each; exit 1 if somebody in order was not
answered, or not within 1 s at p99, or the call at the agent was no good one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]

from benchmarks.machine import facts
from benchmarks.phone_rig import NUMBER, PUBLIC, TOKEN, PhoneService, phone_service
from tuner.load_test.results import quantiles
from tuner.load_test.running import new_call
from tuner.load_test.twilio import TwilioSide, WebhookError

HEAD = b"POST /incoming-call HTTP/1.1\r\nHost: x\r\nX-Slow: "
LETTER_S, ASK_S, LIMIT_S, OPENING = 3.0, 0.1, 1.0, 200


@dataclass
class Attack:
    """Slow connections to one port."""

    port: int
    connections: int
    opened: int = 0
    closed: int = 0
    open_now: int = 0
    most: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    async def run(self, until: float) -> None:
        """All of them, until a time of the monotonic clock."""
        gate = asyncio.Semaphore(OPENING)
        await asyncio.gather(*(self._one(until, gate) for _ in range(self.connections)))

    async def _one(self, until: float, gate: asyncio.Semaphore) -> None:
        while time.monotonic() < until:
            try:
                async with gate, asyncio.timeout(5):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except (OSError, TimeoutError) as error:
                self.refused[type(error).__name__] += 1
                await asyncio.sleep(1.0)
                continue
            self.opened += 1
            self.open_now += 1
            self.most = max(self.most, self.open_now)
            with suppress(OSError):
                await self._dawdle(reader, writer, until)
            self.open_now -= 1
            writer.close()

    async def _dawdle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until: float
    ) -> None:
        writer.write(HEAD)
        while time.monotonic() < until:
            writer.write(b"x")
            with suppress(TimeoutError):
                async with asyncio.timeout(LETTER_S):
                    await reader.read()
                self.closed += 1
                return


def attack(port: int, connections: int, seconds: float) -> dict[str, Any]:
    """Slow connections for so long; in a process of its own, since it keeps one busy."""
    made = Attack(port, connections)
    asyncio.run(made.run(time.monotonic() + seconds))
    return {
        "opened": made.opened,
        "closed_by_server": made.closed,
        "most_open": made.most,
        "could_not_connect": dict(made.refused),
    }


async def ask(
    good: Callable[[], Any], until: float, times: list[float], failed: Counter[str]
) -> None:
    """Somebody in order, again and again."""
    while time.monotonic() < until:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(10):
                await good()
            times.append(time.perf_counter() - began)
        except (WebhookError, aiohttp.ClientError, OSError, TimeoutError) as error:
            failed[str(error) or type(error).__name__] += 1
        await asyncio.sleep(ASK_S)


async def against(
    port: int, pid: int, good: Callable[[], Any], options: argparse.Namespace
) -> dict[str, Any]:
    """The attack, and what it did."""
    until = time.monotonic() + options.seconds
    times, failed = list[float](), Counter[str]()
    process, held = psutil.Process(pid), [0]

    async def look() -> None:
        while True:
            held.append(process.num_fds())
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        attacking = pool.submit(attack, port, options.connections, options.seconds)
        await ask(good, until, times, failed)
        attacked = await asyncio.wrap_future(attacking)
    looking.cancel()
    return attacked | {
        "asked": len(times) + sum(failed.values()),
        "failed": dict(failed),
        "answer_s": quantiles(times),
        "files_of_server_at_most": max(held),
        "memory_mb": round(process.memory_info().rss / 2**20, 1),
    }


async def webhook(here: PhoneService, options: argparse.Namespace) -> dict[str, Any]:
    """Signed calls beside the attack, each on a connection of its own as Twilio's."""
    pid, url = here.processes["webhook"].pid, f"http://127.0.0.1:{here.port}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        twilio = TwilioSide(http, url, PUBLIC, TOKEN, NUMBER)

        async def call() -> None:
            sid = new_call()
            await twilio.incoming(sid)
            await twilio.dial_done(sid, "completed")

        return await against(here.port, pid, call, options)


async def agent(here: PhoneService, options: argparse.Namespace) -> dict[str, Any]:
    """The agent's health beside the attack."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:

        async def health() -> None:
            async with http.get(f"http://127.0.0.1:{here.health_port}/") as answer:
                answer.raise_for_status()

        return await against(here.health_port, here.processes["agent"].pid, health, options)


def main() -> int:
    """Both, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", choices=("webhook", "agent"))
    parser.add_argument("--keep", type=Path, help="a folder for all logs")
    options = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        both = {"webhook": _webhook, "agent": _agent}
        chosen = [options.only] if options.only else list(both)
        good = [both[name](folder, options) for name in chosen]
    return 0 if all(good) else 1


def _webhook(folder: Path, options: argparse.Namespace) -> bool:
    with phone_service(folder, capped=True, beside_others=True) as here:
        found = asyncio.run(webhook(here, options))
    return _show("webhook", found)


def _agent(folder: Path, options: argparse.Namespace) -> bool:
    with phone_service(folder, capped=True, beside_others=True) as here:
        hold = ("--hold", str(options.seconds), "--call-seconds", str(options.seconds))
        test = here.load_test("--calls", "1", "--ramp", "0", *hold)
        found = asyncio.run(agent(here, options))
        calls = here.result(test)
    found["calls"], good = calls["answers"], calls["errors"] == 0
    return _show("agent", found) and good


def _show(name: str, found: dict[str, Any]) -> bool:
    sys.stdout.write(json.dumps({"against": name, **found, "machine": facts()}) + "\n")
    p99 = found["answer_s"]["p99"]
    return not found["failed"] and p99 is not None and p99 < LIMIT_S


if __name__ == "__main__":
    sys.exit(main())
