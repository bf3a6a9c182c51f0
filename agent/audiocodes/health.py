"""What `/health` says: whether more calls may come, how many run, how long things take."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from agent.audiocodes.conversations import Conversations
from agent.audiocodes.counts import Counts
from agent.audiocodes.latency import PathLatency

State = Literal["ok", "full", "draining", "openai unreachable"]
_LAG_EVERY_S = 0.1


class Health:
    """Watches event loop and OpenAI while `watch` runs."""

    def __init__(self, conversations: Conversations, latency: PathLatency, counts: Counts) -> None:
        self.latency, self.counts = latency, counts
        self._conversations = conversations
        self._openai: bool | None = None
        self._asked_at = 0.0

    def state(self) -> State:
        """ "ok" when the server may get more calls, else the reason why not."""
        if self._conversations.draining:
            return "draining"
        if self._conversations.full:
            return "full"
        return "openai unreachable" if self._openai is False else "ok"

    def report(self) -> dict[str, Any]:
        """Everything, for JSON; times in milliseconds. `openai.reachable` is null until asked."""
        asked = None if self._openai is None else round(self.latency.now() - self._asked_at, 1)
        return {
            "status": self.state(),
            "calls": {"now": len(self._conversations), "limit": self._conversations.limit},
            "openai": {"reachable": self._openai, "asked_s_ago": asked},
            "latency_ms": self.latency.summary(),
            "counts": dataclasses.asdict(self.counts),
        }

    async def watch_loop(self) -> None:
        """Measure how late the event loop wakes up, until cancelled."""
        while True:
            began = self.latency.now()
            await asyncio.sleep(_LAG_EVERY_S)
            now = self.latency.now()
            self.latency.add("event loop lag", max(0.0, now - began - _LAG_EVERY_S), now)

    async def watch_openai(self, reachable: Callable[[], Awaitable[bool]], every_s: float) -> None:
        """Ask now and then whether OpenAI answers at all, until cancelled."""
        while True:
            self._openai = await reachable()
            self._asked_at = self.latency.now()
            await asyncio.sleep(every_s)
