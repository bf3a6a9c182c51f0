"""The slot store as the webhook uses it: never waited for on the event loop, never longer than a
deadline."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, TypeVar

from agent.phone import monitoring
from agent.phone.admission import Slots, SlotStoreError, Verdict

DEADLINE_S = 3.0
"""Twilio gives up after 15 s; a caller who hears nothing, sooner."""

Answer = Verdict | Literal["store down"]
T = TypeVar("T")

_log = logging.getLogger("agent.phone")


class Gate:
    """Asks the store; a store that does not answer is an answer here, and is counted."""

    def __init__(
        self, slots: Slots, quick: Slots | None = None, *, deadline_s: float = DEADLINE_S
    ) -> None:
        self._slots, self._quick = slots, quick
        self._deadline_s = deadline_s

    async def acquire(self, call: str) -> Answer:
        """The store's verdict, or that it did not answer."""
        return await self._ask("acquire", lambda slots: slots.acquire(call)) or "store down"

    async def renew(self, call: str) -> None:
        """Begin the lease anew, if the call has one."""
        await self._ask("renew", lambda slots: slots.renew(call))

    async def release(self, call: str) -> None:
        """Free the slot. If that fails the lease ends by itself."""
        await self._ask("release", lambda slots: slots.release(call))

    async def count(self) -> int | None:
        """Running calls; None when the store does not answer."""
        return await self._ask("count", lambda slots: slots.count())

    def close(self) -> None:
        """Close the store's connection."""
        self._slots.close()
        if self._quick is not None:
            self._quick.close()

    async def _ask(self, verb: str, ask: Callable[[Slots], T]) -> T | None:
        """Ask at once where that is possible: to change threads twice costs more than the answer,
        and up to 5 ms while the event loop is busy."""
        began = time.perf_counter()
        try:
            if self._quick is not None:
                with suppress(SlotStoreError):
                    return ask(self._quick)
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.to_thread(ask, self._slots)
        except (SlotStoreError, TimeoutError) as error:
            monitoring.STORE_ERRORS.labels(verb).inc()
            _log.error("the slot store did not answer (%s): %s", verb, error or "time-out")
            return None
        finally:
            monitoring.STORE_SECONDS.labels(verb).observe(time.perf_counter() - began)
