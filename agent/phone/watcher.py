"""No caller rings in vain: a call that has no agent is offered again until one is free.

LiveKit offers a call to its agents once and never again, also when one becomes free, or dies, while
the caller waits. Calls that wait stand in a line; the first is offered when another call has ended
and every OFFER_EVERY_S, the next once an agent has taken the first. If two agents take the same
call, the later one leaves (`caller.another_serves`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from livekit import api
from livekit.protocol.models import ParticipantInfo

from agent.phone.names import METADATA, ROOM_PREFIX

LOOK_EVERY_S, LOOK_WHILE_WAITING_S = 0.5, 0.2
LOOK_AT_SERVED_EVERY_S = 5.0
"""How often to see whether an agent is still there. LiveKit itself needs 20 s to notice."""
OFFER_EVERY_S, FREED_S = 2.0, 3.0
"""How often to offer the first in line; for FREED_S after the end of a call at every look, since
its agent becomes free in that time."""
OWN_OFFER_S = 1.0
"""LiveKit itself offers a call that begins; who has no agent by then waits."""
TAKEN_WITHIN_S, TAKEN_POLL_S = 0.3, 0.1
"""An offer that no agent has taken by then was refused: all are busy."""
AT_ONCE = 20
"""So many calls are asked about at once: one after the other, a thousand took seconds."""
JOIN_S = 15.0
"""An agent that has taken a call is in the room by then, or will never be. LiveKit goes on calling
the job of a killed agent "running"."""

_TAKEN = (api.JobStatus.JS_PENDING, api.JobStatus.JS_RUNNING)
_log = logging.getLogger("agent.phone")


@dataclass(slots=True)
class _Call:
    """What is known of one room: since when it waits, and when to look again."""

    since: float
    look: float
    taken: float | None = None
    """When an agent that is not there yet was seen to have taken it."""
    offers: dict[str, float] = field(default_factory=dict)
    """When each of its dispatches was first seen: the date of LiveKit's machine may differ."""


@dataclass(slots=True)
class Watcher:
    """Watches the rooms of one LiveKit server. All times are of the monotonic clock."""

    server: api.LiveKitAPI
    agent_name: str
    _calls: dict[str, _Call] = field(default_factory=dict)
    _freed: float = float("-inf")
    _offered: float = float("-inf")
    _waiting: bool = False

    async def run(self) -> None:
        """Watch until cancelled; a server that does not answer is asked again."""
        _log.info("watching the calls of %s", self.agent_name)
        while True:
            try:
                await self.look(time.monotonic())
            except Exception as error:  # a proxy may answer anything: callers would ring in vain
                _log.warning("LiveKit does not answer: %s", _reason(error))
            await asyncio.sleep(LOOK_WHILE_WAITING_S if self._waiting else LOOK_EVERY_S)

    async def look(self, now: float) -> None:
        """See which calls there are, and offer those that wait, in their order, until one is
        refused."""
        await self._list_calls(now)
        self._waiting = False
        calls = sorted(self._calls.items(), key=lambda item: item[1].since)
        due = [(name, call) for name, call in calls if now >= call.look]
        # the first alone: if it is refused, the others need not be asked about
        for few in (due[:1], *(due[at : at + AT_ONCE] for at in range(1, len(due), AT_ONCE))):
            if not await self._serve(few, now):
                return

    async def _serve(self, calls: Sequence[tuple[str, _Call]], now: float) -> bool:
        """Offer those of the calls that wait; whether it is worth offering the next."""
        waits = await asyncio.gather(*(self._still_waits(*each, now) for each in calls))
        offered = False
        for each in (each for each, does in zip(calls, waits, strict=True) if does):
            # an offer takes its time: the caller may have left in it
            if offered and not await self._still_waits(*each, now):
                continue
            self._waiting = offered = True
            try:
                if not await self._may_go_on(*each, now):
                    return False
            except api.TwirpError as error:  # the room has closed meanwhile: the next caller waits
                _log.warning("LiveKit does not answer about a call: %s", error.code)
        return True

    async def _still_waits(self, name: str, call: _Call, now: float) -> bool:
        try:
            return await self._waits(name, call, now)
        except api.TwirpError as error:
            _log.warning("LiveKit does not answer about a call: %s", error.code)
            return False

    async def _may_go_on(self, name: str, call: _Call, now: float) -> bool:
        """Offer a call that waits, if it is time for an offer; whether an agent took it."""
        if now - self._freed > FREED_S and now - self._offered < OFFER_EVERY_S:
            return False
        if not await self._offer(name, call):
            self._offered = now
            return False
        call.taken = time.monotonic()
        return True

    async def _list_calls(self, now: float) -> None:
        rooms = (await self.server.room.list_rooms(api.ListRoomsRequest())).rooms
        # LiveKit lists them in any order, and of two that one look finds the older one waits longer
        oldest = sorted(rooms, key=lambda room: (room.creation_time, room.creation_time_ms))
        names = [room.name for room in oldest if room.name.startswith(ROOM_PREFIX)]
        if set(self._calls) - set(names):
            self._freed = now
        self._calls = {name: self._calls.get(name, _Call(now, now)) for name in names}

    async def _waits(self, room: str, call: _Call, now: float) -> bool:
        """Whether there is a caller, and no agent has come or is coming."""
        request = api.ListParticipantsRequest(room=room)
        people = (await self.server.room.list_participants(request)).participants
        kinds = {person.kind for person in people}
        if not kinds or ParticipantInfo.Kind.AGENT in kinds:
            call.since, call.taken = now, None
            call.look = now + LOOK_AT_SERVED_EVERY_S if kinds else now
            return False
        if now - call.since < OWN_OFFER_S:
            return False
        if not _taken(await self._dispatches(room)):
            call.taken = None
            return True
        call.taken = now if call.taken is None else call.taken
        return now - call.taken >= JOIN_S

    async def _dispatches(self, room: str) -> Sequence[api.AgentDispatch]:
        return await self.server.agent_dispatch.list_dispatch(room)

    async def _offer(self, room: str, call: _Call) -> bool:
        """Offer a call to the agents; whether one has taken it."""
        earlier, now = await self._dispatches(room), time.monotonic()
        call.offers = {one.id: call.offers.get(one.id, now) for one in earlier}
        for one in earlier:
            # a younger one may have an agent on its way: LiveKit shows that late
            if now - call.offers[one.id] > JOIN_S:
                await self.server.agent_dispatch.delete_dispatch(one.id, room)
        metadata = earlier[0].metadata if earlier else METADATA
        request = api.CreateAgentDispatchRequest(
            agent_name=self.agent_name, room=room, metadata=metadata
        )
        made = await self.server.agent_dispatch.create_dispatch(request)
        if taken := await self._is_taken(room, made.id):
            _log.info("a call that waited gets an agent")
        return taken

    async def _is_taken(self, room: str, dispatch: str) -> bool:
        ends = time.monotonic() + TAKEN_WITHIN_S
        while time.monotonic() < ends:
            await asyncio.sleep(TAKEN_POLL_S)
            if _taken([one for one in await self._dispatches(room) if one.id == dispatch]):
                return True
        return False


def _reason(error: Exception) -> str:
    """Never the error's own words: a room's name may hold the caller's number."""
    return error.code if isinstance(error, api.TwirpError) else type(error).__name__


def _taken(dispatches: Sequence[api.AgentDispatch]) -> bool:
    """Whether an agent has a job there that is not over."""
    return any(job.state.status in _TAKEN for one in dispatches for job in one.state.jobs)
