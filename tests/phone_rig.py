"""For the tests of the phone path: slot stores, and the webhook as a process of its own."""

from __future__ import annotations

import base64
import hmac
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.free_ports import free_port

ROOT = Path(__file__).parent.parent

REDIS = shutil.which("redis-server") or shutil.which("valkey-server")
NO_REDIS = "neither redis-server nor valkey-server is on the PATH: did not run"


@contextmanager
def redis_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server on the loopback that keeps nothing on disk."""
    if REDIS is None:
        pytest.skip(NO_REDIS)
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly"]
    process = subprocess.Popen([*command, "no"], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for_port(port: int, limit_s: float = 120.0) -> None:
    """Return when somebody accepts connections there."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on port {port}"
            time.sleep(0.02)


@contextmanager
def store(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty store of this kind: "sqlite" or "redis"."""
    if kind == "sqlite":
        yield f"sqlite:{folder / 'calls.db'}"
        return
    port = free_port()
    with redis_server(port):
        yield f"redis://127.0.0.1:{port}/0"


TOKEN, ACCOUNT = "the-auth-token-of-the-tests", "AC" + "a" * 32
PUBLIC = "https://voice.example.com"
LIVEKIT_KEY, LIVEKIT_SECRET = "devkey", "a-secret-for-tests-of-32-characters"
OURS = "+15551234567"


def sid(number: int = 1) -> str:
    """The SID of a call."""
    return f"CA{number:032x}"


def incoming(call: str, **more: str) -> dict[str, str]:
    """The fields of a voice webhook as Twilio sends them, blank ones and private ones included."""
    return {
        "CallSid": call,
        "AccountSid": ACCOUNT,
        "From": "+4915112345678",
        "To": OURS,
        "CallStatus": "ringing",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
        "FromCountry": "DE",
        "FromCity": "",
        "CallerName": "Ünsal & Söhne",
        **more,
    }


def sign(url: str, fields: dict[str, str], token: str = TOKEN) -> str:
    """Twilio's signature, written down from its documentation and not with its library."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


@dataclass
class Service:
    """A running `python agent.py webhook`, and what it wrote."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def post(
        self, path: str, fields: dict[str, str], *, signature: str | None = None
    ) -> tuple[int, str]:
        """Send a form, signed as Twilio does unless a signature is given; status and body."""
        signature = sign(PUBLIC + path, fields) if signature is None else signature
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature,
        }
        return self.send("POST", path, urlencode(fields).encode(), headers)

    def call(self, number: int = 1, **fields: str) -> str:
        """The TwiML for an incoming call."""
        status, text = self.post("/incoming-call", incoming(sid(number), **fields))
        assert status == 200
        return text

    def get(self, path: str) -> tuple[int, str]:
        """Ask for a page."""
        return self.send("GET", path, b"", {})

    def active(self) -> int:
        """Running calls, as `/metrics` has them."""
        return int(json.loads(self.get("/metrics")[1])["active_calls"])

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[Service]:
    """The webhook as a user starts it; settings by their names without PHONE_."""
    port, log = free_port(), folder / "webhook.log"
    values = {
        "PUBLIC_URL": PUBLIC,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "SIP_HOST": "ours.sip.livekit.cloud",
        "SIP_PASSWORD": "a-sip-password",
        "PORT": str(port),
        "SLOTS": f"sqlite:{folder / 'calls.db'}",
    }
    given = {f"PHONE_{name}": text for name, text in (values | settings).items()}
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder),
        "LIVEKIT_API_KEY": LIVEKIT_KEY,
        "LIVEKIT_API_SECRET": LIVEKIT_SECRET,
        **given,
    }
    command = [sys.executable, str(ROOT / "agent.py"), "webhook"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out)
    try:
        wait_for_port(port)
        assert process.poll() is None, log.read_text()
        yield Service(port, process, log)
    finally:
        process.terminate()
        process.wait(30)
    assert not list(folder.glob("phone-metrics-*")), "it leaves nothing when it is stopped"
