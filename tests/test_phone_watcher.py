"""Calls that wait, on a LiveKit that answers as it should, late, or not about one of them."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("livekit.api")

from livekit import api
from livekit.protocol.models import ParticipantInfo

from agent.phone.watcher import AT_ONCE, JOIN_S, OWN_OFFER_S, Watcher

pytestmark = pytest.mark.asyncio
UNKNOWN = api.TwirpError("unavailable", "call-+15551234567: no response from servers", status=503)


class LiveKit:
    """Rooms with a caller each and no agent, the oldest first; LiveKit lists them in any order. An
    offer is taken at once."""

    def __init__(self, *rooms: str, closed: str = "") -> None:
        self.rooms, self.closed = rooms, closed
        self.offered: list[str] = []
        self.room = self.agent_dispatch = self

    async def list_rooms(self, _: Any) -> Any:
        rooms = [
            api.Room(name=name, creation_time=at // 2, creation_time_ms=at * 500)
            for at, name in enumerate(self.rooms)
        ]
        return SimpleNamespace(rooms=sorted(rooms, key=lambda room: room.name, reverse=True))

    async def list_participants(self, _: Any) -> Any:
        return SimpleNamespace(participants=[SimpleNamespace(kind=ParticipantInfo.Kind.SIP)])

    async def list_dispatch(self, room: str) -> Any:
        if room == self.closed:
            raise UNKNOWN
        status = api.JobStatus.JS_RUNNING
        jobs = [SimpleNamespace(state=SimpleNamespace(status=status))]
        made = SimpleNamespace(jobs=jobs, created_at=2**62)
        one = SimpleNamespace(id=room, metadata="{}", state=made)
        return [one] if room in self.offered else []

    async def create_dispatch(self, request: Any) -> Any:
        self.offered.append(request.room)
        return SimpleNamespace(id=request.room)


async def waited(server: Any) -> None:
    """Two looks, as far apart as a call rings before it waits."""
    watcher = Watcher(server, "voice-agent")
    await watcher.look(100.0)
    await watcher.look(100.0 + OWN_OFFER_S)


async def test_all_that_wait_are_offered_in_their_order() -> None:
    server = LiveKit("call-a", "other", "call-b")
    await waited(server)
    assert server.offered == ["call-a", "call-b"]


async def test_a_call_that_livekit_knows_no_longer_holds_up_none_behind_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    server = LiveKit("call-a", "call-b", closed="call-a")
    await waited(server)
    assert server.offered == ["call-b"]
    assert "LiveKit does not answer about a call: unavailable" in caplog.text
    assert "+1555" not in caplog.text


class Busy(LiveKit):
    """Every call has its agent, and an answer takes its time."""

    asked = most = 0

    async def list_participants(self, _: Any) -> Any:
        self.asked += 1
        self.most = max(self.most, self.asked)
        await asyncio.sleep(0.001)
        self.asked -= 1
        return SimpleNamespace(participants=[SimpleNamespace(kind=ParticipantInfo.Kind.AGENT)])


async def test_many_calls_are_asked_about_at_once_and_never_all_of_them() -> None:
    server = Busy(*(f"call-{n}" for n in range(200)))
    await waited(server)
    assert server.most == AT_ONCE


class Full(LiveKit):
    """No agent is free."""

    questions = 0

    async def list_participants(self, request: Any) -> Any:
        self.questions += 1
        return await super().list_participants(request)

    async def list_dispatch(self, _: Any) -> Any:
        return []


async def test_behind_a_call_that_is_refused_nobody_is_asked_about() -> None:
    server = Full(*(f"call-{n}" for n in range(200)))
    watcher = Watcher(cast(Any, server), "voice-agent")
    await watcher.look(100.0)
    server.questions = 0
    await watcher.look(100.0 + OWN_OFFER_S)
    assert (server.questions, server.offered) == (1, ["call-0"])


class Leaving(LiveKit):
    """The second caller hangs up while the first is offered."""

    async def list_participants(self, request: Any) -> Any:
        gone = request.room == "call-b" and self.offered
        found = await super().list_participants(request)
        return SimpleNamespace(participants=[] if gone else found.participants)


async def test_nobody_is_offered_who_left_during_an_offer() -> None:
    server = Leaving("call-z", "call-a", "call-b", "call-c")
    await waited(server)
    assert server.offered == ["call-z", "call-a", "call-c"]


class Nonsense(Exception):
    """What a library raises for an answer that is none of LiveKit's."""


async def test_an_answer_that_is_none_ends_no_watch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy's page with status 200 is no protobuf; a list instead of an object has no code."""
    monkeypatch.setattr("agent.phone.watcher.LOOK_EVERY_S", 0.0)
    answers = iter([Nonsense("+15551234567"), AttributeError("list"), None])

    class Odd(LiveKit):
        async def list_rooms(self, request: Any) -> Any:
            if (error := next(answers, None)) is not None:
                raise error
            return await super().list_rooms(request)

    server: Any = Odd("call-a")
    watch = asyncio.ensure_future(Watcher(server, "voice-agent").run())
    async with asyncio.timeout(30):
        while not server.offered:
            assert not watch.done()
            await asyncio.sleep(0.02)
    watch.cancel()
    assert "LiveKit does not answer: Nonsense" in caplog.text
    assert "+1555" not in caplog.text


@pytest.mark.parametrize("date", [0, 2**62], ids=["behind", "ahead"])
async def test_the_date_of_livekit_decides_about_no_offer(
    date: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An offer is taken back when it has been there for JOIN_S, whatever it says of its age."""
    monkeypatch.setattr("agent.phone.watcher.TAKEN_POLL_S", 0.0)
    monkeypatch.setattr("agent.phone.watcher.TAKEN_WITHIN_S", 0.0)
    deleted: list[str] = []

    class Busy(LiveKit):
        async def list_dispatch(self, _: str) -> Any:
            made = SimpleNamespace(jobs=[], created_at=date)
            return [SimpleNamespace(id="first", metadata="{}", state=made)]

        async def delete_dispatch(self, name: str, _: str) -> None:
            deleted.append(name)

    server: Any = Busy("call-a")
    watcher = Watcher(server, "voice-agent")
    monkeypatch.setattr("agent.phone.watcher.time.monotonic", lambda: 101.0)
    await watcher.look(100.0)
    await watcher.look(100.0 + OWN_OFFER_S)
    assert deleted == [], "it may have an agent on its way"
    monkeypatch.setattr("agent.phone.watcher.time.monotonic", lambda: 102.0 + JOIN_S)
    await watcher.look(102.0 + JOIN_S)
    assert deleted == ["first"]
