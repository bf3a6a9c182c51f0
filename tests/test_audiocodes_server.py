"""The AudioCodes server against bad input, strangers, crowds and a stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

pytest.importorskip("livekit.agents")

from livekit import rtc

from agent.audiocodes import command
from agent.audiocodes.agent_audio import AgentAudio
from agent.audiocodes.counts import Counts
from agent.audiocodes.latency import PathLatency
from agent.audiocodes.media import PCM_24
from agent.audiocodes.messages import BadMessage, parse
from agent.audiocodes.segment import Segment
from agent.audiocodes.socket import Socket
from tests.audiocodes_rig import REALTIME, TOKEN, a_server, answer, speech
from tuner.bench.openai_server.server import BenchServer
from tuner.bench.vaic import wire
from tuner.bench.vaic.call import VaicCall
from tuner.errors import TunerError
from tuner.settings.knob_table import Settings

ROOT = Path(__file__).parent.parent
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("path", ["", "?x=1"])
@pytest.mark.asyncio
async def test_the_probe_of_live_hub_is_answered(path: str, tmp_path: Path) -> None:
    async with a_server(tmp_path) as rig:
        for ask in (rig.http.get, rig.http.post):
            async with ask(rig.url("audiocodes" + path)) as reply:
                body = await reply.json()
        assert (reply.status, body) == (200, {"type": "ac-bot-api", "success": True})


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "tökén"])
@pytest.mark.asyncio
async def test_a_wrong_token_gets_401_and_no_socket(token: str, tmp_path: Path) -> None:
    async with a_server(tmp_path) as rig:
        with pytest.raises(ConnectionError, match="401"):
            await rig.caller(token=token).dial()
        _, health = await rig.get("health")
        assert health["counts"]["sockets_refused"] == 1
        assert health["calls"]["now"] == 0


@pytest.mark.asyncio
async def test_the_button_validate_of_live_hub_is_no_call(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as rig,
        rig.http.ws_connect(rig.url("audiocodes"), headers=BEARER) as socket,
    ):
        await socket.send_str('{"type": "connection.validate"}')
        assert await socket.receive_json() == {"type": "connection.validated", "success": True}
        assert len(rig.conversations) == 0


FIRST = wire.initiate("c1", ["raw/lpcm16"])


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (FIRST | {"supportedMediaFormats": ["wav/lpcm16", "raw/opus"]}, "no supported media"),
        (FIRST | {"supportedMediaFormats": None}, "no supported media format"),
        (FIRST | {"expectAudioMessages": False}, "audio only"),
        (FIRST | {"conversationId": ""}, "conversationId is missing"),
        (wire.of("c1", "userStream.start"), "must come first"),
        (wire.audio("c1", b"\0\0"), "must come first"),
        (wire.of("c1", "session.resume"), "conversation not found"),
    ],
)
@pytest.mark.asyncio
async def test_a_session_that_cannot_be_is_refused_with_the_reason(
    first: Any, reason: str, tmp_path: Path
) -> None:
    async with (
        a_server(tmp_path) as rig,
        rig.http.ws_connect(rig.url("audiocodes"), headers=BEARER) as socket,
    ):
        await socket.send_str(first if isinstance(first, str) else json.dumps(first))
        refusal = await socket.receive_json()
        assert refusal["type"] == "session.error"
        assert reason in refusal["reason"]
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.asyncio
async def test_nonsense_in_the_middle_of_a_call_does_not_harm_it(tmp_path: Path) -> None:
    async with a_server(tmp_path, **REALTIME) as rig:
        call = await rig.dialled()
        for text in (
            "",
            "nonsense",
            "[]",
            "[" * 5000,
            '{"type": 7}',
            '{"type": "userStream.chunk", "audioChunk": "not base64"}',
            '{"type": "activities", "activities": {"name": "DTMF"}}',
            '{"type": "playStream.mark.reached", "x": {"y": [1, null]}}',
            '{"type": "userStream.chunk", "audioChunk": "AA=="}',
            '{"type": "userStream.chunk"}',
            '{"type": "activities", "activities": [{"name": "unheardOf", "value": {}}]}',
        ):
            await call.send_raw(text)
        await answer(call, speech())
        _, health = await rig.get("health")
        assert health["counts"]["bad_messages"] == 7
        assert call.heard.errors == {}


@pytest.mark.asyncio
async def test_a_peer_that_sends_only_nonsense_is_closed(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as rig,
        rig.http.ws_connect(rig.url("audiocodes"), headers=BEARER) as socket,
    ):
        for _ in range(20):
            await socket.send_str("nonsense")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.asyncio
async def test_a_message_above_a_megabyte_ends_its_socket_and_no_other(tmp_path: Path) -> None:
    async with a_server(tmp_path, **REALTIME) as rig:
        good, bad = await rig.dialled("good"), await rig.dialled("bad")
        await bad.send_raw(json.dumps({"type": "x", "pad": "y" * 2**20}))
        await answer(good, speech())
        _, health = await rig.get("health")
        assert health["counts"]["sockets_lost"] == 1


@pytest.mark.asyncio
async def test_audio_outside_of_the_user_stream_is_counted_and_not_heard(tmp_path: Path) -> None:
    async with a_server(tmp_path, **REALTIME) as rig:
        call = await rig.dialled()
        await call.send_raw(json.dumps(wire.of("c1", "userStream.stop")))
        assert await call.until(lambda: "userStream.stopped" in [k for _, k in call.heard.events])
        await call.say(speech())
        _, health = await rig.get("health")
        assert health["counts"]["chunks_out_of_turn"] > 50
        assert not call.heard.streams


@pytest.mark.asyncio
async def test_a_second_session_on_a_socket_or_of_an_id_is_refused(tmp_path: Path) -> None:
    async with a_server(tmp_path) as rig:
        first = await rig.dialled()
        with pytest.raises(ConnectionError, match="exists already"):
            await rig.caller("c1").dial()
        await first.send_raw(json.dumps(wire.initiate("c2", ["raw/lpcm16"])))
        assert await first.until(lambda: "socket has a session" in first.heard.refused)


@pytest.mark.asyncio
async def test_beyond_the_limit_callers_are_refused_and_no_more_are_wanted(tmp_path: Path) -> None:
    async with a_server(tmp_path, audiocodes_max_calls=2) as rig:
        calls = [await rig.dialled(f"c{number}") for number in range(2)]
        assert await rig.get("ready") == (503, {"status": "full"})
        assert (await rig.get("health"))[0] == 503
        with pytest.raises(ConnectionError, match="at capacity"):
            await rig.caller("c3").dial()
        await calls[0].hang_up()
        while len(rig.conversations) == 2:
            await asyncio.sleep(0.02)
        assert (await rig.get("ready"))[0] == 200
        await rig.dialled("c4")


@pytest.mark.asyncio
async def test_a_refusal_of_bytes_that_are_no_text_comes_as_any_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = b'{"type": "session.resume", "conversationId": "c1", "x": "\xff"}'
    async with a_server(tmp_path) as rig:
        async with rig.http.ws_connect(rig.url("audiocodes"), headers=BEARER) as socket:
            await socket.send_bytes(asked)
            reply = await socket.receive_json(timeout=5)
        assert reply["reason"] == "conversation not found"
    assert "UnicodeDecodeError" not in caplog.text


@pytest.mark.asyncio
async def test_a_peer_that_never_reads_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.audiocodes.socket._STUCK_S", 0.3)
    ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def talk(request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse(compress=False)
        await response.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        socket = Socket(response, request.transport)
        with pytest.raises(ConnectionError):
            while True:
                await socket.send(b" " * 2**16)
        ended.set_result(request.transport.is_closing())
        return response

    app = web.Application()
    app.add_routes([web.get("/", talk)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        client = await http.ws_connect(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        assert await asyncio.wait_for(ended, 30)
        await client.close()
    await runner.cleanup()


@pytest.mark.asyncio
async def test_it_stops_when_the_last_call_has_ended_and_takes_no_more(tmp_path: Path) -> None:
    """The program itself, stopped with SIGTERM during a call."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AGENT_PROFILE": "realtime",
        "AUDIOCODES_PORT": "0",
        "AUDIOCODES_TOKEN": TOKEN,
        "OPENAI_API_KEY": "sk-test",
        "TURN_LOG": str(tmp_path / "turns.jsonl"),
        "GREETING": "",
    }
    async with BenchServer() as openai, aiohttp.ClientSession() as http:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "agent.py"), "audiocodes"),
            cwd=tmp_path,
            env={**env, "OPENAI_BASE_URL": openai.base_url},
            stderr=asyncio.subprocess.PIPE,
        )
        assert program.stderr is not None
        try:
            line = await asyncio.wait_for(_line_with("listening on ", program.stderr), 60)
            address = line.split("listening on ")[1].strip()
            call = VaicCall(http, f"http://{address}/audiocodes", "c1", token=TOKEN)
            await call.dial()
            program.send_signal(signal.SIGTERM)
            stopping = await asyncio.wait_for(_line_with("stopping", program.stderr), 10)
            assert "calls running: 1" in stopping
            async with http.get(f"http://{address}/ready") as reply:
                assert (reply.status, await reply.json()) == (503, {"status": "draining"})
            with pytest.raises(ConnectionError, match="about to stop"):
                await VaicCall(http, f"http://{address}/audiocodes", "c2", token=TOKEN).dial()
            await call.hang_up()
            assert await asyncio.wait_for(program.wait(), 20) == 0
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
    lines = [json.loads(line) for line in (tmp_path / "turns.jsonl").read_text().splitlines()]
    assert lines[-1]["reason"] == "participant_disconnected"
    assert lines[0]["profile"] == "realtime"


