"""Ports of the agent and of the webhook: which they are, and what is said of one that is taken."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")
pytest.importorskip("twilio")

from agent import app, check
from agent.audiocodes import command as audiocodes
from agent.phone import command, serve
from agent.phone.settings import read_settings
from agent.ports import PRODUCTION_PORT, agent_ports, check_ports
from tests.free_ports import free_port
from tuner.errors import TunerError
from tuner.settings.knob_table import Settings

ROOT = Path(__file__).parent.parent


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


@pytest.mark.parametrize(
    ("command", "settings", "expected"),
    [
        ("start", Settings(), {"HEALTH_PORT": 8081}),
        ("dev", Settings(), {}),
        ("start", Settings(health_port=1, metrics_port=2), {"HEALTH_PORT": 1, "METRICS_PORT": 2}),
        ("dev", Settings(health_port=1, metrics_port=2), {"HEALTH_PORT": 1, "METRICS_PORT": 2}),
    ],
)
def test_the_ports_of_an_agent(command: str, settings: Settings, expected: dict[str, int]) -> None:
    assert dict(agent_ports(settings, command)) == expected


def test_without_the_setting_livekits_own_ports_stay() -> None:
    usual = app.make_server(Settings())._port
    assert (usual.prod_default, usual.dev_default) == (PRODUCTION_PORT, 0)  # type: ignore[union-attr]


def test_free_ports_are_left_free() -> None:
    ports = [("HEALTH_PORT", free_port()), ("METRICS_PORT", free_port())]
    check_ports("127.0.0.1", ports)
    check_ports("localhost", ports)


def test_nobody_is_accepted_while_ports_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller or a health probe that came now would be reset."""
    port, accepted = free_port(), []
    close = socket.socket.close

    def dial_and_close(self: socket.socket) -> None:
        if self.fileno() >= 0 and self.getsockname()[1] == port:
            with socket.socket() as caller:
                accepted.append(caller.connect_ex(("127.0.0.1", port)) == 0)
        close(self)

    monkeypatch.setattr(socket.socket, "close", dial_and_close)
    check_ports("127.0.0.1", [("HEALTH_PORT", port)])
    assert accepted == [False]


def test_a_port_that_is_in_use_is_named_by_its_setting(taken: int) -> None:
    with pytest.raises(TunerError, match=f"METRICS_PORT: port {taken} .* is in use") as error:
        check_ports("127.0.0.1", [("HEALTH_PORT", free_port()), ("METRICS_PORT", taken)])
    assert error.value.next_step == "Set another METRICS_PORT."


def test_one_port_for_both_is_refused() -> None:
    port = free_port()
    with pytest.raises(TunerError, match=f"METRICS_PORT: port {port} .* is in use"):
        check_ports("127.0.0.1", [("HEALTH_PORT", port), ("METRICS_PORT", port)])


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(TunerError, match=r"HEALTH_PORT: .*cannot listen on it") as error:
        check_ports(host, [("HEALTH_PORT", free_port())])
    assert "its address" in error.value.next_step


def test_each_worker_of_the_bridge_needs_a_metrics_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Settings(metrics_port=other.getsockname()[1] - 1)
        with pytest.raises(TunerError, match=r"METRICS_PORT: .* is in use"):
            audiocodes._check_metrics(settings, 2)


def test_a_webhook_does_not_begin_on_a_port_that_is_in_use(taken: int, tmp_path: Path) -> None:
    given = {"public_url": "https://a.example", "twilio_auth_token": "x", "sip_host": "a"}
    settings = read_settings(**given, port=taken, slots=f"sqlite:{tmp_path / 'calls.db'}")
    with pytest.raises(TunerError, match=f"PHONE_PORT: port {taken} .* is in use"):
        serve.check(settings, {}, tmp_path)


@pytest.mark.parametrize("module", [check, command, serve])
def test_every_command_lists_its_options(
    module: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert module.main(["--help"]) == 0  # type: ignore[attr-defined]
    assert capsys.readouterr().out.startswith("usage: python agent.py ")


def test_agents_in_production_run_side_by_side_on_ports_of_their_own(tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    with production(tmp_path, first), production(tmp_path, second):
        assert [health(port) for port in (first, second)] == ["OK", "OK"]
        with production(tmp_path, second) as third:
            _, text = third.communicate(timeout=120)
        assert third.returncode == 2
        assert text == (
            f"agent: HEALTH_PORT: port {second} of 127.0.0.1: it is in use\n"
            "  Set another HEALTH_PORT.\n"
        )


@contextmanager
def production(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`python agent.py start`. There is no LiveKit, which it tries to reach meanwhile."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HEALTH_PORT": str(port)}
    env |= {"LIVEKIT_URL": f"ws://127.0.0.1:{free_port()}", "LIVEKIT_API_KEY": "k"}
    env |= {"LIVEKIT_API_SECRET": "s" * 32, "OPENAI_API_KEY": "sk-test", "PHONE_HISTORY": "off"}
    env |= {"NUM_IDLE_PROCESSES": "0"}
    command = [sys.executable, str(ROOT / "agent.py"), "start"]
    with (folder / f"{port}.log").open("w") as log:
        process = subprocess.Popen(
            command, env=env, cwd=folder, stdout=log, stderr=subprocess.PIPE, text=True
        )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=120)


def health(port: int) -> str:
    """What the health port answers, once it does."""
    ends = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < ends, "no answer in 120 s"
            time.sleep(0.1)
