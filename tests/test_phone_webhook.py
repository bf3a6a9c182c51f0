"""`python agent.py webhook` as a process of its own, asked as Twilio and LiveKit ask."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("twilio")
pytest.importorskip("redis")

from livekit import api
from twilio.request_validator import RequestValidator

from agent.phone import connection
from agent.phone.settings import read_settings
from tests import phone_rig
from tests.free_ports import free_port
from tests.phone_rig import LIVEKIT_KEY, LIVEKIT_SECRET, PUBLIC, Service, incoming, service, sid
from tuner.errors import SettingsError

BUSY = '<?xml version="1.0" encoding="UTF-8"?><Response><Reject reason="busy" /></Response>'
DONE, STATUS = "/twilio/dial-done", "/twilio/sip-status"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Service]:
    """A webhook with two slots."""
    with service(tmp_path, MAX_CALLS="2", TWILIO_ACCOUNT_SID=phone_rig.ACCOUNT) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A webhook for many tests: each has calls of its own, of which some last on."""
    folder, account = tmp_path_factory.mktemp("shared"), phone_rig.ACCOUNT
    limits = {"MAX_CALLS": "100", "STARTS_PER_SECOND": "1000"}
    with service(folder, TWILIO_ACCOUNT_SID=account, **limits) as running:
        yield running


def verbs(text: str) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(text)]


def counted(here: Service, series: str) -> float:
    found = [line for line in here.get("/prometheus")[1].splitlines() if line.startswith(series)]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


