"""What `/health` says: whether more calls may come, how many run, how long things take."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
            "calls": self.calls(),
            "openai": {"reachable": self._openai, "asked_s_ago": asked},
            "latency_ms": self.latency.summary(),
            "counts": dataclasses.asdict(self.counts),
        }

    def calls(self) -> dict[str, int | None]:
        """How many run, and how many may; None: no limit."""
        return {"now": len(self._conversations), "limit": self._conversations.limit}

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


def together(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One report of several workers: sums, and of each operation the worker that is slowest."""
    slowest: dict[str, Any] = {}
    for report in reports:
        for operation, figures in report["latency_ms"].items():
            if operation not in slowest or figures["p99"] > slowest[operation]["p99"]:
                slowest[operation] = figures
    states = [report["status"] for report in reports]
    limits = [report["calls"]["limit"] for report in reports]
    return {
        **reports[0],
        "status": "ok" if "ok" in states else states[0],
        "workers": len(reports),
        "calls": {
            "now": sum(report["calls"]["now"] for report in reports),
            "limit": None if None in limits else sum(limits),
        },
        "latency_ms": slowest,
        "counts": {
            name: sum(report["counts"][name] for report in reports) for name in reports[0]["counts"]
        },
    }
