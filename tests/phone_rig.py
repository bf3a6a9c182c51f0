"""A real Redis for the tests of the phone path, and an empty slot store of each kind."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REDIS = shutil.which("redis-server") or shutil.which("valkey-server")
NO_REDIS = "neither redis-server nor valkey-server is on the PATH: did not run"


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def redis_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server on the loopback that keeps nothing on disk."""
    if REDIS is None:
        pytest.skip(NO_REDIS)
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly"]
    process = subprocess.Popen([*command, "no"], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for_port(port: int, limit_s: float = 30.0) -> None:
    """Return when somebody accepts connections there."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on port {port}"
            time.sleep(0.02)


@contextmanager
def store(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty store of this kind: "sqlite" or "redis"."""
    if kind == "sqlite":
        yield f"sqlite:{folder / 'calls.db'}"
        return
    port = free_port()
    with redis_server(port):
        yield f"redis://127.0.0.1:{port}/0"
