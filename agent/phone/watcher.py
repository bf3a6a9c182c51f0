"""No caller rings in vain: a call that has no agent is offered again until one is free.

LiveKit offers a call to its agents once and never again, also when one becomes free, or dies, while
the caller waits. If two agents take the same call, the later one leaves
(`caller.another_serves`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
from livekit import api
from livekit.protocol.models import ParticipantInfo

from agent.phone.names import METADATA, ROOM_PREFIX

LOOK_EVERY_S = 0.5
LOOK_AT_SERVED_EVERY_S = 5.0
"""How often to see whether an agent is still there. LiveKit itself needs 20 s to notice."""
OFFER_EVERY_S = 2.0
"""An offer that no agent has taken by then was refused."""
JOIN_S = 15.0
"""An agent that has taken a call is in the room by then, or will never be. LiveKit goes on calling
the job of a killed agent "running"."""

_TAKEN = (api.JobStatus.JS_PENDING, api.JobStatus.JS_RUNNING)
_log = logging.getLogger("agent.phone")


@dataclass(slots=True)
class _Call:
    """What is known of one room: when it was offered last, and when to look again."""

    offered: float
    look: float


@dataclass(slots=True)
class Watcher:
    """Watches the rooms of one LiveKit server."""

    server: api.LiveKitAPI
    agent_name: str
    _calls: dict[str, _Call] = field(default_factory=dict)

    async def run(self) -> None:
        """Watch until cancelled; a server that does not answer is asked again."""
        while True:
            try:
                await self.look(time.monotonic())
            except (api.TwirpError, aiohttp.ClientError, TimeoutError) as error:
                _log.warning("LiveKit does not answer: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, now: float) -> None:
        """Look at every call, and offer those that wait."""
        rooms = (await self.server.room.list_rooms(api.ListRoomsRequest())).rooms
        names = [room.name for room in rooms if room.name.startswith(ROOM_PREFIX)]
        self._calls = {name: self._calls.get(name, _Call(now, now)) for name in names}
        for name, call in self._calls.items():
            if now >= call.look:
                await self._look_at(name, call, now)

    async def _look_at(self, room: str, call: _Call, now: float) -> None:
        request = api.ListParticipantsRequest(room=room)
        people = (await self.server.room.list_participants(request)).participants
        kinds = {person.kind for person in people}
        if not kinds or ParticipantInfo.Kind.AGENT in kinds:
            call.offered = now
            call.look = now + LOOK_AT_SERVED_EVERY_S if kinds else now
            return
        dispatches = await self.server.agent_dispatch.list_dispatch(room)
        taken = any(job.state.status in _TAKEN for one in dispatches for job in one.state.jobs)
        if now - call.offered >= (JOIN_S if taken else OFFER_EVERY_S):
            call.offered = now
            await self._offer(room, dispatches)

    async def _offer(self, room: str, earlier: Sequence[api.AgentDispatch]) -> None:
        metadata = earlier[0].metadata if earlier else METADATA
        for one in earlier:
            # a younger one may have an agent on its way: LiveKit shows that late
            if time.time() - one.state.created_at / 1e9 > JOIN_S:
                await self.server.agent_dispatch.delete_dispatch(one.id, room)
        request = api.CreateAgentDispatchRequest(
            agent_name=self.agent_name, room=room, metadata=metadata
        )
        await self.server.agent_dispatch.create_dispatch(request)
        _log.info("a call waits for an agent: offered again")