async def _line_with(text: str, stderr: asyncio.StreamReader) -> str:
    while line := (await stderr.readline()).decode():
        if text in line:
            return line
    raise AssertionError(f"it never wrote {text!r}")


def test_an_address_that_others_can_reach_needs_a_token() -> None:
    for host in ("0.0.0.0", "192.0.2.1", "example.com", "::"):
        with pytest.raises(TunerError, match="AUDIOCODES_TOKEN"):
            command._check(Settings(audiocodes_host=host), "")
        command._check(Settings(audiocodes_host=host), "a token")
    for host in ("127.0.0.1", "::1", "localhost"):
        command._check(Settings(audiocodes_host=host), "")


def test_a_message_that_is_none_says_nothing_of_its_text() -> None:
    with pytest.raises(BadMessage) as failed:
        parse('{"type": "activities", "activities": "4111 1111 1111 1111"}')
    assert "4111" not in str(failed.value)
    assert failed.value.__cause__ is None


def test_latency_is_that_of_the_window_and_its_memory_is_constant() -> None:
    now = 0.0
    latency = PathLatency(lambda: now, slow_s=10.0, window_s=60.0)
    latency.add("message", 9.0, now)
    now = 100.0
    for number in range(1, 101):
        latency.add("message", number / 1000, now)
    figures = latency.summary()["message"]
    assert (figures["count"], figures["min"], figures["max"]) == (100, 1.0, 100.0)
    assert (figures["avg"], figures["median"]) == (50.5, 50.5)
    assert (figures["p90"], figures["p99"]) == (90.1, 99.01)
    for _ in range(20_000):
        latency.add("message", 0.001, now)
    assert latency.summary()["message"]["count"] == 8192
    now = 161.0
    assert latency.summary() == {}


