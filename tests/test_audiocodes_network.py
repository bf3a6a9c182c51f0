"""Calls over a bad network and past OpenAI's session limit: what is heard, and what is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from tests.audiocodes_rig import REALTIME, TOKEN, Rig, a_server, answer, has_ended, speech
from tests.tcp_proxy import a_network
from tuner.bench.model import ServerPlan
from tuner.bench.openai_server import wire_format
from tuner.bench.vaic.call import VaicCall

pytestmark = pytest.mark.asyncio
ANSWER = "I have changed the delivery address."


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
    replayed = str(_items(rig)[before:])
    assert "assistant" in replayed
    assert "user" in replayed
    (ended,) = rig.lines("session ended")
    assert (ended["reason"], ended["turns"]) == ("participant_disconnected", 2)


async def test_an_answer_that_openais_limit_cuts_is_continued(tmp_path: Path) -> None:
    plan = ServerPlan(session_s=5.0, speech_speed=1.0)
    async with a_server(tmp_path, plan, reply=ANSWER, **REALTIME) as rig:
        call = await rig.dialled()
        await asyncio.sleep(1.0)
        await call.say(speech())
        assert await call.until(lambda: len(call.heard.streams) == 2, 20), "no continuation"
        first = call.heard.streams[0]
        assert 0.5 < len(first.sound) / 48_000 < len(wire_format.hum(ANSWER)) / 48_000 - 0.5
        (request,) = rig.openai.truth.frames_of("response.create")
    begun = request.event["response"]["instructions"].split("«")[1].split("»")[0]
    assert ANSWER.startswith(begun.strip())
    assert begun


async def test_a_turn_that_openais_limit_cuts_is_heard_whole(tmp_path: Path) -> None:
    async with a_server(tmp_path, ServerPlan(session_s=4.0), **REALTIME) as rig:
        call = await rig.dialled()
        began = asyncio.get_running_loop().time()
        while not rig.openai.truth.frames_of("session.update"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(2.8 + began - asyncio.get_running_loop().time())
        await call.say(speech())
        assert await _until(lambda: bool(rig.openai.truth.heard)), "nothing was heard"
        assert _sessions(rig) == 2
        # with what the server puts before speech, and the silence that ends it
        assert rig.openai.truth.heard[0].duration_s > len(speech()) / 48_000


async def test_openai_cut_in_mid_word_costs_a_gap_and_no_word(tmp_path: Path) -> None:
    """The network to OpenAI breaks; the caller is not asked to say anything again."""
    async with a_server(
        tmp_path, ServerPlan(speech_speed=1.0), reply=ANSWER, far=True, **REALTIME
    ) as rig:
        call = await rig.dialled()
        await call.say(speech())
        assert await call.until(lambda: bool(call.heard.streams))
        assert await call.until(lambda: len(call.heard.streams[0].chunks_at) > 20)
        assert rig.to_openai is not None
        rig.to_openai.cut()
        assert await call.until(lambda: has_ended(call, 1), 30), "the answer was not continued"
        assert not call.heard.hung_up
        assert call.heard.errors == {}


async def test_jitter_within_the_lead_is_not_heard(tmp_path: Path) -> None:
    """Chunks come in bursts; each is there when its turn to be played comes, in order."""
    async with a_server(tmp_path, reply=ANSWER, **REALTIME) as rig, a_network(rig.port) as network:
        network.delay_s, network.jitter_s = 0.02, 0.12
        call = VaicCall(rig.http, f"http://127.0.0.1:{network.port}/audiocodes", "far", token=TOKEN)
        rig.calls.append(call)
        await call.dial()
        stream = await answer(call, speech())
        whole = wire_format.hum(ANSWER)
        assert bytes(stream.sound)[: len(whole)] == whole
        assert _gaps(stream.chunks_at) == 0
        assert call.heard.errors == {}


def _gaps(chunks_at: list[float]) -> int:
    """Chunks that were late for a player which begins with 150 ms in hand."""
    first = chunks_at[0] + 0.15
    return sum(at > first + number * 0.02 for number, at in enumerate(chunks_at))


async def test_a_network_that_falls_silent_is_left_for_another_and_the_answer_goes_on(
    tmp_path: Path,
) -> None:
    """Half open: the server has heard of no end when VoiceAI Connect comes back elsewhere."""
    async with a_server(tmp_path, reply=ANSWER, **REALTIME) as rig, a_network(rig.port) as network:
        call = VaicCall(rig.http, f"http://127.0.0.1:{network.port}/audiocodes", "far", token=TOKEN)
        rig.calls.append(call)
        await call.dial()
        await call.say(speech())
        assert await call.until(lambda: bool(call.heard.streams))
        first = call.heard.streams[0]
        assert await call.until(lambda: len(first.chunks_at) > 20)
        network.open.clear()
        await asyncio.sleep(0.5)
        call._url = rig.url("audiocodes")
        await call.cut()
        await call.reconnect()
        assert await call.until(lambda: has_ended(call, 1), 20)
        rest = bytes(call.heard.streams[1].sound).rstrip(b"\0")
        start = wire_format.hum(ANSWER).rfind(rest)
        # whatever was on its way when the network fell silent was lost: up to the half second
        assert 0 <= start <= len(first.sound) + 0.5 * 48_000
        _, health = await rig.get("health")
        assert health["counts"]["resumed"] == 1
        network.open.set()


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
