"""`python agent.py dev` as a user starts it, a real LiveKit server, a caller with a microphone.

Runs where `livekit-server` is on the PATH; `.ci/livekit-server` builds one with Go.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

pytest.importorskip("livekit.agents")

from livekit import api, rtc

from tests.agent_rig import BARGE_IN, LONG, SENTENCE, SHORT
from tests.free_ports import free_port
from tuner.bench.callers.caller import Clip
from tuner.bench.model import Reply, ServerPlan
from tuner.bench.openai_server.server import BenchServer

SERVER = shutil.which("livekit-server")
ROOT = Path(__file__).parent.parent
RATE, FRAME_S = 24_000, 0.02
LOUD = 300  # of 32767: what counts as the agent being audible
KEY, SECRET = "devkey", "a-secret-for-tests-of-32-characters"

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(SERVER is None, reason="livekit-server is not on the PATH: did not run"),
]


@asynccontextmanager
async def running(
    *command: str, env: dict[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program in the background, its output in a file; ended with SIGTERM, then by force."""
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, env=env, cwd=ROOT, stdout=out, stderr=asyncio.subprocess.STDOUT
        )
    try:
        yield process
    except Exception as failure:
        failure.add_note(f"{log.name} ends:\n{log.read_text(errors='replace')[-3000:]}")
        raise
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 20)
        if process.returncode is None:
            process.kill()
            await process.wait()


def livekit_command(port: int) -> tuple[str, ...]:
    tcp, udp = free_port(), free_port(socket.SOCK_DGRAM)
    config = {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "keys": {KEY: SECRET},
        # the server's own limit, 0.7: a busy machine would give the agent no call
        "agents": {"target_load": 100},
        "rtc": {
            "tcp_port": tcp,
            "udp_port": udp,
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,
        },
    }
    return str(SERVER), "--config-body", json.dumps(config)


async def until(happened: Callable[[], Any], what: str, limit_s: float = 120.0) -> None:
    deadline = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < deadline, f"did not happen in {limit_s} s: {what}"
        await asyncio.sleep(0.02)