def test_twilios_own_vector() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert phone_rig.sign(url, fields, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert RequestValidator("12345").validate(url, fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_an_incoming_call_is_dialled_to_livekit(shared: Service) -> None:
    [dial] = ElementTree.fromstring(shared.call())
    assert dial.attrib == {
        "answerOnBridge": "true",
        "timeout": "20",
        "timeLimit": "900",
        "action": f"{PUBLIC}{DONE}",
    }
    [sip] = dial
    assert (sip.get("username"), sip.get("password")) == ("twilio", "a-sip-password")
    assert sip.get("statusCallback") == f"{PUBLIC}{STATUS}?call={sid()}"
    address, _, headers = str(sip.text).partition("?")
    assert address == "sip:+15551234567@ours.sip.livekit.cloud;transport=tcp"
    assert parse_qs(headers) == {"X-App-CallSid": [sid()]}
    assert len(address) < 255, "Twilio's limit"
    assert len(headers) < 1024, "Twilio's limit"


def test_one_caller_too_many_hears_busy_and_a_retry_gets_the_same_answer(here: Service) -> None:
    first, second, third = (here.call(number) for number in (1, 2, 3))
    assert (verbs(first), verbs(second)) == (["Dial"], ["Dial"])
    assert third == here.call(3) == BUSY
    assert here.call(1) == first
    usage = json.loads(here.get("/metrics")[1])
    assert usage == {"active_calls": 2, "max_concurrent_calls": 2, "utilization_percent": 100.0}
    assert counted(here, 'phone_calls_total{answer="admitted"}') == 3
    assert counted(here, 'phone_calls_total{answer="full"}') == 2
    assert counted(here, "phone_active_calls") == 2


@pytest.mark.parametrize(
    ("number", "status"),
    list(enumerate(("completed", "busy", "no-answer", "failed", "canceled", "?"), 10)),
)
def test_a_failed_dial_ends_with_an_apology_and_frees_the_slot(
    shared: Service, number: int, status: str
) -> None:
    before = shared.active()
    shared.call(number)
    assert shared.active() == before + 1
    code, text = shared.post(DONE, incoming(sid(number), DialCallStatus=status))
    assert code == 200
    assert verbs(text) == (["Hangup"] if status == "completed" else ["Say", "Hangup"])
    assert shared.active() == before


def test_reports_may_come_twice_late_or_out_of_order(here: Service) -> None:
    child = incoming(sid(99), CallStatus="completed")
    here.call()
    for _ in range(2):
        assert here.post(f"{STATUS}?call={sid()}", child)[0] == 204
    assert here.post(f"{STATUS}?call={sid()}", child | {"CallStatus": "in-progress"})[0] == 204
    assert here.active() == 0, "answered after completed takes no slot"
    assert verbs(here.call()) == ["Hangup"], "its own request, late, takes none either"
    assert here.post(STATUS, incoming(sid(7), CallStatus="completed"))[0] == 204
    assert verbs(here.call(7)) == ["Hangup"], "the end is reported before the beginning"


@pytest.mark.parametrize("path", ["/incoming-call", DONE, STATUS])
def test_what_is_not_signed_over_all_of_it_gets_403_and_no_word(shared: Service, path: str) -> None:
    before = shared.active()
    fields = incoming(sid(2), DialCallStatus="completed")
    good = phone_rig.sign(PUBLIC + path, fields)
    other_host = phone_rig.sign("https://evil.example" + path, fields)
    for signature in ("", "x", good[:-2] + "A=", other_host, phone_rig.sign(PUBLIC + path, {})):
        assert shared.post(path, fields, signature=signature) == (403, "")
    assert shared.post(path, fields | {"Extra": ""}, signature=good) == (403, "")
    assert shared.post(path, fields | {"Extra": "1"}, signature=good) == (403, "")
    assert shared.post(path, fields | {"To": "+15550000000"}, signature=good) == (403, "")
    assert shared.post(path + "?a=1", fields, signature=good) == (403, "")
    stranger = incoming(sid(2), AccountSid="AC" + "b" * 32)
    assert shared.post(path, stranger) == (403, "")
    assert shared.active() == before


def test_blank_and_foreign_fields_are_part_of_the_signature(shared: Service) -> None:
    fields = incoming(sid(3), SipHeader_X=" two  blanks ", Emoji="☎", Blank="")
    status, _ = shared.post("/incoming-call", fields)
    assert status == 200


def test_bodies_and_heads_have_limits(shared: Service) -> None:
    large = {"CallSid": sid(4), "Filler": "x" * 64 * 1024}
    assert shared.post("/incoming-call", large) == (413, "")
    many = {f"f{number}": "" for number in range(300)}
    assert shared.post("/incoming-call", many) == (403, "")
    assert shared.post("/incoming-call", incoming("CA';DROP TABLE slots"))[0] == 400
    filler = "x" * (connection.MAX_HEADERS // 3)
    assert shared.send("GET", "/health", b"", {"A": filler, "B": filler})[0] == 200
    assert shared.send("GET", "/health", b"", {"A": filler, "B": filler, "C": filler})[0] == 400
    with socket.create_connection(("127.0.0.1", shared.port), 20) as endless:
        endless.sendall(b"GET /health HTTP/1.1\r\nX-Long: " + b"x" * connection.MAX_HEADERS)
        with contextlib.suppress(ConnectionError):
            assert endless.recv(1) == b"", "closed by the server"
    assert shared.get("/health") == (200, "ok")
    assert shared.get("/incoming-call")[0] == 405


def test_slow_connections_hold_nobody_up(here: Service) -> None:
    slow = [socket.create_connection(("127.0.0.1", here.port)) for _ in range(400)]
    for one in slow:
        one.sendall(b"POST /incoming-call HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nCall")
    assert verbs(here.call()) == ["Dial"]
    deadline = time.monotonic() + connection.REQUEST_S + 30
    for one in slow:
        one.settimeout(max(1.0, deadline - time.monotonic()))
        with contextlib.suppress(ConnectionError):
            assert one.recv(1) == b"", "closed by the server"
        one.close()


@pytest.mark.skipif(sys.platform != "linux", reason="sets the limit of another process")
def test_more_slow_connections_than_files_hold_nobody_up(tmp_path: Path) -> None:
    """Without a limit of our own the last ones would take the files that calls need."""
    import resource

    with service(tmp_path) as here, contextlib.ExitStack() as slow:
        files = connection.MAX_UNFINISHED + 100
        resource.prlimit(here.process.pid, resource.RLIMIT_NOFILE, (files, files))
        opened = []
        for number in range(files + 100):
            opened.append(slow.enter_context(socket.create_connection(("127.0.0.1", here.port))))
            opened[-1].sendall(b"POST /incoming-call HTTP/1.1\r\n")
            if number % 100 == 99:
                assert verbs(here.call(number)) == ["Dial"]
        opened[0].settimeout(30)
        with contextlib.suppress(ConnectionError):
            assert opened[0].recv(1) == b"", "the oldest was closed"


def test_a_number_that_is_not_ours_is_named_to_the_caller(tmp_path: Path) -> None:
    with service(tmp_path, NUMBERS=json.dumps([phone_rig.OURS])) as here:
        assert verbs(here.call(1)) == ["Dial"]
        for number, dialled in enumerate(("+15550000000", "sip:x@y;a?b=c", "client:bob"), 2):
            assert verbs(here.call(number, To=dialled)) == ["Say", "Hangup"]
        assert here.active() == 1
        assert counted(here, 'phone_calls_total{answer="unknown number"}') == 3


def test_a_withheld_number_is_answered(shared: Service) -> None:
    assert verbs(shared.call(5, From="anonymous")) == ["Dial"]


@pytest.mark.parametrize(
    ("when_full", "expected"), [("sentence", ["Say", "Hangup"]), ("ring", ["Dial"])]
)
def test_full_can_be_a_sentence_or_more_ringing(
    tmp_path: Path, when_full: str, expected: list[str]
) -> None:
    with service(tmp_path, MAX_CALLS="1", WHEN_FULL=when_full) as here:
        here.call(1)
        text = here.call(2)
        assert verbs(text) == expected
        assert when_full != "ring" or 'timeout="60"' in text
        assert here.active() == 1


def test_a_burst_is_slowed_down_for_the_whole_service_and_never_with_429(tmp_path: Path) -> None:
    with service(tmp_path, STARTS_PER_SECOND="3") as here, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(here.call, range(1, 40)))
        assert set(map(str, map(verbs, answers))) == {"['Dial']", "['Reject']"}
        assert counted(here, 'phone_calls_total{answer="too fast"}') == answers.count(BUSY) > 0


@pytest.mark.parametrize(
    ("setting", "expected"), [("refuse", ["Say", "Hangup"]), ("admit", ["Dial"])]
)
def test_without_a_store_calls_are_refused_or_admitted(
    tmp_path: Path, setting: str, expected: list[str]
) -> None:
    nobody = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    with service(tmp_path, SLOTS=nobody, WHEN_STORE_DOWN=setting) as here:
        assert verbs(here.call()) == expected
        assert here.get("/ready")[0] == here.get("/metrics")[0] == 503
        assert here.get("/health")[0] == 200
        assert here.post(DONE, incoming(sid(), DialCallStatus="completed"))[0] == 200
        assert counted(here, 'phone_store_errors_total{verb="acquire"}') == 1
        assert "phone_active_calls" not in here.get("/prometheus")[1]
    assert "hunter2" not in here.log.read_text()


def test_two_workers_and_a_redis_never_pass_the_limit(tmp_path: Path) -> None:
    with phone_rig.store("redis", tmp_path) as slots:
        shared = service(tmp_path, SLOTS=slots, WORKERS="2", MAX_CALLS="5", STARTS_PER_SECOND="1e6")
        with shared as here, ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(here.call, range(1, 100)))
            assert sum(verbs(answer) == ["Dial"] for answer in answers) == 5
            assert here.active() == 5
            assert counted(here, 'phone_calls_total{answer="full"}') == 94, "both workers count"


def test_slots_survive_a_killed_webhook(tmp_path: Path) -> None:
    with service(tmp_path, MAX_CALLS="2") as here:
        here.call(1)
        here.process.send_signal(signal.SIGKILL)
        here.process.wait()
    with service(tmp_path, MAX_CALLS="2") as here:
        assert here.active() == 1
        assert verbs(here.call(1)) == verbs(here.call(2)) == ["Dial"]
        assert here.call(3) == BUSY


def test_a_redis_that_is_killed_costs_the_calls_that_begin_meanwhile(tmp_path: Path) -> None:
    port = free_port()
    slots = f"redis://127.0.0.1:{port}/0"
    with phone_rig.redis_server(port) as redis, service(tmp_path, SLOTS=slots) as here:
        assert verbs(here.call(1)) == ["Dial"]
        redis.send_signal(signal.SIGKILL)
        redis.wait()
        assert verbs(here.call(2)) == ["Say", "Hangup"]
        assert here.get("/ready")[0] == 503
        done = here.post(DONE, incoming(sid(1), DialCallStatus="completed"))
        assert (done[0], verbs(done[1])) == (200, ["Hangup"])
        with phone_rig.redis_server(port):
            assert verbs(here.call(3)) == ["Dial"]
            assert (here.get("/ready")[0], here.active()) == (200, 1)


def livekit(event: str, call: str, secret: str = LIVEKIT_SECRET) -> tuple[bytes, str]:
    """A webhook as LiveKit signs it: the token holds the body's SHA-256."""
    participant = {"identity": "sip_x", "attributes": {"app.callSid": call}}
    body = json.dumps({"event": event, "participant": participant}).encode()
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return body, api.AccessToken(LIVEKIT_KEY, secret).with_sha256(digest).to_jwt()


def test_livekits_report_frees_the_slot_if_it_is_signed(here: Service) -> None:
    here.call()
    body, token = livekit("participant_joined", sid())
    assert here.send("POST", "/livekit", body, {"Authorization": token})[0] == 204
    body, token = livekit("participant_left", sid())
    forged = livekit("participant_left", sid(), "another-secret-of-32-characters!!")[1]
    for wrong in ("", forged, "Bearer x.y.z"):
        answer = here.send("POST", "/livekit", body, {"Authorization": wrong})
        assert answer == (403, "")
    assert here.send("POST", "/livekit", body + b" ", {"Authorization": token})[0] == 403
    assert here.active() == 1
    assert here.send("POST", "/livekit", body, {"Authorization": token}) == (204, "")
    assert here.active() == 0


def test_nothing_of_the_caller_is_in_the_log(here: Service) -> None:
    here.call(1)
    here.post("/incoming-call", incoming(sid(2)), signature="wrong")
    here.post(f"{STATUS}?call={sid(1)}", incoming(sid(99), CallStatus="completed"))
    here.process.terminate()
    assert here.process.wait(30) in (0, -signal.SIGTERM), "it ends in peace"
    log = here.log.read_text()
    assert sid(1) in log
    for private in ("4915112345678", "15551234567", "Söhne", "DE", phone_rig.TOKEN, "sip-password"):
        assert private not in log.replace("INFO", "")


def run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(phone_rig.ROOT)}
    env |= {f"PHONE_{name}": text for name, text in settings.items()}
    command = [sys.executable, str(phone_rig.ROOT / "agent.py"), "webhook"]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_wrong_settings_are_one_message_that_shows_no_secret(tmp_path: Path) -> None:
    done = run(tmp_path, TWILIO_AUTH_TOKEN="hunter2", PORT="many", PUBLIC_URL="voice.example.com")
    assert done.returncode == 2
    assert "PHONE_PORT" in done.stderr
    assert "PHONE_PUBLIC_URL" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
    done = run(tmp_path, TWILIO_AUTH_TOKEN="hunter2", PUBLIC_URL=PUBLIC)
    assert "PHONE_SIP_HOST is not set" in done.stderr


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("TWILIO_AUTH_TOKEN", ["", " "]),  # everybody could sign
        ("NUMBERS", ['["5551234567"]', '["+1 555 123 4567"]', '[""]']),  # nobody would be served
        ("SIP_HOST", ["sip:a.example", "user@a.example", "a.example/x", "a b", "a;transport=tls"]),
        ("TRANSFERS", ['{"sales": "555"}']),
    ],
)
def test_a_setting_that_would_fail_every_call_is_refused(setting: str, wrong: list[str]) -> None:
    good: dict[str, Any] = {"public_url": PUBLIC, "twilio_auth_token": "x"}
    good |= {"sip_host": "a.example:5060", "numbers": ["+15551234567"]}
    assert read_settings(**good).sip_host == "a.example:5060"
    assert read_settings(**good | {"sip_host": "[::1]:5060"}).sip_host == "[::1]:5060"
    for text in wrong:
        value = json.loads(text) if text[:1] in ("[", "{") else text
        with pytest.raises(SettingsError, match=f"PHONE_{setting}: "):
            read_settings(**good | {setting.lower(): value})


