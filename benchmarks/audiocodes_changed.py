"""The AudioCodes bridge with one thing changed that is no setting, to measure what it is worth.

Run as `python -m benchmarks.audiocodes_changed CHANGE`; `benchmarks.audiocodes_settings` does.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp.base_protocol
import aiohttp.web
import msgspec

from agent import main
from agent.audiocodes import command, messages, server


def nagle() -> None:
    """Leave TCP_NODELAY off, on the sockets to the callers and to OpenAI."""

    def off(sock: socket.socket) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)

    asyncio.base_events._set_nodelay = off  # type: ignore[attr-defined]
    protocol: Any = aiohttp.base_protocol
    protocol.tcp_nodelay = lambda *_: None


def deflate() -> None:
    """Compress each message, if the caller can."""
    make: Any = aiohttp.web.WebSocketResponse

    def compressing(**options: Any) -> Any:
        return make(**{**options, "compress": True})

    server.web.WebSocketResponse = compressing  # type: ignore[attr-defined]


def plain_json() -> None:
    """Read and write messages with `json` and dictionaries."""

    def parse(text: str | bytes) -> messages.Incoming:
        return msgspec.convert(json.loads(text), messages.Incoming)

    def chunk(stream_id: str, audio: bytes) -> bytes:
        sound = base64.b64encode(audio).decode()
        head = {"type": "playStream.chunk", "streamId": stream_id}
        return json.dumps({**head, "audioChunk": sound}).encode()

    messages.parse, messages.chunk = parse, chunk


def collector() -> None:
    """Let Python's garbage collector walk through everything as often as it likes."""
    command._calm_collector = lambda: None


def small_buffers() -> None:
    """16 KiB in each direction instead of what the system gives."""
    set_nodelay = asyncio.base_events._set_nodelay  # type: ignore[attr-defined]

    def small(sock: socket.socket) -> None:
        set_nodelay(sock)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, 16_384)

    asyncio.base_events._set_nodelay = small  # type: ignore[attr-defined]


CHANGES: Mapping[str, Callable[[], None]] = {
    change.__name__: change for change in (nagle, deflate, plain_json, collector, small_buffers)
}

if __name__ == "__main__":
    CHANGES[sys.argv[1]]()
    sys.argv = ["agent.py", "audiocodes"]
    main.main()