class Participant:
    """A caller in a room: speaks clips, and knows how long the agent has been silent."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.heard_at = 0.0
        self._source = rtc.AudioSource(RATE, 1)
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting = np.zeros(0, np.int16)

    async def join(self, url: str, name: str, token: api.AccessToken | None = None) -> None:
        """Come into the room with an open microphone; a token may say more of the caller."""
        grants = api.VideoGrants(room_join=True, room=name)
        token = token or api.AccessToken(KEY, SECRET)
        self.room.on("track_subscribed", self._on_track)
        await self.room.connect(url, token.with_identity("caller").with_grants(grants).to_jwt())
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        self._tasks.append(asyncio.create_task(self._speak()))

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track)
        async for event in stream:
            if np.abs(np.frombuffer(event.frame.data, np.int16)).max() > LOUD:
                self.heard_at = time.monotonic()
        await stream.aclose()

    async def _speak(self) -> None:
        count = int(RATE * FRAME_S)
        while True:
            frame, self._waiting = self._waiting[:count], self._waiting[count:]
            samples = np.zeros(count, np.int16)
            samples[: len(frame)] = frame
            await self._source.capture_frame(rtc.AudioFrame(samples.tobytes(), RATE, 1, count))

    async def say(self, clip: Clip) -> None:
        self._waiting = clip.samples
        await asyncio.sleep(clip.duration_s)

    @property
    def silence_s(self) -> float:
        """For how long nothing has been heard of the agent."""
        return time.monotonic() - self.heard_at

    async def hear(self) -> None:
        await until(lambda: self.silence_s < 0.1, "the agent speaks", 60.0)

    async def leave(self) -> None:
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._source.aclose()


def lines(log: Path, message: str) -> list[dict[str, Any]]:
    if not log.exists():
        return []
    found = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in found if line["message"] == message]


@dataclass
class World:
    """A LiveKit server, an OpenAI, the agent as a subprocess, and where it all is written."""

    agent: asyncio.subprocess.Process
    url: str
    turns: Path
    out: Path

    async def call(self) -> Participant:
        """A caller who has heard the greeting and has been answered once, and hears it still."""
        caller = Participant()
        await caller.join(self.url, "a-room")
        await caller.hear()
        await until(lambda: caller.silence_s > 1.0, "the greeting is over")
        await caller.say(SENTENCE)
        await caller.hear()
        await asyncio.sleep(1.0)
        return caller


@asynccontextmanager
async def world(
    command: str, folder: Path, first: Sequence[Reply] = (), /, **settings: str
) -> AsyncIterator[World]:
    turns, out, port = folder / "turns.jsonl", folder / "agent.log", free_port()
    greeting = [SHORT] if settings.get("AGENT_PROFILE") == "realtime" else []
    texts = itertools.chain(greeting, [LONG], itertools.repeat(SHORT))
    replies = itertools.chain(first, map(Reply, texts))
    async with BenchServer(ServerPlan(), reply_for=lambda _: next(replies)) as openai:
        env = {
            "PATH": os.environ["PATH"],
            "AEC_WARMUP_DURATION": "0",
            "TURN_LOG": str(turns),
            "PHONE_HISTORY": "off",
            "OPENAI_API_KEY": "sk-test-of-a-real-server",
            "OPENAI_BASE_URL": openai.base_url,
            "LIVEKIT_URL": f"ws://127.0.0.1:{port}",
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "HEALTH_PORT": str(free_port()),
            **settings,
        }
        # at full CPU LiveKit gives an agent no call, not even in `dev`: blind to other tests' work
        agent = sys.executable, "benchmarks/agent_beside_others.py", command
        server = running(*livekit_command(port), env=dict(os.environ), log=folder / "lk.log")
        async with server, running(*agent, env=env, log=out) as process:
            await until(lambda: "registered worker" in out.read_text(), "it is ready")
            yield World(process, env["LIVEKIT_URL"], turns, out)
        assert process.returncode == 0
        written = [log.read_text() for log in (turns, out) if log.exists()]
        assert "sk-test" not in "".join(written)


async def test_a_caller_is_answered_and_can_interrupt_in_both_modes(tmp_path: Path) -> None:
    await asyncio.gather(*(interrupt(mode, tmp_path) for mode in ("balanced", "realtime")))


async def interrupt(profile: str, tmp_path: Path) -> None:
    folder = tmp_path / profile
    folder.mkdir()
    async with world("dev", folder, AGENT_PROFILE=profile) as here:
        caller = await here.call()
        await caller.say(BARGE_IN)
        await until(lambda: caller.silence_s > 0.25, "the agent stops", 3.0)
        await caller.hear()
        await caller.leave()
        await until(lambda: lines(here.turns, "session ended"), "the call ends")
        assert here.agent.returncode is None, "the server goes on without the caller"
    [started], [ended] = lines(here.turns, "session started"), lines(here.turns, "session ended")
    assert started["profile"] == profile
    assert (started["room"], started["job_id"][:3]) == ("a-room", "AJ_")
    assert (ended["reason"], ended["error"]) == ("participant_disconnected", None)
    assert ended["turns"] == 2
    assert [line["outcome"] for line in lines(here.turns, "interruption")] == ["real"]


async def test_a_stop_signal_drains_and_leaves_complete_logs(tmp_path: Path) -> None:
    metrics = free_port()
    settings = {"DRAIN_TIMEOUT": "2", "METRICS_PORT": str(metrics), "NUM_IDLE_PROCESSES": "1"}
    settings["MAX_PROCESSES"] = "5"
    async with world("start", tmp_path, **settings) as here:
        await until(lambda: "process initialized" in here.out.read_text(), "a process is warm")
        caller = await here.call()
        async with aiohttp.ClientSession() as http:
            answer = await http.get(f"http://127.0.0.1:{metrics}/metrics")
            figures = await answer.text()
        here.agent.send_signal(signal.SIGTERM)
        await asyncio.wait_for(here.agent.wait(), 20)
        await caller.leave()
    assert 'voice_agent_calls_started_total{profile="balanced"} 1.0' in figures
    assert 'voice_agent_openai_calls_total{endpoint="chat",status="200"} 1.0' in figures
    [ended] = lines(here.turns, "session ended")
    assert ended["reason"] == "job_shutdown"
    assert ended["turns"] == len(lines(here.turns, "turn")) == 1
