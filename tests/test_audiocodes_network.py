"""Calls over a bad network and past OpenAI's session limit: what is heard, and what is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from tests.agent_rig import LONG
from tests.audiocodes_rig import REALTIME, TOKEN, Rig, a_server, answer, has_ended, speech
from tests.tcp_proxy import a_network
from tuner.bench.model import ServerPlan
from tuner.bench.openai_server import wire_format
from tuner.bench.vaic.call import VaicCall

pytestmark = pytest.mark.asyncio


async def test_a_session_of_openai_that_is_over_goes_on_in_another(tmp_path: Path) -> None:
    """The model gets the conversation again, and the caller is answered as if nothing had been."""
    async with a_server(tmp_path, ServerPlan(session_s=4.0), **REALTIME) as rig:
        call = await rig.dialled()
        await answer(call, speech())
        before = len(_items(rig))
        assert await _until(lambda: _sessions(rig) == 2), "no second session"
        assert await _until(lambda: len(_items(rig)) > before), "no context"
        await answer(call, speech())
        assert not call.heard.hung_up
        assert call.heard.errors == {}
    said = str(_items(rig)[before:])
    assert "assistant" in said
    assert "user" in said
    (ended,) = rig.lines("session ended")
    assert (ended["reason"], ended["turns"]) == ("participant_disconnected", 2)


def _sessions(rig: Rig) -> int:
    """How many connections have been configured."""
    updates = [frame.event["session"] for frame in rig.openai.truth.frames_of("session.update")]
    return sum("audio" in session for session in updates)


def _items(rig: Rig) -> list[dict[str, object]]:
    frames = rig.openai.truth.frames_of("conversation.item.create")
    return [frame.event["item"] for frame in frames]


async def _until(happened: object, limit_s: float = 15.0) -> bool:
    assert callable(happened)
    for _ in range(int(limit_s / 0.02)):
        if happened():
            return True
        await asyncio.sleep(0.02)
    return False
