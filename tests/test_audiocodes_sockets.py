"""Sockets that want what is not theirs: a second session, a long name, a place."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("livekit.agents")

from agent.audiocodes.conversation import BotConversation
from agent.audiocodes.conversations import Conversations
from agent.audiocodes.counts import Counts
from agent.audiocodes.messages import Incoming
from agent.audiocodes.socket import Socket
from tests.agent_rig import quick
from tests.audiocodes_rig import TOKEN, a_server
from tuner.bench.vaic import wire

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.asyncio
async def test_a_socket_with_a_session_resumes_no_other(tmp_path: Path) -> None:
    """Nobody would notice the end of the first: it would be held without a caller."""
    async with a_server(tmp_path, audiocodes_resume_grace=0.1) as rig:
        one, other = await rig.dialled("one"), await rig.dialled("other")
        await one.send_raw(json.dumps(wire.of("other", "session.resume")))
        assert await one.until(lambda: "socket has a session" in one.heard.refused)
        async with asyncio.timeout(30):
            while "one" in rig.conversations._running:  # its grace ends
                await asyncio.sleep(0.02)
        assert list(rig.conversations._running) == ["other"]
        assert not other.heard.refused


class Waiting:
    """A call as `Conversations` sees it, that is lost and found again."""

    def __init__(self) -> None:
        self.terms = SimpleNamespace(conversation_id="c1", heard=SimpleNamespace(name="raw/mulaw"))
        self.socket: object = None
        self.over = self.left = False

    def detach(self, _: object) -> bool:
        self.socket = None
        return True

    def attach(self, socket: object, **_: bool) -> None:
        self.socket = socket

    def leave(self) -> None:
        self.left = True


@pytest.mark.asyncio
async def test_who_is_lost_again_gets_the_whole_grace_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maker, latency = cast(Any, None), cast(Any, None)
    conversations = Conversations(quick(), maker, latency, Counts())
    call, socket = Waiting(), cast(Socket, SimpleNamespace(post=lambda _: None))
    lost = cast(BotConversation, call)
    conversations._running["c1"] = lost
    monkeypatch.setattr(Conversations, "grace_s", 0.0)
    conversations.lost(lost, socket)
    conversations.resume(Incoming("session.resume", "c1"), socket)
    monkeypatch.setattr(Conversations, "grace_s", 1_000.0)
    conversations.lost(lost, socket)
    await asyncio.sleep(0.05)
    assert not call.left, "the end of the first grace ended the call in its second"
    monkeypatch.setattr(Conversations, "grace_s", 0.0)
    conversations.lost(lost, socket)
    await asyncio.sleep(0.05)
    assert call.left


@pytest.mark.asyncio
async def test_a_name_of_any_length_is_not_written_into_every_line(tmp_path: Path) -> None:
    async with a_server(tmp_path) as rig:
        with pytest.raises(ConnectionError, match="longer than 256 characters"):
            await rig.caller("c" * 257).dial()
        await rig.dialled("c" * 256)


@pytest.mark.asyncio
@pytest.mark.parametrize("head", [b"", b"GET /audiocodes HTTP/1.1\r\nHost: here\r\nUpgr"])
async def test_a_connection_that_asks_for_nothing_is_closed(
    head: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a file of the process; some hundred of them would keep every caller out."""
    monkeypatch.setattr("agent.audiocodes.bridge._REQUEST_S", 0.2)
    async with a_server(tmp_path) as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(head)
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()
        await rig.dialled()


@pytest.mark.asyncio
async def test_of_too_many_connections_that_ask_for_nothing_the_oldest_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.audiocodes.connections.MOST_IDLE", 5)
    async with a_server(tmp_path) as rig:
        call = await rig.dialled()
        idle = [await asyncio.open_connection("127.0.0.1", rig.port) for _ in range(8)]
        async with asyncio.timeout(30):
            for reader, _ in idle[:3]:
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
        assert not any(reader.at_eof() for reader, _ in idle[3:])
        await rig.dialled("other")
        assert len(rig.conversations) == 2
        assert call.heard.refused == ""
        for _, writer in idle:
            writer.close()
