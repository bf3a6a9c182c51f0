"""A caller with a telephone: `VoiceLine` over SIP."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tuner.load_test.caller import Ear, sentences, until
from tuner.load_test.sip.dialog import SipLine
from tuner.load_test.sip.rtp import RATE
from tuner.load_test.sip.telephone import Telephone


class PhoneLine:
    """A `VoiceLine` on a telephone that was answered."""

    def __init__(self, phone: Telephone, ear: Ear) -> None:
        self.ear, self._phone = ear, phone

    @property
    def ended(self) -> bool:
        """See `VoiceLine`."""
        return self._phone.ended.is_set()

    async def say(self, sentence: int) -> float:
        """See `VoiceLine`."""
        said = sentences(RATE)[sentence]
        self._phone.stream.play(said)
        await until(lambda: not self._phone.stream.waiting_s or self.ended, len(said) / RATE + 5.0)
        return time.monotonic()

    async def hang_up(self) -> tuple[int, int]:
        """See `VoiceLine`."""
        await self._phone.hang_up()
        received = self._phone.stream.received
        return received.packets, received.lost


@asynccontextmanager
async def phone_line(line: SipLine, ring_s: float) -> AsyncIterator[PhoneLine]:
    """A telephone that was answered; hung up and closed afterwards.

    Raises:
        CallRefusedError: it was not answered.
        OSError, TimeoutError: nobody is there.
    """
    ear = Ear()
    phone = await Telephone.connect(line, ear.hear)
    try:
        await phone.dial(ring_s)
        yield PhoneLine(phone, ear)
    finally:
        await phone.hang_up()
        await phone.close()
