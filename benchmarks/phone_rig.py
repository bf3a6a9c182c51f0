"""The whole telephone service on one machine: webhook, LiveKit, agent, watcher, a local OpenAI.

Every part is a process as a user starts it, and can be killed and started again.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil  # type: ignore[import-untyped]

from benchmarks.agent_concurrency import openai_elsewhere

ROOT = Path(__file__).parent.parent
KEY, SECRET, TOKEN = "devkey", "a-secret-for-tests-of-32-characters", "the-auth-token"
PUBLIC, NUMBER, AGENT = "https://voice.example.com", "+15551234567", "voice-agent"
READY_S = 120.0
BESIDE_OTHERS = ROOT / "benchmarks" / "agent_beside_others.py"


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class PhoneService:
    """The processes by name; logs and stores are in `folder`.

    With `capped` MAX_PROCESSES holds. A busy machine takes no calls, and where all CPUs are busy
    none even without `capped`. `beside_others` says that other work is going on, and the agent
    does not look at the CPU.
    """

    def __init__(
        self,
        folder: Path,
        openai: str,
        settings: dict[str, str],
        *,
        capped: bool,
        beside_others: bool,
    ) -> None:
        self.folder, self._capped, self._beside_others = folder, capped, beside_others
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.port, self._livekit, self.health_port = free_port(), free_port(), free_port()
        self._env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AEC_WARMUP_DURATION": "0",
            "TURN_LOG": str(folder / "turns.jsonl"),
            "OPENAI_API_KEY": "sk-local",
            "OPENAI_BASE_URL": openai,
            "LIVEKIT_URL": self.livekit_url,
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "LIVEKIT_AGENT_NAME": AGENT,
            "PHONE_PUBLIC_URL": PUBLIC,
            "PHONE_TWILIO_AUTH_TOKEN": TOKEN,
            "PHONE_SIP_HOST": "127.0.0.1:5070",
            "PHONE_SIP_PASSWORD": "a-sip-password",
            "PHONE_PORT": str(self.port),
            "PHONE_SLOTS": f"sqlite:{folder / 'calls.db'}",
            "PHONE_HISTORY": f"sqlite:{folder / 'history.db'}",
            "HEALTH_PORT": str(self.health_port),
            "DRAIN_TIMEOUT": "1",
            "LOAD_THRESHOLD": "0.99",  # MAX_PROCESSES shall be the limit, not the CPU
            **({"MAX_PROCESSES": "100"} if beside_others else {}),  # else LiveKit looks at the CPU
            **settings,
        }

    def start(self, name: str) -> None:
        """Start one part and wait until it is ready."""
        log = self.folder / f"{name}.log"
        before = len(log.read_bytes()) if log.exists() else 0
        with log.open("ab") as out:
            self.processes[name] = subprocess.Popen(
                self._command(name), env=self._env, cwd=ROOT, stdout=out, stderr=out
            )
        ready = {"livekit": b"starting LiveKit", "agent": b"registered worker"}
        if name in ready:
            self._until(lambda: ready[name] in log.read_bytes()[before:], name)
        elif name == "webhook":
            self._until(lambda: _listens(self.port), name)

    def _command(self, name: str) -> list[str]:
        agent = [sys.executable, "agent.py"]
        server = [sys.executable, str(BESIDE_OTHERS)] if self._beside_others else agent
        commands = {
            "webhook": [*agent, "webhook"],
            "agent": [*server, "start" if self._capped else "dev"],
            "watch": [*agent, "phone", "watch"],
            "livekit": [shutil.which("livekit-server") or "", "--config-body", self._config()],
        }
        return commands[name]

    def _config(self) -> str:
        rtc: dict[str, Any] = {"node_ip": "127.0.0.1", "use_external_ip": False}
        rtc |= {"tcp_port": free_port(), "udp_port": free_port(socket.SOCK_DGRAM)}
        rtc |= {"enable_loopback_candidate": True}
        # below 1.0, which an agent with MAX_PROCESSES calls reports
        limits = {"target_load": 0.99 if self._capped else 100}
        config = {"port": self._livekit, "bind_addresses": ["127.0.0.1"], "keys": {KEY: SECRET}}
        return json.dumps(config | {"rtc": rtc, "agents": limits})

    def _until(self, happened: Any, name: str) -> None:
        ends = time.monotonic() + READY_S
        while not happened():
            if time.monotonic() > ends or self.processes[name].poll() is not None:
                raise RuntimeError(f"{name} did not start: see {self.folder / name}.log")
            time.sleep(0.05)

    def kill(self, name: str) -> None:
        """SIGKILL to one part and all that it started."""
        parent = psutil.Process(self.processes[name].pid)
        for process in (*parent.children(recursive=True), parent):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.processes[name].wait()

    def load_test(self, *arguments: str, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """`tuner load-test` against this service, in the background; how it goes, to `log`."""
        command = [sys.executable, "-m", "tuner", "load-test", "--to", NUMBER]
        command += ["--webhook", f"http://127.0.0.1:{self.port}", "--out", str(self._result)]
        command += ["--turn-log", str(self.folder / "turns.jsonl")]
        for name in ("webhook", "agent", "livekit"):
            command += ["--process", f"{name}={self.processes[name].pid}"]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            [*command, *arguments], env=self._env, cwd=self.folder, stdout=quiet, stderr=log
        )

    @property
    def livekit_url(self) -> str:
        """Where LiveKit is."""
        return f"ws://127.0.0.1:{self._livekit}"

    @property
    def _result(self) -> Path:
        return self.folder / "load.json"

    def result(self, test: subprocess.Popen[bytes]) -> dict[str, Any]:
        """The figures of a load test, once it has ended."""
        test.wait()
        found: dict[str, Any] = json.loads(self._result.read_text())
        return found

    def turns(self) -> list[dict[str, Any]]:
        """The `turn` lines of the agent's turn log."""
        path = self.folder / "turns.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in map(json.loads, lines) if line["message"] == "turn"]


def get_json(port: int, path: str) -> dict[str, Any]:
    """What a local server answers; {} if it does not."""
    with suppress(OSError, ValueError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return found
    return {}


def _listens(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


@contextmanager
def phone_service(
    folder: Path, *, capped: bool = False, beside_others: bool = False, **settings: str
) -> Iterator[PhoneService]:
    """Everything running; ended by force afterwards."""
    with openai_elsewhere() as openai:
        service = PhoneService(folder, openai, settings, capped=capped, beside_others=beside_others)
        try:
            for name in ("livekit", "webhook", "agent", "watch"):
                service.start(name)
            yield service
        finally:
            for name in service.processes:
                with suppress(psutil.NoSuchProcess):
                    service.kill(name)
