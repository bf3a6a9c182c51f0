"""RTP: 20 ms of mu-law a packet both ways, keys as RFC 4733, and what was lost on the way."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from tuner.bench.callers.sounds import Samples
from tuner.livekit import mulaw
from tuner.load_test.sip.session import MU_LAW, FarMedia

RATE, PACKET = 8000, 160
"""Samples a second, and in a packet of 20 ms."""
HEADER = struct.Struct("!BBHII")
SILENCE = mulaw.encode(np.zeros(PACKET, np.int16))
KEYS = "0123456789*#ABCD"
KEY_PACKETS, KEY_ENDS = 5, 3
"""Packets of a key (100 ms), and how often its end is repeated."""


@dataclass(slots=True)
class Received:
    """Counts of what came; `lost` is exact once everything late has come."""

    packets: int = 0
    late_or_twice: int = 0
    _first: int | None = None
    _highest: int = 0

    def count(self, sequence: int) -> None:
        """One packet with this sequence number (16 bits)."""
        if self._first is None:
            self._first = self._highest = sequence
        step = (sequence - self._highest) & 0xFFFF
        if 0 < step < 0x8000:
            self._highest += step
        elif self.packets:
            self.late_or_twice += 1
        self.packets += 1

    @property
    def lost(self) -> int:
        """Packets that did not come; one that came twice hides one that did not."""
        if self._first is None:
            return 0
        return max(0, self._highest - self._first + 1 - self.packets)


@dataclass(slots=True)
class RtpStream(asyncio.DatagramProtocol):
    """One stream each way; `heard` gets the samples of each packet that comes."""

    heard: Callable[[Samples], None]
    number: int
    """The SSRC: any 32 bits of our own."""
    received: Received = field(default_factory=Received)
    sent: int = 0
    _transport: asyncio.DatagramTransport | None = None
    _far: FarMedia | None = None
    _sequence: int = 0
    _time: int = 0
    _waiting: bytearray = field(default_factory=bytearray)
    _keys: list[tuple[bool, bytes]] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        """One packet; only mu-law is heard."""
        if len(data) <= HEADER.size or data[0] >> 6 != 2:
            return
        _, kind, sequence, _, _ = HEADER.unpack_from(data)
        self.received.count(sequence)
        if kind & 0x7F == MU_LAW:
            self.heard(mulaw.decode(data[HEADER.size + 4 * (data[0] & 15) :]))

    def send_to(self, far: FarMedia) -> None:
        """Where the sound goes from now on."""
        self._far = far

    def play(self, samples: Samples) -> None:
        """Put sound behind what waits; silence is sent when nothing does."""
        self._waiting += mulaw.encode(samples)

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that have not been sent."""
        return len(self._waiting) / RATE

    def press(self, key: str) -> None:
        """Queue one key; nothing of the sound is sent meanwhile.

        Raises:
            ValueError: the other side takes no keys, or there is no such key.
        """
        if self._far is None or self._far.keys is None:
            raise ValueError("the other side takes no keys")
        code = KEYS.index(key)
        for number in range(1, KEY_PACKETS + 1):
            self._keys.append((number == 1, struct.pack("!BBH", code, 10, number * PACKET)))
        end = struct.pack("!BBH", code, 0x80 | 10, KEY_PACKETS * PACKET)
        self._keys += [(False, end)] * KEY_ENDS

    async def run(self) -> None:
        """Send a packet every 20 ms until cancelled, late ones at once."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._send()
            due += PACKET / RATE
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _send(self) -> None:
        if self._far is None or self._transport is None:
            return
        if self._keys:
            first, payload = self._keys.pop(0)
            self._key_packet(first, payload)
        else:
            chunk = bytes(self._waiting[:PACKET])
            del self._waiting[:PACKET]
            self._packet(MU_LAW, chunk + SILENCE[len(chunk) :], self._time, marked=self.sent == 0)
            self._time = (self._time + PACKET) & 0xFFFFFFFF

    def _key_packet(self, first: bool, payload: bytes) -> None:
        """All packets of a key have the time of its beginning."""
        assert self._far is not None
        assert self._far.keys is not None
        self._packet(self._far.keys, payload, self._time, marked=first)
        if payload[1] & 0x80 and (not self._keys or self._keys[0][0]):
            self._time = (self._time + (KEY_PACKETS + KEY_ENDS) * PACKET) & 0xFFFFFFFF

    def _packet(self, kind: int, payload: bytes, time: int, *, marked: bool) -> None:
        assert self._transport is not None
        assert self._far is not None
        head = HEADER.pack(0x80, marked << 7 | kind, self._sequence, time, self.number)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._transport.sendto(head + payload, (self._far.host, self._far.port))
        self.sent += 1

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
