"""Who is spoken to: nobody by what reads logs, and loopback only by what listens."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from agent.phone.settings import PhoneSettings
from tests.pages import TURNS
from tuner.bench.openai_server.server import BenchServer
from tuner.cli import main as cli
from tuner.settings.knob_table import Settings

LOG = str(TURNS)
REPLAYED = str(Path(__file__).parent / "whatif" / "slow-thinker.d05.jsonl.gz")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that was asked for; none of them is reached."""
    asked: list[object] = []

    def refused(*where: object, **_: object) -> None:
        asked.append(where)
        raise OSError("not in this test")

    for place, name in ((socket.socket, "connect"), (socket.socket, "connect_ex")):
        monkeypatch.setattr(place, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    return asked


@pytest.mark.parametrize(
    "command",
    [
        ("analyze", LOG, "--jobs", "1", "--html", "page.html"),
        ("analyze", LOG, "--jobs", "1", "--json", "--state", "state"),
        ("calls", LOG, "--jobs", "1"),
        ("what-if", REPLAYED),
        ("compare", REPLAYED, REPLAYED),
        ("export", LOG, "-o", "events.csv"),
        ("watch", LOG, "--once"),
        ("capacity", "--calls", "100"),
        ("explain", "settings"),
        ("profiles",),
    ],
    ids=lambda command: " ".join(Path(word).name for word in command),
)
def test_reading_logs_opens_no_connection(
    command: Sequence[str],
    connections: list[object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(list(command)) in (0, 1), capsys.readouterr().err
    assert connections == []


def test_a_connection_would_be_found(connections: list[object]) -> None:
    cli.run(["analyze", "https://logs.example/a.log", "--jobs", "1"])
    assert "logs.example" in str(connections)


@pytest.mark.asyncio
async def test_the_server_of_the_bench_listens_on_loopback_only() -> None:
    async with BenchServer() as server:
        port = int(server.base_url.rpartition(":")[2].removesuffix("/v1"))
        found = psutil.Process().net_connections("inet")
        listening = [one.laddr for one in found if one.laddr.port == port and not one.raddr]
    assert [address.ip for address in listening] == ["127.0.0.1"]


def test_what_listens_does_so_on_loopback_unless_a_setting_says_otherwise() -> None:
    usual = Settings()
    webhook = PhoneSettings.model_fields["host"].default
    assert {webhook, usual.audiocodes_host, usual.metrics_host} == {"127.0.0.1"}
