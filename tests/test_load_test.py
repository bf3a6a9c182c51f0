"""`tuner load-test`: against the real webhook, LiveKit and agent, against sipp, and its sums."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("fastapi")
pytest.importorskip("psutil")

from agent.phone import names
from tests import phone_rig
from tests.free_ports import free_port
from tests.phone_rig import ROOT, service
from tests.test_agent_livekit_server import SERVER, world
from tests.test_phone_livekit_server import NAME
from tests.test_sip_telephone import listening, needs_sipp, sipp_command
from tuner.cli import main as cli
from tuner.errors import UsageError
from tuner.load_test import (
    agent_log,
    dialling,
    marks,
    page,
    results,
    room,
    running,
    targets,
    text,
    twilio,
)
from tuner.load_test.caller import LoadCall
from tuner.load_test.marks import PassLimits
from tuner.load_test.plan import CallingPlan
from tuner.load_test.processes import Reading
from tuner.load_test.results import LoadResult
from tuner.load_test.sip.dialog import SipLine
from tuner.load_test.sip.telephone import CallRefusedError

TO = phone_rig.OURS
SIP_DIAL = "<Response><Dial><Sip>{}</Sip></Dial></Response>"


async def load_test(*arguments: str, cwd: Path, **env: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PHONE_TWILIO_AUTH_TOKEN": phone_rig.TOKEN,
        "PHONE_PUBLIC_URL": phone_rig.PUBLIC,
        "LIVEKIT_API_KEY": phone_rig.LIVEKIT_KEY,
        "LIVEKIT_API_SECRET": phone_rig.LIVEKIT_SECRET,
        "LIVEKIT_AGENT_NAME": NAME,
        **env,
    }
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tuner", "load-test", *arguments),
        cwd=cwd,
        env=variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(program.communicate(), 150)
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
    return program.returncode or 0, out.decode(), err.decode()


@pytest.mark.asyncio
async def test_requests_at_a_rate_are_counted_and_no_slot_is_left(tmp_path: Path) -> None:
    with service(tmp_path, MAX_CALLS="50", STARTS_PER_SECOND="1000") as here:
        url = f"http://127.0.0.1:{here.port}"
        watched = f"webhook={here.process.pid}"
        arguments = ("--webhook", url, "--calls", "0", "--rate", "40", "--ramp", "1", "--hold", "2")
        code, out, err = await load_test(
            *arguments, "--process", watched, "--max-cpu", "101", "--json", cwd=tmp_path
        )
        found = json.loads(out)
        assert here.active() == 0
    assert code == 0, out + err
    assert found["webhook_requests"] == pytest.approx(100, abs=2), "20 in the ramp, 80 after it"
    assert (found["webhook_errors"], found["slots_left"]) == ({}, 0)
    assert found["webhook_s"]["n"] == found["webhook_requests"]
    assert found["processes"]["webhook"]["memory_mb"] > 10
    assert found["processes"]["webhook"]["cores"] > 0
    verdicts = {mark["name"]: mark["passed"] for mark in found["marks"]}
    assert verdicts["reply latency"] is None, "nobody talked"
    assert verdicts["memory of webhook"] is None, "the hold is too short"
    assert "s of 3: 0 talking" in err


@pytest.mark.asyncio
async def test_a_wrong_signature_fails_every_request_and_the_test(tmp_path: Path) -> None:
    with service(tmp_path) as here:
        url = f"http://127.0.0.1:{here.port}"
        arguments = ("--webhook", url, "--calls", "0", "--rate", "10", "--ramp", "0", "--hold", "1")
        wrong = {"PHONE_TWILIO_AUTH_TOKEN": "another"}
        code, out, _ = await load_test(*arguments, "--max-cpu", "101", cwd=tmp_path, **wrong)
    assert code == 1
    assert "FAIL  errors" in out
    assert "10 x the webhook answers 403" in out


@pytest.mark.asyncio
@pytest.mark.skipif(SERVER is None, reason="livekit-server is not on the PATH: did not run")
async def test_participants_talk_to_the_agent_through_webhook_and_livekit(tmp_path: Path) -> None:
    settings = {"LIVEKIT_AGENT_NAME": NAME, "NUM_IDLE_PROCESSES": "2", "DRAIN_TIMEOUT": "1"}
    with service(tmp_path, MAX_CALLS="2") as here:
        async with world("dev", tmp_path, **settings) as agent:
            arguments: tuple[str, ...] = ("--webhook", f"http://127.0.0.1:{here.port}")
            arguments += ("--calls", "3")
            arguments += ("--ramp", "1", "--hold", "10", "--call-seconds", "60", "--to", TO)
            arguments += ("--process", f"agent={agent.agent.pid}", "--max-cpu", "101")
            files = ("--out", "load.json", "--html", "load.html")
            code, out, err = await load_test(
                *arguments, *files, cwd=tmp_path, LIVEKIT_URL=agent.url
            )
        assert here.active() == 0
    found = json.loads((tmp_path / "load.json").read_text())
    assert found["answers"].get("answered") == 2, out + err
    assert found["answers"]["busy"] >= 1, "one caller too many hears busy, again and again"
    assert found["most_at_once"] == 2
    assert found["reply_s"]["n"] >= 2, out + err
    assert found["reply_s"]["p50"] > 0.3, "the server's own times alone take that"
    assert found["first_audio_s"]["n"] == 2
    assert found["packets"] > 100
    assert found["processes"]["agent"]["memory_mb"] > 50
    assert code == 1, "3 calls at once were asked for, and 2 admitted"
    assert "FAIL  calls at once" in out
    assert "<svg" in (tmp_path / "load.html").read_text()
    assert TO not in (tmp_path / "load.json").read_text()


@needs_sipp
@pytest.mark.asyncio
async def test_telephones_dial_what_the_webhooks_twiml_says(tmp_path: Path) -> None:
    port = free_port()
    quiet = asyncio.subprocess.DEVNULL
    command = sipp_command("answer", "tcp", port, 3, tmp_path)
    sipp = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, stdout=quiet, stderr=quiet)
    try:
        await listening("tcp", port)
        settings = {"SIP_HOST": f"127.0.0.1:{port}", "SIP_TRANSPORT": "tcp"}
        with service(tmp_path, **settings) as here:
            arguments: tuple[str, ...] = ("--webhook", f"http://127.0.0.1:{here.port}")
            arguments += ("--via", "sip")
            arguments += ("--calls", "3", "--ramp", "0", "--hold", "6", "--call-seconds", "60")
            code, out, err = await load_test(*arguments, "--json", cwd=tmp_path)
            assert here.active() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):  # it ends after the last call
            sipp.kill()
        await sipp.wait()
    found = json.loads(out)
    assert found["answers"] == {"answered": 3}, out + err
    assert (found["most_at_once"], found["packets_lost"]) == (3, 0)
    assert found["ring_s"]["p50"] >= 0.1
    assert found["packets"] > 200
    assert found["talked_over"] >= 3, "the echo is heard at once"
    assert code in (0, 1)


def test_only_hosts_of_ones_own_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_AGENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    for arguments, why in (
        (("--webhook", "https://voice.example.com"), "--i-own voice.example.com"),
        (("--webhook", "http://127.0.0.1:1", "--sip", "192.0.2.1:5060"), "192.0.2.1 is not this"),
        (("--via", "sip"), "no webhook to ask"),
        (("--process", "x=999999999", "--calls", "0"), "no such process"),
        (("--process", "x", "--calls", "0"), "no such process"),
        ((), "not set: LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, LIVEKIT_AGENT_NAME"),
    ):
        assert cli.run(["load-test", *arguments]) == 2
        assert why in capsys.readouterr().err
    monkeypatch.setenv("LIVEKIT_URL", "wss://mine.livekit.cloud")
    assert cli.run(["load-test"]) == 2
    assert "mine.livekit.cloud is not this machine" in capsys.readouterr().err


def test_hosts() -> None:
    assert targets.host_of("http://127.0.0.1:8080/x") == "127.0.0.1"
    assert targets.host_of("[::1]:5060") == "::1"
    assert targets.host_and_port("[::1]:5070", 5060) == ("::1", 5070)
    assert targets.host_and_port("[::1]", 5060) == ("::1", 5060)
    assert targets.host_and_port("sip.example", 5060) == ("sip.example", 5060)
    targets.check("localhost", ())
    targets.check("::1", ())
    targets.check("voice.example.com", ("voice.example.com",))
    for host in ("192.0.2.1", "0.0.0.0", "nowhere.invalid"):
        with pytest.raises(UsageError):
            targets.check(host, ("voice.example.com",))
    for wrong in ("http://", "[::1:5060", "127.0.0.1:sip", "127.0.0.1:70000", ":5060"):
        with pytest.raises(UsageError, match="no host and port"):
            targets.host_and_port(wrong, 5060)


def test_the_plan_ramps_evenly_and_holds() -> None:
    plan = CallingPlan(4, ramp_s=8, hold_s=10, rate=5)
    assert [plan.begins_s(n) for n in range(4)] == [2, 4, 6, 8]
    times = list(plan.reports_s())
    assert len(times) == 5 * 8 // 2 + 5 * 10
    assert sum(at < 4 for at in times) == 5, "a quarter of the ramp's in its first half"
    assert np.diff(times)[-20:] == pytest.approx(0.2)
    assert list(CallingPlan(1, ramp_s=0, hold_s=1, rate=3).reports_s()) == pytest.approx(
        [0, 1 / 3, 2 / 3]
    )
    assert (plan.holds(7.9), plan.holds(8), plan.holds(18)) == (False, True, False)


def result(reply: float = 0.6, failed: int = 0, memory: float = 1.0) -> LoadResult:
    """100 calls of ten replies; memory is that many times as large at the end."""
    plan = CallingPlan(5, ramp_s=10, hold_s=100)
    calls = [LoadCall(0.0, "answered", replies_s=[reply] * 10) for _ in range(100 - failed)]
    calls += [LoadCall(0.0, error="NoAgentError: no agent") for _ in range(failed)]
    readings = [
        Reading(at, 0.5, {"agent": 0.3}, {"agent": 100 + (memory - 1) * (at - 10)}, running=5)
        for at in range(111)
    ]
    return LoadResult(plan, calls, readings, left=0)


def verdicts(made: LoadResult, **limits: float) -> dict[str, bool | None]:
    found = results.figures(made)
    return {mark.name: mark.passed for mark in marks.judge(found, made.plan, PassLimits(**limits))}


def test_the_pass_marks_are_the_guides() -> None:
    assert set(verdicts(result()).values()) == {True}
    assert not verdicts(result(reply=1.01))["reply latency"]
    assert not verdicts(result(failed=1))["errors"], "1 % is not under 1 %"
    assert verdicts(result(failed=1), errors=0.011)["errors"]
    assert not verdicts(result(), cpu=0.5)["CPU"]
    assert not verdicts(result(memory=1.06))["memory of agent"]
    assert verdicts(result(memory=1.04))["memory of agent"]
    one_left = result()
    one_left.left = 1
    assert not verdicts(one_left)["slots left at the end"]
    fewer = result()
    fewer.readings = [reading for reading in fewer.readings if reading.at_s < 10]
    assert verdicts(fewer)["CPU"] is None


def test_a_process_that_ends_fails_and_nothing_measured_passes_nothing() -> None:
    gone = result()
    last = gone.readings[-2]
    gone.readings[-2] = Reading(last.at_s, 0.5, {"agent": 0.0}, {"agent": 0.0}, 5)
    assert verdicts(gone)["memory of agent"] is False
    empty = LoadResult(CallingPlan(0, rate=1))
    assert set(verdicts(empty).values()) == {None}
    assert "not measured" in text.render(
        results.figures(empty), marks.judge(results.figures(empty), empty.plan, PassLimits())
    )


def test_quantiles_growth_and_errors() -> None:
    assert results.quantiles([None]) == {"n": 0, "p50": None, "p95": None, "p99": None, "max": None}
    assert results.quantiles([1.0, 2.0, None])["p50"] == 1.5
    assert results.growth([0, 1, 2], [100, 105, 110]) == 0.1
    assert results.growth([0, 1], [1, 2]) is None
    assert LoadCall(0.0, "busy").is_error is False
    assert LoadCall(0.0, "answered", unanswered=1).is_error


def test_answers_are_read_as_twilio_reads_them(tmp_path: Path) -> None:
    del tmp_path
    dial = (
        '<Response><Dial timeout="20" action="https://x/done"><Sip username="u" password="p">'
        "sip:+15551234567@h.example:5070;transport=tcp?X-App-CallSid=CA1&amp;X-App-Profile=a%20b"
        "</Sip></Dial></Response>"
    )
    read = twilio.read(dial)
    assert (read.host, read.port, read.transport, read.ring_s) == ("h.example", 5070, "tcp", 20)
    assert read.target == "sip:+15551234567@h.example:5070"
    assert dict(read.headers) == {"X-App-CallSid": "CA1", "X-App-Profile": "a b"}
    assert twilio.read('<Response><Reject reason="busy"/></Response>').wanted == "busy"
    assert twilio.read("<Response><Say>x</Say><Hangup/></Response>").wanted == "sentence"
    assert twilio.read(SIP_DIAL.format("sip:a@[::1]")).host == "::1"
    assert twilio.read(SIP_DIAL.format("sip:192.0.2.1:5070")).port == 5070
    unfit = [SIP_DIAL.format(address) for address in ("sip:a@h:x", "", "sip:a@[::1", "sip:a@h:1_0")]
    unfit.append(SIP_DIAL.format("sip:a@h").replace("<Dial", "<Dial timeout='nan'"))
    for wrong in ("", "<Response/>", "<Response><Play>x</Play></Response>", "<html>", *unfit):
        with pytest.raises(twilio.WebhookError):
            twilio.read(wrong)
    fields = phone_rig.incoming(phone_rig.sid())
    assert twilio.sign("https://x/y", fields, "k") == phone_rig.sign("https://x/y", fields, "k")


@pytest.mark.parametrize("address", ["[::1]:5070", "[::1]"])
@pytest.mark.asyncio
async def test_a_telephone_server_may_have_an_ipv6_address(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[SipLine] = []

    @contextlib.asynccontextmanager
    async def phone_line(line: SipLine, _: float) -> AsyncIterator[None]:
        dialled.append(line)
        yield

    monkeypatch.setattr(dialling, "phone_line", phone_line)
    async with dialling.sip(address, ())(twilio.TwimlAnswer("dial", host="192.0.2.1"), "call"):
        pass
    assert (dialled[0].host, dialled[0].port) == ("::1", 5070 if "5070" in address else 5060)


def test_what_a_server_answers_moves_no_terminal_and_shows_no_password() -> None:
    refused = CallRefusedError(486, "\x1b[2JBusy https://user:word@h.example/a?sig=1")
    assert running.reason(refused) == "CallRefusedError: 486 Busy https://h.example/a?..."
    assert running.reason(twilio.WebhookError("no TwiML")) == "no TwiML"


def test_names_are_those_of_the_agent() -> None:
    assert room.ATTRIBUTES == {
        names.CALL_HEADER: names.CALL_ATTRIBUTE,
        names.PROFILE_HEADER: names.PROFILE_ATTRIBUTE,
    }
    assert (room.METADATA, room.ROOM_PREFIX) == (names.METADATA, names.ROOM_PREFIX)


def ended(at: float, false: int) -> str:
    """Turn log of a call with three interruptions, of which so many were false."""
    outcomes = ["false"] * false + ["real"] * (3 - false)
    when = datetime.fromtimestamp(at, UTC).isoformat()
    record = {"timestamp": when, "level": "INFO", "name": "tuner.turns", "job_id": f"j{at}"}
    lines = [{"message": "interruption", "started": at, "outcome": one} for one in outcomes]
    lines.append({"message": "session ended", "reason": "closed", "duration": 9.0})
    return "".join(json.dumps(record | line) + "\n" for line in lines)


def test_false_stops_are_those_of_the_calls_of_this_test(tmp_path: Path) -> None:
    log = tmp_path / "turns.jsonl"
    since, missing = 1_790_000_000.0, tmp_path / "missing.jsonl"
    log.write_text(ended(since - 60, 3) + ended(since + 1, 1) + ended(since + 2, 0))
    found = agent_log.false_stops([log], since, 2)
    assert found == {"calls": 2, "interruptions": 6, "false_stops": 1, "note": ""}
    made = result()
    assert "false stops" not in text.render(results.figures(made), [])
    made.false_stops = found
    assert "false stops                1 of 6 interruptions\n" in text.render(
        results.figures(made), []
    )
    made.false_stops = agent_log.false_stops([missing], since, 0)
    assert made.false_stops["false_stops"] is None
    assert "false stops                not visible; no call" in text.render(
        results.figures(made), []
    )


def test_calls_that_the_turn_log_lacks_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_log, "LATE_S", 0.0)
    log = tmp_path / "turns.jsonl"
    log.write_text(ended(1_790_000_001.0, 1))
    found = agent_log.false_stops([log], 1_790_000_000.0, 4)
    assert found["note"] == "1 of 4 answered calls are in the turn log"


def test_the_page_hides_no_mark_and_escapes() -> None:
    made = result(failed=2)
    made.report_errors = Counter({"<b>": 1})
    found: dict[str, Any] = results.figures(made)
    html = page.page(made, found, marks.judge(found, made.plan, PassLimits()), "A <title>")
    assert "<td>fail<td>errors" in html
    assert "<b>" not in html
    assert html.count("<polyline") == 2
    assert "default-src 'none'; style-src 'sha256-" in html
