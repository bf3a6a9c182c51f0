"""The phone path on a real LiveKit server: trunk and rule, calls, keys, callers who wait.

Where there is no SIP server, callers are participants of kind SIP with the attributes that one
would give them: all but SIP and its sound. Runs where `livekit-server` is on the PATH.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from unittest import mock

import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("fastapi")

from livekit import api, rtc
from livekit.agents import JobContext

from agent.main import main
from agent.phone.caller import another_serves
from agent.phone.history.row import hashed
from agent.phone.names import CALL_ATTRIBUTE, METADATA, PROFILE_ATTRIBUTE
from agent.phone.watcher import Watcher
from tests import phone_rig
from tests.agent_rig import SENTENCE
from tests.free_ports import free_port
from tests.test_agent_livekit_server import (
    KEY,
    SECRET,
    SERVER,
    Participant,
    lines,
    livekit_command,
    running,
    until,
    world,
)
from tuner.bench.model import Reply, ServerPlan, ToolCall
from tuner.bench.openai_server.server import BenchServer
from tuner.livekit.monitoring.connection_quality import FIRST_S, SAMPLE_S

NAME = "voice-agent"
CALLER = "+4915112345678"
BESIDE_OTHERS = (sys.executable, "benchmarks/agent_beside_others.py", "dev")
"""LiveKit gives an agent on a busy machine no call: blind to other tests' work."""
pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(SERVER is None, reason="livekit-server is not on the PATH: did not run"),
]


def phone_token(profile: str = "", dispatch: bool = True) -> api.AccessToken:
    """A caller as the SIP server brings them in, the agent asked for as the rule does."""
    attributes = {CALL_ATTRIBUTE: phone_rig.sid(), PROFILE_ATTRIBUTE: profile}
    attributes["sip.phoneNumber"] = CALLER
    token = api.AccessToken(KEY, SECRET).with_kind("sip").with_attributes(attributes)
    agent = api.RoomAgentDispatch(agent_name=NAME, metadata=METADATA)
    config = api.RoomConfiguration(agents=[agent] if dispatch else [])
    return token.with_room_config(config)


async def phone(url: str, room: str, profile: str = "") -> Participant:
    caller = Participant()
    await caller.join(url, room, phone_token(profile))
    return caller


async def test_a_call_gets_its_profile_its_keys_are_heard_and_it_is_hung_up(tmp_path: Path) -> None:
    settings = {"LIVEKIT_AGENT_NAME": NAME, "DRAIN_TIMEOUT": "1", "NUM_IDLE_PROCESSES": "1"}
    history = tmp_path / "history.db"
    settings |= {"PHONE_HISTORY": f"sqlite:{history}", "PHONE_HISTORY_KEY": "a-key"}
    async with world("start", tmp_path, AGENT_PROFILE="balanced", **settings) as here:
        ended = asyncio.Event()
        caller = await phone(here.url, "call-a", "patient")
        caller.room.on("disconnected", lambda _: ended.set())
        await caller.hear()
        await until(lambda: caller.silence_s > 1.0, "the greeting is over")
        for code, digit in ((1, "1"), (2, "2"), (11, "#")):
            await caller.room.local_participant.publish_dtmf(code=code, digit=digit)
        await caller.hear()
        await asyncio.sleep(FIRST_S + SAMPLE_S)  # until the sound of both has been sampled
        here.agent.terminate()
        await asyncio.wait_for(ended.wait(), 30)
        await asyncio.wait_for(here.agent.wait(), 30)
        await caller.leave()
    [started] = lines(here.turns, "session started")
    assert started["profile"] == "patient"
    assert started["settings"]["MIN_ENDPOINTING_DELAY"] == "1.3"
    found = {line["participant"]: line for line in lines(here.turns, "connection quality")}
    assert set(found) == {"agent", "caller"}
    for line in found.values():
        assert (line["codec"], line["poor"] or line["problem"]) == ("opus", "none")
        assert line["packets"] > 0
    with contextlib.closing(sqlite3.connect(history)) as database:
        database.row_factory = sqlite3.Row
        [row] = database.execute("SELECT * FROM calls")
    assert (row["job"], row["call"]) == (started["job_id"], phone_rig.sid())
    assert (row["profile"], row["caller"]) == ("patient", hashed(CALLER, "a-key"))
    assert row["duration"] > 1
    assert row["measured_network"] >= 2
    for path in (history, here.turns, here.out):
        assert CALLER.encode() not in path.read_bytes()
    assert "1 2 #" not in here.turns.read_text() + here.out.read_text()


