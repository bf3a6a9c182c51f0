"""Signed requests a second on one core, and how long they take; beside it the guide's own sketch.

    pip install -e '.[phone,bench]' slowapi python-multipart
    python -m benchmarks.webhook --seconds 20

Each of 50 connections reports a call and then its end, again and again, every request signed as
Twilio signs. Where the system allows it the server has one core and the client the other. Requests
per second of the server's CPU time do not depend on what else the machine does; times do. Prints
one JSON line for each server and store.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hmac
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
TOKEN, PUBLIC = "the-auth-token", "https://voice.example.com"
CONNECTIONS = 50
FIELDS = {
    **{f"{side}{part}": "x" for side in ("From", "To") for part in ("City", "State", "Zip")},
    **{f"{side}{part}": "x" for side in ("Caller", "Called") for part in ("City", "State", "Zip")},
    "AccountSid": "AC" + "a" * 32,
    "ApiVersion": "2010-04-01",
    "CallStatus": "ringing",
    "CallerName": "",
    "DialCallStatus": "completed",
    "Direction": "inbound",
    "From": "+4915112345678",
    "FromCountry": "DE",
    "StirVerstat": "TN-Validation-Passed-A",
    "To": "+15551234567",
    "ToCountry": "US",
}
"""About as many as Twilio sends."""
_numbers = itertools.count()


def request(path: str, call: str) -> bytes:
    """One signed request, whole."""
    fields = FIELDS | {"CallSid": call}
    text = PUBLIC + path + "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), text.encode(), "sha1")).decode()
    body = urlencode(fields)
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Twilio-Signature: {signature}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def connection(port: int, until: float, times: list[float]) -> None:
    """Calls, one after another, on one connection; times in seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        call = f"CA{next(_numbers):032x}"
        for path in ("/incoming-call", "/twilio/dial-done"):
            message = request(path, call)
            began = time.perf_counter()
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            times.append(time.perf_counter() - began)
            assert head.startswith(b"HTTP/1.1 200"), head
            assert path != "/incoming-call" or b"<Dial" in answer, answer
    writer.close()


async def load(port: int, seconds: float) -> list[float]:
    """All connections together."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(connection(port, until, times) for _ in range(CONNECTIONS)))
    return sorted(times)


@contextmanager
def serving(command: list[str], env: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """A server, on a core of its own where that can be had."""
    process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        found = psutil.Process(process.pid)
        pin(found, 0)
        yield found
    finally:
        process.terminate()
        process.wait()


def pin(process: psutil.Process, core: int) -> None:
    """Keep a process on one core, if there are two."""
    if hasattr(process, "cpu_affinity") and (os.cpu_count() or 1) > 1:
        process.cpu_affinity([core])


def measure(name: str, command: list[str], env: dict[str, str], seconds: float) -> dict[str, Any]:
    """One server under load."""
    port = int(env["PHONE_PORT"])
    with serving(command, os.environ | env, port) as server:
        asyncio.run(load(port, 2.0))
        before = sum(server.cpu_times()[:2])
        times = asyncio.run(load(port, seconds))
        cpu = sum(server.cpu_times()[:2]) - before
    return {
        "server": name,
        "requests": len(times),
        "per_s": round(len(times) / seconds),
        "per_cpu_s": round(len(times) / cpu),
        "p50_ms": round(1000 * times[len(times) // 2], 1),
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 1),
    }


def main() -> None:
    """Both servers, ours with each store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--redis", default="", help="address of a Redis, to measure it too")
    options = parser.parse_args()
    pin(psutil.Process(), 1)
    ours = [sys.executable, "agent.py", "webhook"]
    sketch = [sys.executable, "-m", "uvicorn", "benchmarks.webhook_sketch:app"]
    sketch += ["--no-access-log", "--port"]
    with TemporaryDirectory() as folder:
        stores = {"sqlite": f"sqlite:{folder}/calls.db"}
        stores |= {"redis": options.redis} if options.redis else {}
        for name, slots in stores.items():
            env = settings(slots)
            show(measure(f"ours, {name}", ours, env, options.seconds))
        env = settings("")
        show(measure("the guide's sketch", [*sketch, env["PHONE_PORT"]], env, options.seconds))


def settings(slots: str) -> dict[str, str]:
    """The environment of a server."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    return {
        "PHONE_PORT": str(port),
        "PHONE_PUBLIC_URL": PUBLIC,
        "PHONE_TWILIO_AUTH_TOKEN": TOKEN,
        "PHONE_SIP_HOST": "ours.sip.livekit.cloud",
        "PHONE_SIP_PASSWORD": "a-sip-password",
        "PHONE_STARTS_PER_SECOND": "1000000",
        "PHONE_SLOTS": slots,
    }


def show(result: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
