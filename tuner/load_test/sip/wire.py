"""The way that SIP messages take: TCP, or UDP with requests repeated until something answers."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol, cast

from tuner.load_test.sip import message
from tuner.load_test.sip.message import SipMessage

CONNECT_S = 10.0
REPEAT_S, MOST_REPEATS = 0.5, 7
"""RFC 3261's T1, doubled each time; 7 times are 32 s."""


class Signalling(Protocol):
    """Sends messages, and hands over those that come, in their order; None when it is closed."""

    name: str
    local: tuple[str, int]
    arrived: asyncio.Queue[SipMessage | None]

    def send(self, data: bytes, *, is_request: bool = False) -> None:
        """Send one message; a request over UDP is sent again until `answered`."""

    def answered(self) -> None:
        """Stop repeating the request that was sent last."""

    async def close(self) -> None:
        """Close the connection."""


async def connect(transport: str, host: str, port: int) -> Signalling:
    """Open the way to a SIP server.

    Raises:
        OSError, TimeoutError: nobody is there.
    """
    async with asyncio.timeout(CONNECT_S):
        if transport == "udp":
            loop = asyncio.get_running_loop()
            _, wire = await loop.create_datagram_endpoint(UdpWire, remote_addr=(host, port))
            return wire
        return TcpWire(*await asyncio.open_connection(host, port))


class TcpWire:
    """One connection."""

    name = "TCP"

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrived: asyncio.Queue[SipMessage | None] = asyncio.Queue()
        self.local: tuple[str, int] = writer.get_extra_info("sockname")[:2]
        self._reader, self._writer = reader, writer
        self._task = asyncio.create_task(self._read())

    def send(self, data: bytes, *, is_request: bool = False) -> None:
        """See `Signalling`."""
        del is_request  # TCP repeats by itself
        self._writer.write(data)

    def answered(self) -> None:
        """See `Signalling`."""

    async def _read(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            while True:
                head = (await self._reader.readuntil(message.END)).lstrip(b"\r\n")
                if head:  # else a sign of life
                    body = await self._reader.readexactly(message.body_size(head))
                    self.arrived.put_nowait(message.parse(head + body))
        self.arrived.put_nowait(None)

    async def close(self) -> None:
        """See `Signalling`."""
        self._task.cancel()
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


class UdpWire(asyncio.DatagramProtocol):
    """Datagrams of one address."""

    name = "UDP"

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[SipMessage | None] = asyncio.Queue()
        self.local = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None
        self._repeating: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.local = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        """One message; what is none is dropped."""
        with suppress(ValueError):
            self.arrived.put_nowait(message.parse(data))

    def send(self, data: bytes, *, is_request: bool = False) -> None:
        """See `Signalling`."""
        if is_request:
            self.answered()
            self._repeat(data, 1)
        elif self._transport is not None:
            self._transport.sendto(data)

    def _repeat(self, data: bytes, times: int) -> None:
        if self._transport is None:
            return
        self._transport.sendto(data)
        if times < MOST_REPEATS:
            wait = REPEAT_S * 2 ** (times - 1)
            loop = asyncio.get_running_loop()
            self._repeating = loop.call_later(wait, self._repeat, data, times + 1)

    def answered(self) -> None:
        """See `Signalling`."""
        if self._repeating is not None:
            self._repeating.cancel()
            self._repeating = None

    async def close(self) -> None:
        """See `Signalling`."""
        self.answered()
        if self._transport is not None:
            self._transport.close()