async def test_the_model_presses_keys_and_a_transfer_that_fails_is_survived(tmp_path: Path) -> None:
    """Where there is no SIP server a transfer cannot be done, and the caller must hear of it."""
    first = [
        Reply(tool_call=ToolCall("press_keys", json.dumps({"keys": "4#"}))),
        Reply(tool_call=ToolCall("transfer_call", json.dumps({"destination": "Sales"}))),
        Reply("I could not reach anybody."),
    ]
    settings = {"LIVEKIT_AGENT_NAME": NAME, "PHONE_PRESS_KEYS": "true"}
    settings["PHONE_TRANSFERS"] = json.dumps({"sales": "+15557654321"})
    async with world("dev", tmp_path, first, **settings) as here:
        keys: list[str] = []
        caller = await phone(here.url, "call-a")
        caller.room.on("sip_dtmf_received", lambda event: keys.append(event.digit))
        await caller.hear()
        await until(lambda: caller.silence_s > 1.0, "the greeting is over")
        await caller.say(SENTENCE)
        await until(lambda: "a transfer to Sales failed" in here.out.read_text(), "it is tried")
        await caller.hear()
        assert keys == ["4", "#"]
        await caller.leave()
    assert "+15557654321" not in here.turns.read_text() + here.out.read_text()
    assert phone_rig.sid() in here.out.read_text(), "the agent's log names the call as Twilio does"


async def offer_again(url: str) -> None:
    request = api.CreateAgentDispatchRequest(agent_name=NAME, room="call-a", metadata=METADATA)
    async with api.LiveKitAPI(url, KEY, SECRET) as server:
        await server.agent_dispatch.create_dispatch(request)


async def offer_until(url: str, happened: Callable[[], bool]) -> None:
    """LiveKit offers a call once, and nobody takes it whose machine is busy at that moment."""
    for _ in range(6):
        await offer_again(url)
        with contextlib.suppress(AssertionError):
            return await until(happened, "one too many leaves", 20.0)
    raise AssertionError("one too many never left")


