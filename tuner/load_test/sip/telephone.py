"""One telephone for one call: dial, speak, listen, press keys, hang up."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress

from tuner.bench.callers.sounds import Samples
from tuner.load_test.sip import session, wire
from tuner.load_test.sip.dialog import Dialog, SipLine
from tuner.load_test.sip.message import SipMessage
from tuner.load_test.sip.rtp import RtpStream
from tuner.load_test.sip.session import FarMedia
from tuner.load_test.sip.wire import Signalling

END_S = 5.0
"""How long an end is waited for: the answer to BYE or CANCEL."""
CHALLENGES = (401, 407)


class CallRefusedError(Exception):
    """The call did not come about; `status` is SIP's, 0 when nothing answered or it broke."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status} {why}".strip() if status else why)
        self.status = status


class Telephone:
    """`connect`, then `dial`; `close` in any case. Times are those of the event loop."""

    def __init__(self, line: SipLine, way: Signalling, stream: RtpStream, port: int) -> None:
        self.stream = stream
        self.ended = asyncio.Event()
        self.ringing_at: float | None = None
        self.answered_at: float | None = None
        self._way, self._dialog = way, Dialog(line, way)
        self._offer = session.offer(way.local[0], port, secrets.randbits(31))
        self._answers: asyncio.Queue[SipMessage | None] = asyncio.Queue()
        self._tasks = [asyncio.create_task(self._receive())]
        self._challenged = False

    @classmethod
    async def connect(cls, line: SipLine, heard: Callable[[Samples], None]) -> Telephone:
        """Open signalling and sound.

        Raises:
            OSError, TimeoutError: nobody is there.
        """
        way = await wire.connect(line.transport, line.host, line.port)
        loop = asyncio.get_running_loop()
        transport, stream = await loop.create_datagram_endpoint(
            lambda: RtpStream(heard, secrets.randbits(32)), local_addr=(way.local[0], 0)
        )
        return cls(line, way, stream, transport.get_extra_info("sockname")[1])

    async def dial(self, ring_s: float) -> None:
        """Ring for so long at most; returns when the call is answered.

        Raises:
            CallRefusedError: it was not.
        """
        self._way.send(self._dialog.invite(self._offer), is_request=True)
        try:
            async with asyncio.timeout(ring_s):
                answer = await self._final_answer()
        except TimeoutError:
            await self._cancel()
            raise CallRefusedError(0, f"no answer within {ring_s:g} s") from None
        self._dialog.answered(answer)
        self._way.send(self._dialog.acknowledge(answer))
        self.answered_at = asyncio.get_running_loop().time()
        self._begin(answer)

    def _begin(self, answer: SipMessage) -> None:
        try:
            far: FarMedia = session.answer(answer.body)
        except ValueError as error:
            self._way.send(self._dialog.bye(), is_request=True)
            raise CallRefusedError(0, str(error)) from error
        self.stream.send_to(far)
        self._tasks.append(asyncio.create_task(self.stream.run()))

    async def _final_answer(self) -> SipMessage:
        """The 2xx to INVITE; a challenge is answered once."""
        while True:
            answer = await self._answers.get()
            if answer is None:
                raise CallRefusedError(0, "the connection broke")
            if answer.method != "INVITE":
                continue
            if answer.status in (180, 183) and self.ringing_at is None:
                self.ringing_at = asyncio.get_running_loop().time()
            if 200 <= answer.status < 300:
                return answer
            if answer.status >= 300:
                self._way.send(self._dialog.acknowledge(answer))
                self._try_again(answer)

    def _try_again(self, answer: SipMessage) -> None:
        if answer.status not in CHALLENGES or self._challenged:
            raise CallRefusedError(answer.status, answer.reason)
        self._challenged = True
        self._way.send(self._dialog.invite(self._offer, answer), is_request=True)

    async def _cancel(self) -> None:
        """Give up; a call that is answered at that moment is ended."""
        self._way.send(self._dialog.cancel(), is_request=True)
        with suppress(TimeoutError, CallRefusedError):
            async with asyncio.timeout(END_S):
                answer = await self._final_answer()
                self._dialog.answered(answer)
                self._way.send(self._dialog.acknowledge(answer))
                await self.hang_up()

    async def hang_up(self) -> None:
        """End the call, if it runs."""
        if self.ended.is_set() or not self._dialog.remote:
            return
        self.ended.set()
        self._way.send(self._dialog.bye(), is_request=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                while (answer := await self._answers.get()) is not None and answer.method != "BYE":
                    pass

    async def _receive(self) -> None:
        """Hand answers on; answer the far end's own requests."""
        while (arrived := await self._way.arrived.get()) is not None:
            if arrived.status:
                self._way.answered()
                self._answers.put_nowait(arrived)
                if self.answered_at is not None and arrived.method == "INVITE":
                    self._way.send(self._dialog.acknowledge(arrived))  # our ACK was lost
            elif arrived.method != "ACK":
                is_invite = arrived.method == "INVITE"
                self._way.send(self._dialog.reply(arrived, body=self._offer if is_invite else b""))
                if arrived.method == "BYE":
                    self.ended.set()
        self.ended.set()
        self._answers.put_nowait(None)

    async def close(self) -> None:
        """Close all sockets; the call is over for the far end, too, if it was hung up before."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.stream.close()
        await self._way.close()
