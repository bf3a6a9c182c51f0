"""Real telephone calls over LiveKit's SIP server: our telephone dials what our own TwiML says.

Runs where `livekit-sip`, `redis-server` and `livekit-server` are on the PATH.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("fastapi")

from tests import phone_rig
from tests.agent_rig import SENTENCE
from tests.free_ports import free_port
from tests.phone_rig import Service, service
from tests.test_agent_livekit_server import SERVER, lines, livekit_command, running, until
from tests.test_phone_livekit_server import NAME, agent_env, run
from tuner.bench.model import ServerPlan
from tuner.bench.openai_server.server import BenchServer
from tuner.load_test import caller, twilio
from tuner.load_test.caller import Ear
from tuner.load_test.sip.dialog import SipLine
from tuner.load_test.sip.rtp import RATE
from tuner.load_test.sip.telephone import CallRefusedError, Telephone

LIVEKIT_SIP = shutil.which("livekit-sip")
LACKING = [
    name
    for name, found in (
        ("livekit-sip", LIVEKIT_SIP),
        ("redis-server", phone_rig.REDIS),
        ("livekit-server", SERVER),
    )
    if not found
]
pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(bool(LACKING), reason=f"not on the PATH: {', '.join(LACKING)}: did not run"),
]


@dataclass
class Line:
    """The whole way of a call: webhook, SIP server, LiveKit, agent."""

    webhook: Service
    url: str
    turns: Path

    async def dial(self, number: int = 1, **wrong: Any) -> tuple[Telephone, Ear]:
        """Ask the webhook, read its TwiML, dial what it says."""
        text = await asyncio.to_thread(self.webhook.call, number)
        wanted = twilio.read(text)
        line = SipLine(
            wanted.host,
            wanted.port,
            wanted.target,
            wanted.transport,
            username=wanted.username,
            password=wanted.password,
            headers=wanted.headers,
        )
        ear = Ear()
        phone = await Telephone.connect(replace(line, **wrong), ear.hear)
        try:
            await phone.dial(wanted.ring_s)
        except CallRefusedError:
            await phone.close()
            raise
        return phone, ear


def sip_config(livekit: int, redis: int, sip: int) -> str:
    """livekit-sip on the loopback; it refuses that as its own address unless told otherwise."""
    first = 20_000
    return json.dumps(
        {
            "api_key": phone_rig.LIVEKIT_KEY,
            "api_secret": phone_rig.LIVEKIT_SECRET,
            "ws_url": f"ws://127.0.0.1:{livekit}",
            "redis": {"address": f"127.0.0.1:{redis}"},
            "sip_port": sip,
            "rtp_port": f"{first}-{first + 400}",
            "listen_ip": "127.0.0.1",
            "nat_1_to_1_ip": "127.0.0.1",
            "max_cpu_utilization": 1.0,
            "logging": {"level": "info", "json": True},
        }
    )


@asynccontextmanager
async def a_line(folder: Path, **settings: str) -> AsyncIterator[Line]:
    """Everything running, trunk and rule made by our own command."""
    livekit, redis, sip = (free_port() for _ in range(3))
    url = f"ws://127.0.0.1:{livekit}"
    *command, config = livekit_command(livekit)
    config = json.dumps(json.loads(config) | {"redis": {"address": f"127.0.0.1:{redis}"}})
    plain, logs = dict(os.environ), [folder / f"{name}.log" for name in ("lk", "sip", "agent")]
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(phone_rig.redis_server(redis))
        await stack.enter_async_context(running(*command, config, env=plain, log=logs[0]))
        await until(lambda: "starting LiveKit" in logs[0].read_text(), "LiveKit runs")
        sip_env = plain | {"SIP_CONFIG_BODY": sip_config(livekit, redis, sip)}
        await stack.enter_async_context(running(str(LIVEKIT_SIP), env=sip_env, log=logs[1]))
        code, text = await asyncio.to_thread(run, url, "setup")
        assert code == 0, text
        openai = await stack.enter_async_context(BenchServer(ServerPlan()))
        # blind to the CPU: livekit-server gives an agent that reports 1.0 no call
        env = agent_env(url, openai.base_url, folder) | {"MAX_PROCESSES": "20"} | settings
        program = (sys.executable, "benchmarks/agent_beside_others.py", "dev")
        agent = running(*program, env=env, log=logs[2])
        await stack.enter_async_context(agent)
        await until(lambda: "registered worker" in logs[2].read_text(), "the agent is ready")
        where = {"SIP_HOST": f"127.0.0.1:{sip}", "SIP_TRANSPORT": "tcp", "SIP_USERNAME": "twilio"}
        webhook = stack.enter_context(service(folder, NUMBERS=f'["{phone_rig.OURS}"]', **where))
        await until(lambda: phone_rig_listens(sip), "the SIP server listens")
        yield Line(webhook, url, folder / "turns.jsonl")


def phone_rig_listens(port: int) -> bool:
    with contextlib.suppress(AssertionError):
        phone_rig.wait_for_port(port, 0.1)
        return True
    return False


async def test_a_caller_talks_presses_keys_and_hangs_up(tmp_path: Path) -> None:
    async with a_line(tmp_path) as here:
        phone, ear = await here.dial()
        await until(lambda: ear.first_at, "the greeting is heard")
        await until(lambda: ear.quiet_s > 1.0, "the greeting is over")
        phone.stream.play(caller._at_rate(SENTENCE.samples, RATE))
        await until(lambda: not phone.stream.waiting_s, "the sentence is said")
        await until(lambda: ear.quiet_s < 0.1, "the answer is heard")
        phone.stream.press("#")
        await asyncio.sleep(0.5)
        await phone.hang_up()
        await phone.close()
        await until(lambda: lines(here.turns, "session ended"), "the agent hears of the end")
        assert phone.stream.received.lost == 0
        await asyncio.to_thread(here.webhook.post, "/twilio/dial-done", dial_done())
        assert here.webhook.active() == 0
    assert {line["participant"] for line in lines(here.turns, "connection quality")} == {
        "agent",
        "caller",
    }


def dial_done() -> dict[str, str]:
    return phone_rig.incoming(phone_rig.sid(), DialCallStatus="completed")


async def test_a_wrong_password_and_a_caller_who_gives_up(tmp_path: Path) -> None:
    async with a_line(tmp_path) as here:
        with pytest.raises(CallRefusedError) as refused:
            await here.dial(1, password="wrong")
        assert refused.value.status in (401, 403, 407)
    async with a_line(tmp_path, LIVEKIT_AGENT_NAME="another-agent") as here:
        text = await asyncio.to_thread(here.webhook.call, 2)
        assert NAME not in text
        with pytest.raises(CallRefusedError):
            await here.dial(2)


async def test_five_calls_at_once(tmp_path: Path) -> None:
    async with a_line(tmp_path, NUM_IDLE_PROCESSES="5") as here:
        log = tmp_path / "agent.log"
        await until(lambda: log.read_text().count("process initialized") >= 5, "all are warm")
        dialled = await asyncio.gather(*(here.dial(n) for n in range(1, 6)))
        await until(lambda: all(ear.first_at for _, ear in dialled), "all are greeted")
        for phone, _ in dialled:
            await phone.hang_up()
            await phone.close()
        await until(lambda: len(lines(here.turns, "session ended")) == 5, "all have ended")
