"""A bad network between two ends of a TCP connection: it delays, stops and cuts what passes."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Network:
    """What the network does now; tests change it while bytes pass.

    Each piece that passes waits `delay_s` and, at random, up to `jitter_s` more; TCP keeps the
    order, so a piece that is late holds up those behind it, as a lost packet does. While `open` is
    not set nothing passes, and neither end hears of it.
    """

    port: int = 0
    """Where to connect instead of to the real port."""
    delay_s: float = 0.0
    jitter_s: float = 0.0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(
        default_factory=list
    )

    def cut(self) -> None:
        """Break every connection without a word; new ones are accepted."""
        for pair in self.connections:
            for end in pair:
                end.transport.abort()
        self.connections.clear()


@contextlib.asynccontextmanager
async def a_network(port: int, *, seed: int = 1) -> AsyncIterator[Network]:
    """A network in front of a port on loopback."""
    network, rng = Network(), random.Random(seed)
    network.open.set()
    tasks: set[asyncio.Task[None]] = set()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection("127.0.0.1", port)
        network.connections.append((writer, onward))
        for source, sink in ((reader, onward), (there, writer)):
            task = asyncio.ensure_future(_carry(source, sink, network, rng))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    network.port = server.sockets[0].getsockname()[1]
    try:
        yield network
    finally:
        server.close()
        network.cut()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, network: Network, rng: random.Random
) -> None:
    """Pass on what comes, late, until one end is gone."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await network.open.wait()
            sink.write(piece)
            if not piece:
                return sink.close()
            await sink.drain()

    delivery = asyncio.ensure_future(deliver())
    with contextlib.suppress(ConnectionError):
        while True:
            piece = await source.read(2**16)
            wait_s = network.delay_s + rng.uniform(0.0, network.jitter_s)
            pieces.put_nowait((loop.time() + wait_s, piece))
            if not piece:
                break
    await asyncio.gather(delivery, return_exceptions=True)