def test_the_clock_of_an_answer_knows_what_was_heard() -> None:
    segment = Segment(0.02, chunks=[(0.0, b"x")] * 100, pushed_s=2.0)
    segment.start(10.0)
    for _ in range(20):
        segment.take()
    assert segment.due(0.25) == pytest.approx(10.15)
    assert segment.played_s(10.1) == pytest.approx(0.1)
    assert segment.played_s(11.0) == pytest.approx(0.4), "no more than was sent"
    segment.hold(10.11)
    assert segment.played_s(99.0) == pytest.approx(0.11)
    segment.start(20.0)
    assert segment.due(0.0) == pytest.approx(20.0), "the next chunk is the first not heard whole"
    assert not segment.catch_up(20.005), "a delay that nobody hears"
    assert segment.catch_up(21.0)
    assert segment.played_s(21.0) == pytest.approx(0.1)


def test_what_was_sent_before_a_stop_is_known_to_the_chunk() -> None:
    segment = Segment(0.02, chunks=[(0.0, b"x")] * 100, pushed_s=0.41)
    segment.start(10.0)
    for _ in range(20):
        segment.take()
    segment.hold(10.11)  # paused, and then interrupted for good
    segment.hold(10.31)
    assert segment.sent_s == pytest.approx(0.4)
    assert segment.played_s(10.5) == pytest.approx(0.11)
    segment.start(20.0)
    assert segment.sent_s == pytest.approx(0.1), "it goes on at what was played"
    for _ in range(20):
        segment.take()
    assert segment.sent_s == pytest.approx(0.41), "silence that fills a chunk is not speech"