def test_a_wrong_token_is_in_the_log_and_a_stranger_cannot_fill_it(tmp_path: Path) -> None:
    with service(tmp_path) as here:
        for _ in range(20):
            assert here.post("/incoming-call", incoming(sid()), signature="x") == (403, "")
        assert counted(here, 'phone_refused_requests_total{reason="signature"}') == 20
    [line] = [line for line in here.log.read_text().splitlines() if "was refused" in line]
    assert "PHONE_TWILIO_AUTH_TOKEN or PHONE_PUBLIC_URL is wrong" in line


def test_a_rule_that_names_no_profile_is_found_before_a_call_is_taken(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('default = "patinet"')
    good = {"TWILIO_AUTH_TOKEN": "t", "PUBLIC_URL": PUBLIC, "SIP_HOST": "x"}
    done = run(tmp_path, RULES="rules.toml", **good)
    assert done.returncode == 2
    assert "did you mean patient?" in done.stderr


def test_the_profile_of_a_call_goes_along_as_a_header(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(
        'default = "phone"\n[[rule]]\nprofile = "patient"\ncountry = ["DE"]\n'
    )
    with service(tmp_path, RULES="rules.toml") as here:
        for number, country, profile in ((1, "DE", "patient"), (2, "US", "phone")):
            [[sip]] = ElementTree.fromstring(here.call(number, FromCountry=country))
            headers = parse_qs(urlsplit(str(sip.text)).query)
            assert headers["X-App-Profile"] == [profile]


def test_repeated_fields_are_signed_as_twilio_signs_them(shared: Service) -> None:
    pairs = [*incoming(sid(6)).items(), ("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b")]
    url = f"{PUBLIC}/incoming-call"
    signed = phone_rig.sign(url, incoming(sid(6)) | {"MediaUrl": "aMediaUrlb"})
    headers = {"X-Twilio-Signature": signed}
    status, _ = shared.send("POST", "/incoming-call", urlencode(pairs).encode(), headers)
    assert status == 200


def test_a_transfer_dials_a_number_of_the_settings_and_no_other(tmp_path: Path) -> None:
    numbers = json.dumps({"Sales": "+15557654321"})
    with service(tmp_path, MAX_CALLS="2", TRANSFERS=numbers) as here:
        [dial] = ElementTree.fromstring(here.call())
        assert dial.get("referUrl") == f"{PUBLIC}/twilio/refer?call={sid()}"
        assert here.active() == 1
        for target in ("<tel:+15557654321>", "<sip:%2B15557654321@x.example;transport=tcp>"):
            child = incoming(sid(99), ReferTransferTarget=target)
            code, text = here.post(f"/twilio/refer?call={sid()}", child)
            [dial] = ElementTree.fromstring(text)
            assert (code, dial.tag, dial[0].tag, dial[0].text) == (
                200,
                "Dial",
                "Number",
                "+15557654321",
            )
        assert here.active() == 0, "no agent serves a call that was handed over"
        child = incoming(sid(99), ReferTransferTarget="<tel:+19005550000>")
        assert verbs(here.post(f"/twilio/refer?call={sid()}", child)[1]) == ["Say", "Hangup"]
        assert here.post("/twilio/refer", child, signature="x")[0] == 403
        assert counted(here, 'phone_transfers_total{result="dialled"}') == 2
        assert counted(here, 'phone_transfers_total{result="unknown destination"}') == 1
    assert "+1555" not in here.log.read_text()
