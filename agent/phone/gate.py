"""The slot store as the webhook uses it: never on the event loop, never longer than a deadline."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
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

    def __init__(self, slots: Slots, *, deadline_s: float = DEADLINE_S) -> None:
        self._slots = slots
        self._deadline_s = deadline_s

    async def acquire(self, call: str) -> Answer:
        """The store's verdict, or that it did not answer."""
        return await self._ask("acquire", lambda: self._slots.acquire(call)) or "store down"

    async def renew(self, call: str) -> None:
        """Begin the lease anew, if the call has one."""
        await self._ask("renew", lambda: self._slots.renew(call))

    async def release(self, call: str) -> None:
        """Free the slot. If that fails the lease ends by itself."""
        await self._ask("release", lambda: self._slots.release(call))

    async def count(self) -> int | None:
        """Running calls; None when the store does not answer."""
        return await self._ask("count", self._slots.count)

    def close(self) -> None:
        """Close the store's connection."""
        self._slots.close()

    async def _ask(self, verb: str, ask: Callable[[], T]) -> T | None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.to_thread(ask)
        except (SlotStoreError, TimeoutError) as error:
            monitoring.STORE_ERRORS.labels(verb).inc()
            _log.error("the slot store did not answer (%s): %s", verb, error or "time-out")
            return None
        finally:
            monitoring.STORE_SECONDS.labels(verb).observe(time.perf_counter() - began)
