"""The load test: callers, requests beside them, and a look at everything once a second."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from tuner.inputs.addresses import without_secrets
from tuner.load_test.caller import LoadCall, VoiceLine, converse
from tuner.load_test.plan import CallingPlan
from tuner.load_test.processes import ProcessWatch
from tuner.load_test.results import LoadResult
from tuner.load_test.twilio import TwilioSide, TwimlAnswer, WebhookError
from tuner.redaction.terminal import printable

LOOK_S = 1.0
LEFT_S = 10.0
"""How long slots may take to become free after the last call."""
REPORTS_AT_ONCE = 256

Dial = Callable[[TwimlAnswer, str], AbstractAsyncContextManager[VoiceLine]]
"""Makes the call that the webhook wants; raises when it is not answered."""


@dataclass(slots=True)
class LoadTest:
    """One run. `dial` is None where only requests are sent."""

    plan: CallingPlan
    webhook: TwilioSide | None
    dial: Dial | None
    watch: ProcessWatch
    progress: Callable[[LoadResult], None]
    result: LoadResult = field(init=False)
    _began: float = 0.0
    _running: int = 0

    def __post_init__(self) -> None:
        self.result = LoadResult(self.plan)

    @property
    def _at_s(self) -> float:
        return time.monotonic() - self._began

    async def run(self) -> LoadResult:
        """Everything until all have hung up; a cancelled run leaves `result` as far as it came."""
        self._began = time.monotonic()
        looking = asyncio.create_task(self._look())
        try:
            await asyncio.gather(self._reports(), *map(self._caller, range(self.plan.calls)))
            self.result.left = await self._left()
        finally:
            looking.cancel()
            self.result.seconds = self._at_s
        return self.result

    async def _look(self) -> None:
        while True:
            active = await self.webhook.active() if self.webhook else None
            reading = self.watch.read(self._at_s, self._running, active)
            self.result.readings.append(reading)
            self.progress(self.result)
            await asyncio.sleep(LOOK_S)

    async def _left(self) -> int | None:
        """Slots that nobody freed."""
        if self.webhook is None:
            return None
        ends = time.monotonic() + LEFT_S
        while (active := await self.webhook.active()) and time.monotonic() < ends:
            await asyncio.sleep(0.2)
        return active

    # --- requests beside the calls --------------------------------------------------------------

    async def _reports(self) -> None:
        webhook = self.webhook
        if webhook is None:
            return
        room = asyncio.Semaphore(REPORTS_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for at_s in self.plan.reports_s():
                await asyncio.sleep(max(0.0, at_s - self._at_s))
                await room.acquire()
                task = tasks.create_task(self._report(webhook))
                task.add_done_callback(lambda _: room.release())

    async def _report(self, webhook: TwilioSide) -> None:
        call = new_call()
        self.result.reports += 1
        try:
            _, seconds = await webhook.incoming(call)
            self.result.webhook_s.append(seconds)
            await webhook.dial_done(call, "completed")
        except WebhookError as error:
            self.result.report_errors[reason(error)] += 1

    # --- callers --------------------------------------------------------------------------------

    async def _caller(self, number: int) -> None:
        rng = random.Random(f"{self.plan.seed}:{number}")
        await asyncio.sleep(self.plan.begins_s(number))
        while self._at_s < self.plan.ends_s:
            call = LoadCall(round(self._at_s, 2))
            self.result.calls.append(call)
            try:
                await self._call(call, rng)
            except Exception as error:  # whatever ends a call is a figure of the test
                call.error = call.error or reason(error)
            await asyncio.sleep(self.plan.pause_s)

    async def _call(self, call: LoadCall, rng: random.Random) -> None:
        sid = new_call()
        wanted = TwimlAnswer("dial", ring_s=self.plan.ring_s)
        if self.webhook is not None:
            wanted, call.webhook_s = await self.webhook.incoming(sid)
            self.result.webhook_s.append(call.webhook_s)
        if wanted.wanted != "dial" or self.dial is None:
            call.answer = wanted.wanted
            return
        try:
            await self._talk(self.dial(wanted, sid), call, rng)
        finally:
            if self.webhook is not None:
                status = "completed" if call.answer == "answered" else "failed"
                await _quietly(self.webhook.dial_done(sid, status))

    async def _talk(
        self, line: AbstractAsyncContextManager[VoiceLine], call: LoadCall, rng: random.Random
    ) -> None:
        began = time.monotonic()
        async with line as answered:
            call.answer, call.ring_s = "answered", time.monotonic() - began
            self._running += 1
            try:
                left_s = min(self.plan.call_s, self.plan.ends_s - self._at_s)
                await converse(answered, call, time.monotonic() + left_s, rng)
                call.packets, call.lost = await answered.hang_up()
            finally:
                self._running -= 1
                call.ended_s = round(self._at_s, 2)


async def _quietly(request: Awaitable[None]) -> None:
    """The end of a call that is over anyway; that the slot is free is looked at at the end."""
    try:
        await request
    except WebhookError:
        return


def reason(error: Exception) -> str:
    """Why a call or a request failed, as it may stand on a terminal: what a server answers is in
    it, and addresses."""
    text = str(error) if isinstance(error, WebhookError) else f"{type(error).__name__}: {error}"
    return printable(without_secrets(text))[:120]


def new_call() -> str:
    """A SID as Twilio gives them."""
    return f"CA{secrets.token_hex(16)}"
