"""What callers and OpenAI may do wrong: the call ends politely or recovers, others go on."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
import os
from pathlib import Path

import aiohttp
import psutil  # type: ignore[import-untyped]
import pytest

pytest.importorskip("livekit.agents")

from agent.audiocodes.media import MULAW, PCM_24, Decoder
from tests.agent_rig import KEY, fixed
from tests.audiocodes_rig import REALTIME, TOKEN, Rig, a_server, answer, has_ended, speech
from tuner.bench.latency import Fixed
from tuner.bench.model import Behaviour, Endpoint, Kind, Outcome
from tuner.bench.vaic import wire
from tuner.bench.vaic.call import VaicCall
from tuner.livekit import hide_private

BEARER = {"Authorization": f"Bearer {TOKEN}"}
PRIVATE = ("4111 1111 1111 1111", "+15550100", TOKEN, KEY)


@pytest.mark.asyncio
async def test_messages_out_of_order_do_no_harm(tmp_path: Path) -> None:
    async with a_server(tmp_path, **REALTIME) as rig:
        call = await rig.dialled()
        for kind in (
            *("userStream.stop", "userStream.stop", "userStream.start", "userStream.start"),
            *("playStream.start", "playStream.stop", "session.accepted", "connection.validate"),
        ):
            await call.send_raw(json.dumps(wire.of("c1", kind)))
        for _ in range(2):
            await call.send_raw(json.dumps(wire.start_activity("c1")))
        await answer(call, speech())
        assert call.heard.errors == {}
        assert not call.heard.refused


@pytest.mark.asyncio
async def test_a_resume_of_a_call_that_has_its_socket_takes_it_over(tmp_path: Path) -> None:
    """VoiceAI Connect may notice a broken network before we do."""
    async with a_server(tmp_path, **REALTIME) as rig:
        first = await rig.dialled("c1")
        second = rig.caller("c1")
        await second.reconnect()
        await answer(second, speech())
        assert first._socket is not None
        assert await first.until(lambda: first._socket is not None and first._socket.closed)
        assert len(rig.conversations) == 1


@pytest.mark.parametrize("size", [1, 3, 7, 959, 961, 1919])
def test_pieces_of_odd_size_are_put_together(size: int) -> None:
    pcm = bytes(range(256)) * 15
    decoder = Decoder(PCM_24, 24_000)
    pieces = [pcm[at : at + size] for at in range(0, len(pcm), size)]
    assert b"".join(map(decoder.decode, pieces)) == pcm
    assert Decoder(MULAW, 8_000).decode(b"\xff") == b"\0\0"


@pytest.mark.asyncio
async def test_messages_of_almost_a_megabyte_are_read_and_the_call_goes_on(tmp_path: Path) -> None:
    async with a_server(tmp_path, **REALTIME) as rig:
        call = await rig.dialled()
        await call.send_raw(json.dumps({"type": "x", "pad": "y" * (2**20 - 100)}))
        sound = base64.b64encode(bytes(700_000)).decode()
        await call.send_raw(json.dumps(wire.of("c1", "userStream.chunk", audioChunk=sound)))
        await asyncio.sleep(0.5)
        await answer(call, speech(), 40.0)
        _, health = await rig.get("health")
        assert health["counts"]["bad_messages"] == 0


@pytest.mark.asyncio
async def test_a_caller_that_reads_nothing_is_cut_off_and_others_do_not_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.audiocodes.socket._STUCK_S", 0.5)
    async with a_server(tmp_path, **REALTIME) as rig:
        good, deaf = await rig.dialled("good"), await rig.dialled("deaf")
        assert deaf._socket is not None
        transport = deaf._socket._writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        (conversation,) = [
            one for name, one in rig.conversations._running.items() if name == "deaf"
        ]
        while conversation.socket is not None:
            conversation._post(b'{"type":"x","pad":"' + b"y" * 2**18 + b'"}')
            await asyncio.sleep(0.01)
        await answer(good, speech())
        assert good.heard.errors == {}
        _, health = await rig.get("health")
        assert health["counts"]["sockets_lost"] == 1


@pytest.mark.asyncio
async def test_a_flood_of_connections_leaves_a_call_alone(tmp_path: Path) -> None:
    """At the rate of 10,000 a minute; half without a token, half that name no session."""
    async with a_server(tmp_path, **REALTIME) as rig:
        call = await rig.dialled()
        knocking = [asyncio.ensure_future(_knock(rig, number)) for number in range(334)]
        stream = await answer(call, speech())
        assert stream.sound
        await asyncio.gather(*knocking)
        _, health = await rig.get("health")
        assert health["counts"]["sockets_refused"] >= 167
        assert health["calls"]["now"] == 1
        assert call.heard.errors == {}


async def _knock(rig: Rig, number: int) -> None:
    await asyncio.sleep(number * 60 / 10_000)
    try:
        headers = BEARER if number % 2 else {}
        async with rig.http.ws_connect(rig.url("audiocodes"), headers=headers) as socket:
            await socket.send_str("nonsense")
    except aiohttp.WSServerHandshakeError as error:
        assert error.status in (401, 503)


@pytest.mark.asyncio
async def test_a_session_is_accepted_at_once_while_openai_is_slow(tmp_path: Path) -> None:
    plan = fixed(behaviours={Endpoint.REALTIME: Behaviour(Fixed(2.0))})
    async with a_server(tmp_path, plan, **REALTIME) as rig:
        call = await rig.dialled()
        assert not rig.openai.truth.frames_of("session.update"), "it is not connected yet"
        await answer(call, speech())


@pytest.mark.asyncio
async def test_openai_that_never_answers_ends_in_an_apology(tmp_path: Path) -> None:
    stalled = Behaviour(script=(Outcome(Kind.STALL),) * 9)
    plan = fixed(behaviours={Endpoint.REALTIME: stalled})
    settings = {**REALTIME, "http_connect_timeout": 0.3, "http_timeout": 1.0, "max_retries": 0}
    async with a_server(tmp_path, plan, **settings) as rig:
        call = await rig.dialled()
        await call.say(speech())
        assert await call.until(lambda: has_ended(call, 0), 30), "an apology"
        assert await call.until(lambda: ("activity hangup") in [k for _, k in call.heard.events])


@pytest.mark.asyncio
async def test_nothing_private_is_in_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hide_private()
    caplog.set_level(logging.DEBUG, logger="agent")
    async with a_server(tmp_path, **REALTIME) as rig:
        call = await rig.dialled()
        await call.press(PRIVATE[0])
        await call.send_raw('{"type": "activities", "activities": "4111 1111 1111 1111"}')
        await call.send_raw(json.dumps({"type": "session.initiate", "caller": PRIVATE[1]}))
        await call.until(lambda: bool(call.heard.refused))
        with pytest.raises(ConnectionError):
            await rig.caller("c2", token="wrong").dial()
    written = rig.log.read_text() + "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("agent")
    )
    assert not [text for text in PRIVATE if text in written]


@pytest.mark.asyncio
async def test_thirty_calls_leave_no_task_socket_or_conversation(tmp_path: Path) -> None:
    """A thousand: `python -m benchmarks.audiocodes_thousand`."""
    async with a_server(tmp_path, audiocodes_max_calls=None, **REALTIME) as rig:
        await _calls(rig, 10)
        before = await _left()
        for _ in range(2):
            await _calls(rig, 10)
        for _ in range(20):  # timers hold the last calls for some seconds
            after = await _left()
            grown = {kind: n for kind, n in after.items() if n > before[kind]}
            if not grown:
                break
        _, health = await rig.get("health")
    assert grown == {}
    assert health["counts"]["calls_ended"] == health["counts"]["calls_started"] == 30
    assert health["counts"]["calls_failed"] == 0


async def _calls(rig: Rig, count: int) -> None:
    async def hold(number: int) -> None:
        call = VaicCall(rig.http, rig.url("audiocodes"), f"c{number}", token=TOKEN)
        await call.dial()
        await asyncio.sleep(0.3)
        await call.hang_up()

    await asyncio.gather(*map(hold, range(count)))
    while len(rig.conversations):
        await asyncio.sleep(0.02)


async def _left() -> dict[str, int]:
    """What is still there, once everything has had the time to end."""
    await asyncio.sleep(1.0)
    gc.collect()
    kinds = ("BotConversation", "AgentAudio", "CallSession", "Socket", "TurnLog", "RealtimeSession")
    alive = [type(one).__name__ for one in gc.get_objects()]
    process = psutil.Process(os.getpid())
    return {
        **{kind: alive.count(kind) for kind in kinds},
        "tasks": len(asyncio.all_tasks()),
        "sockets": len(process.net_connections()),
        "files": process.num_fds(),
    }