@pytest.mark.asyncio
async def test_a_dead_socket_is_given_up_and_the_answer_waits_for_another() -> None:
    latency = PathLatency(time.monotonic, slow_s=10.0)
    audio = AgentAudio(PCM_24, 0.25, 0.02, latency, Counts())
    player = asyncio.ensure_future(audio.run())
    dead, alive = FakeSocket(broken=True), FakeSocket(broken=False)
    await audio.capture_frame(rtc.AudioFrame(bytes(4800), 24_000, 1, 2400))
    audio.flush()
    audio.attach(dead)  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    assert dead.tried == 1
    audio.attach(alive)  # type: ignore[arg-type]
    finished = await asyncio.wait_for(audio.wait_for_playout(), 5)
    assert finished.playback_position == pytest.approx(0.1)
    assert not finished.interrupted
    assert alive.tried == 1 + 5 + 1
    player.cancel()


@pytest.mark.parametrize("drains", [True, False])
@pytest.mark.asyncio
async def test_after_an_interruption_no_chunk_is_sent_and_the_position_is_that_of_the_chunks(
    drains: bool,
) -> None:
    latency = PathLatency(time.monotonic, slow_s=10.0)
    audio = AgentAudio(PCM_24, 0.25, 0.02, latency, Counts(), drains=drains)
    player, socket = asyncio.ensure_future(audio.run()), FakeSocket(broken=False)
    await audio.capture_frame(rtc.AudioFrame(bytes(48_000 * 2), 24_000, 1, 48_000))
    audio.attach(socket)  # type: ignore[arg-type]
    while socket.tried < 1 + 13:
        await asyncio.sleep(0.001)
    audio.clear_buffer()
    audio.flush()
    sent = socket.tried - 1
    finished = await asyncio.wait_for(audio.wait_for_playout(), 5)
    await asyncio.sleep(0.1)
    assert socket.tried == 1 + sent + 1, "the stream is closed, and nothing else is sent"
    assert finished.interrupted
    if drains:
        assert finished.playback_position == pytest.approx(sent * 0.02)
    else:
        assert sent * 0.02 - 0.25 - 0.02 <= finished.playback_position <= sent * 0.02
    player.cancel()


class FakeSocket:
    """Counts what is sent; broken, it refuses as a closed socket does, at once."""

    def __init__(self, *, broken: bool) -> None:
        self.broken, self.tried = broken, 0

    async def send(self, _: bytes) -> None:
        self.tried += 1
        if self.broken:
            raise ConnectionError


def test_counts_begin_at_nothing() -> None:
    assert not any(getattr(Counts(), name) for name in Counts.__slots__)


def test_the_metrics_listen_on_loopback_unless_a_setting_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, str]] = []
    monkeypatch.setattr(command, "start_http_server", lambda *where: asked.append(where))
    command._serve_metrics(Settings(metrics_port=9_123))
    command._serve_metrics(Settings(metrics_port=9_123, metrics_host="0.0.0.0"))
    command._serve_metrics(Settings())
    assert asked == [(9_123, "127.0.0.1"), (9_123, "0.0.0.0")]
