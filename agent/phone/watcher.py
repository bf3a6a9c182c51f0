"""No caller rings in vain: a call that found no agent is offered again until one is free.

LiveKit offers a call to its agents once and never again, also when one becomes free, or dies, while
the caller waits. Run one watcher for a LiveKit project: two would offer a call twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field

import aiohttp
from livekit import api
from livekit.protocol.models import ParticipantInfo

from agent.phone.names import ROOM_PREFIX

LOOK_EVERY_S = 0.5
OFFER_EVERY_S = 2.0
"""An offer that nobody has taken by then was refused."""

_ALIVE = (api.JobStatus.JS_PENDING, api.JobStatus.JS_RUNNING)
_log = logging.getLogger("agent.phone")


@dataclass(slots=True)
class Watcher:
    """Watches the rooms of one LiveKit server."""

    server: api.LiveKitAPI
    agent_name: str
    _offered: dict[str, float] = field(default_factory=dict)
    """When each room that waits was found or offered last, by its name."""

    async def run(self) -> None:
        """Watch until cancelled; a server that does not answer is asked again."""
        while True:
            try:
                await self.look(time.monotonic())
            except (api.TwirpError, aiohttp.ClientError, TimeoutError) as error:
                _log.warning("LiveKit does not answer: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, now: float) -> int:
        """Look at every call once, and offer those that wait; how many were offered."""
        rooms = (await self.server.room.list_rooms(api.ListRoomsRequest())).rooms
        names = [room.name for room in rooms if room.name.startswith(ROOM_PREFIX)]
        self._offered = {name: self._offered[name] for name in names if name in self._offered}
        return sum([await self._look_at(name, now) for name in names])

    async def _look_at(self, room: str, now: float) -> bool:
        dispatches = await self.server.agent_dispatch.list_dispatch(room)
        if any(job.state.status in _ALIVE for one in dispatches for job in one.state.jobs):
            self._offered.pop(room, None)
            return False
        if now - self._offered.setdefault(room, now) < OFFER_EVERY_S:
            return False
        if not await self._caller_waits(room):
            return False
        await self._offer(room, dispatches)
        self._offered[room] = now
        return True

    async def _caller_waits(self, room: str) -> bool:
        """Somebody is there, and no agent; the room's own count is late by seconds."""
        request = api.ListParticipantsRequest(room=room)
        people = (await self.server.room.list_participants(request)).participants
        kinds = {person.kind for person in people}
        return bool(kinds) and ParticipantInfo.Kind.AGENT not in kinds

    async def _offer(self, room: str, stale: list[api.AgentDispatch]) -> None:
        metadata = stale[0].metadata if stale else ""
        for one in stale:
            await self.server.agent_dispatch.delete_dispatch(one.id, room)
        request = api.CreateAgentDispatchRequest(
            agent_name=self.agent_name, room=room, metadata=metadata
        )
        await self.server.agent_dispatch.create_dispatch(request)
        _log.info("a call waits for an agent: offered again")