async def test_a_wrong_profile_costs_no_answer_and_a_second_agent_leaves(tmp_path: Path) -> None:
    settings = {"LIVEKIT_AGENT_NAME": NAME, "AGENT_PROFILE": "balanced"}
    async with world("dev", tmp_path, **settings) as here:
        caller = await phone(here.url, "call-a", "patinet")
        await caller.hear()
        await offer_until(here.url, lambda: "another agent serves" in here.out.read_text())
        assert caller.room.connection_state == rtc.ConnectionState.CONN_CONNECTED
        await caller.leave()
    [started] = lines(here.turns, "session started")
    assert started["profile"] == "balanced"
    assert "a call asks for profile patinet, balanced serves it" in here.out.read_text()


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[None]:
    async with api.LiveKitAPI(url, KEY, SECRET) as server:
        task = asyncio.create_task(Watcher(server, NAME).run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_of_two_agents_of_a_call_the_first_stays(tmp_path: Path) -> None:
    """Both see each other by the time they ask: if both left, the caller would have none."""
    port, log = free_port(), tmp_path / "lk.log"
    url = f"ws://127.0.0.1:{port}"
    async with running(*livekit_command(port), env=dict(os.environ), log=log):
        await until(lambda: "starting LiveKit" in log.read_text(), "it runs")
        rooms = [rtc.Room(), rtc.Room()]
        for name, room in zip(("agent-b", "agent-a"), rooms, strict=True):
            token = api.AccessToken(KEY, SECRET).with_kind("agent").with_identity(name)
            token = token.with_grants(api.VideoGrants(room_join=True, room="call-a"))
            await room.connect(url, token.to_jwt())
        await until(lambda: all(len(room.remote_participants) == 1 for room in rooms), "they meet")
        jobs = [cast(JobContext, SimpleNamespace(room=room)) for room in rooms]
        assert list(map(another_serves, jobs)) == [False, True]
        for room in rooms:
            await room.disconnect()


async def test_a_caller_without_an_agent_gets_one_and_another_when_that_is_killed(
    tmp_path: Path,
) -> None:
    port, out = free_port(), tmp_path / "agent.log"
    url = f"ws://127.0.0.1:{port}"
    server = running(*livekit_command(port), env=dict(os.environ), log=tmp_path / "lk.log")
    async with BenchServer(ServerPlan()) as openai, server, watching(url):
        await until(lambda: "starting LiveKit" in (tmp_path / "lk.log").read_text(), "it runs")
        caller, sessions = await phone(url, "call-a"), tmp_path / "turns.jsonl"
        env = agent_env(url, openai.base_url, tmp_path)
        async with running(*BESIDE_OTHERS, env=env, log=out) as first:
            await caller.hear()
            await until(lambda: agents(caller) == 1, "one agent, however often it was offered")
            assert len(lines(sessions, "session started")) == 1
            kill_all(first.pid)
            await first.wait()
        async with running(*BESIDE_OTHERS, env=env, log=out):
            await until(lambda: len(lines(sessions, "session started")) == 2, "another", 240)
            await caller.hear()
            await caller.leave()


async def test_after_a_killed_livekit_callers_are_answered_again(tmp_path: Path) -> None:
    port, out, log = free_port(), tmp_path / "agent.log", tmp_path / "lk.log"
    url, command = f"ws://127.0.0.1:{port}", livekit_command(port)
    async with BenchServer(ServerPlan()) as openai:
        env = agent_env(url, openai.base_url, tmp_path) | {"MAX_PROCESSES": "5"}
        async with running(*BESIDE_OTHERS, env=env, log=out):
            for life in (1, 2):
                async with running(*command, env=dict(os.environ), log=log) as server:
                    await until(partial(registered, out, life), "the agent is registered")
                    caller = await phone(url, f"call-{life}")
                    await caller.hear()
                    server.kill()
                    await server.wait()
                await caller.leave()
    assert len(lines(tmp_path / "turns.jsonl", "session started")) == 2


def registered(out: Path, times: int) -> bool:
    return out.read_text().count("registered worker") == times


async def test_callers_who_wait_are_answered_in_their_order_one_at_a_time(tmp_path: Path) -> None:
    port, out = free_port(), tmp_path / "agent.log"
    url = f"ws://127.0.0.1:{port}"
    *command, config = livekit_command(port)
    # below 1.0, which an agent with MAX_PROCESSES calls reports
    config = json.dumps(json.loads(config) | {"agents": {"target_load": 0.99}})
    server = running(*command, config, env=dict(os.environ), log=tmp_path / "lk.log")
    async with BenchServer(ServerPlan()) as openai, server, watching(url):
        await until(lambda: "starting LiveKit" in (tmp_path / "lk.log").read_text(), "it runs")
        env = agent_env(url, openai.base_url, tmp_path) | {"MAX_PROCESSES": "1"}
        env |= {"NUM_IDLE_PROCESSES": "1", "LOAD_THRESHOLD": "0.99", "DRAIN_TIMEOUT": "1"}
        # blind to the CPU, since a busy machine would take no call
        agent = (sys.executable, "benchmarks/agent_beside_others.py", "start")
        async with running(*agent, env=env, log=out):
            await until(lambda: "registered worker" in out.read_text(), "the agent is ready")
            callers = [await phone(url, f"call-{name}") for name in "abc"]
            for number, caller in enumerate(callers):
                await caller.hear()
                assert [agents(one) for one in callers[number:]] == [1, *[0] * (2 - number)]
                await caller.leave()
    assert len(lines(tmp_path / "turns.jsonl", "session started")) == 3


def agents(caller: Participant) -> int:
    return sum(person.kind == AGENT for person in caller.room.remote_participants.values())


AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


def kill_all(pid: int) -> None:
    """The process and those that it started."""
    import psutil  # type: ignore[import-untyped]

    parent = psutil.Process(pid)
    for process in [*parent.children(recursive=True), parent]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def agent_env(url: str, openai_url: str, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "AEC_WARMUP_DURATION": "0",
        "TURN_LOG": str(folder / "turns.jsonl"),
        "PHONE_HISTORY": "off",
        "OPENAI_API_KEY": "sk-test-of-a-real-server",
        "OPENAI_BASE_URL": openai_url,
        "LIVEKIT_URL": url,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
        "LIVEKIT_AGENT_NAME": NAME,
        "HEALTH_PORT": str(free_port()),
    }


def run(url: str, *arguments: str, **settings: str) -> tuple[int, str]:
    """`python agent.py phone ...` in this process: exit code and everything that it wrote."""
    out = io.StringIO()
    with (
        mock.patch.dict(os.environ, environment(url, **settings), clear=True),
        mock.patch.object(sys, "argv", ["agent.py", "phone", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return cast(int, ended.value.code), out.getvalue()


def run_alone(url: str, *arguments: str) -> tuple[int, str]:
    """The same in a process of its own."""
    done = subprocess.run(
        [sys.executable, "agent.py", "phone", *arguments],
        cwd=phone_rig.ROOT,
        env=environment(url),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def environment(url: str, **settings: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LIVEKIT_URL": url,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
        "LIVEKIT_AGENT_NAME": NAME,
        "PHONE_PUBLIC_URL": phone_rig.PUBLIC,
        "PHONE_TWILIO_AUTH_TOKEN": phone_rig.TOKEN,
        "PHONE_SIP_PASSWORD": "a-sip-password",
        "PHONE_NUMBERS": json.dumps([phone_rig.OURS]),
        **settings,
    }


async def test_setup_is_idempotent_says_what_differs_and_can_be_undone(tmp_path: Path) -> None:
    port, redis = free_port(), free_port()
    url = f"ws://127.0.0.1:{port}"
    with phone_rig.redis_server(redis):
        *command, config = livekit_command(port)
        config = json.dumps(json.loads(config) | {"redis": {"address": f"127.0.0.1:{redis}"}})
        log = tmp_path / "lk.log"
        async with running(*command, config, env=dict(os.environ), log=log):
            await until(lambda: "starting LiveKit" in log.read_text(), "it runs")
            await asyncio.to_thread(through_all_commands, url)


def through_all_commands(url: str) -> None:
    missing = "trunk voice-tuner does not exist"
    assert run_alone(url, "check") == run(url, "check")
    for arguments in (("setup", "--dry-run"), ("check",)):
        code, text = run(url, *arguments)
        assert (code, missing in text) == (2, True), text
    code, text = run(url, "setup")
    assert (code, text.splitlines()[-1]) == (0, "done"), text
    code, text = run(url, "check")
    assert (code, text) == (0, "trunk and dispatch rule are as they should be\n")
    assert run(url, "setup") == (0, text), "a second time changes nothing"

    code, text = run(url, "check", PHONE_SIP_PASSWORD="another", PHONE_MAX_CALL_S="60")
    assert code == 2
    assert "max_call_duration differs: seconds: 900 instead of seconds: 60" in text
    assert "another" not in text.replace("another-", "")
    assert run(url, "setup", PHONE_MAX_CALL_S="60")[0] == 0
    assert run(url, "check", PHONE_MAX_CALL_S="60")[0] == 0

    both = json.dumps([phone_rig.OURS, asyncio.run(number_of_another_trunk(url))])
    code, text = run(url, "setup", PHONE_NUMBERS=both)
    assert (code, "LiveKit refuses: Conflicting inbound SIP Trunks" in text) == (2, True), text

    assert run(url, "remove", "--dry-run") == (0, "would remove: rule and trunk\n")
    assert run(url, "remove") == (0, "removed: rule and trunk\n")
    assert run(url, "remove") == (0, "removed: nothing\n")
    assert missing in run(url, "check")[1]


async def number_of_another_trunk(url: str) -> str:
    """Make somebody else's trunk; the number that it takes."""
    async with api.LiveKitAPI(url, KEY, SECRET) as server:
        trunk = api.SIPInboundTrunkInfo(name="another", numbers=["+15557654321"])
        await server.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))
    return "+15557654321"


async def test_what_livekit_says_is_shown_with_what_to_do(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "lk.log"
    url = f"ws://127.0.0.1:{port}"
    async with running(*livekit_command(port), env=dict(os.environ), log=log):
        await until(lambda: "starting LiveKit" in log.read_text(), "it runs")
        code, text = await asyncio.to_thread(run, url, "setup")
        assert (code, "takes telephone calls only with `redis`" in text) == (2, True), text
        secret = "another-secret-of-32-characters-long"
        code, text = await asyncio.to_thread(run, url, "check", LIVEKIT_API_SECRET=secret)
        assert (code, "Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET." in text) == (2, True), text


async def test_what_is_missing_is_named_and_a_server_that_is_not_there_too() -> None:
    code, text = run("", "setup")
    assert (code, "LIVEKIT_URL" in text) == (2, True)
    code, text = await asyncio.to_thread(run, f"ws://127.0.0.1:{free_port()}", "check")
    assert (code, "LiveKit does not answer" in text) == (2, True)
    code, text = run("ws://x", "destroy")
    assert (code, "setup|check|remove|watch" in text) == (2, True)
    assert "Traceback" not in text
