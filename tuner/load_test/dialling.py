"""How a call is made once the webhook has said that it wants one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from tuner.load_test import targets
from tuner.load_test.caller import VoiceLine
from tuner.load_test.room import LiveKitSide, room_line
from tuner.load_test.running import Dial
from tuner.load_test.sip.dialog import SipLine
from tuner.load_test.sip_line import phone_line
from tuner.load_test.twilio import SIP_PORT, TwimlAnswer


def room(url: str, key: str, secret: str, agent_name: str) -> Dial:
    """As a participant of a room, with what a SIP server would give them."""
    side = LiveKitSide(url, key, secret, agent_name)

    @asynccontextmanager
    async def dial(wanted: TwimlAnswer, call: str) -> AsyncIterator[VoiceLine]:
        async with room_line(side, call, dict(wanted.headers), wanted.ring_s) as line:
            yield line

    return dial


def sip(address: str, owned: Collection[str]) -> Dial:
    """With a telephone, to the address of the TwiML unless another one is given.

    The call raises UsageError where the TwiML names a host that is not the user's.
    """

    @asynccontextmanager
    async def dial(wanted: TwimlAnswer, _: str) -> AsyncIterator[VoiceLine]:
        host, port = wanted.host, wanted.port
        if address:
            host, port = targets.host_and_port(address, SIP_PORT)
        targets.check(host, owned)
        line = SipLine(
            host,
            port,
            wanted.target,
            wanted.transport,
            username=wanted.username,
            password=wanted.password,
            headers=wanted.headers,
        )
        async with phone_line(line, wanted.ring_s) as answered:
            yield answered

    return dial
