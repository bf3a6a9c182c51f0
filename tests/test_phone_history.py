"""The history of calls: what a row holds, both stores, and a writer that nobody waits for."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from agent.phone import caller
from agent.phone.history import channel
from agent.phone.history.row import HistoryRow, RowCollector, hashed
from agent.phone.history.stores import (
    COLUMNS,
    HistoryStoreError,
    PostgresHistory,
    Rows,
    SqliteHistory,
    open_history,
)
from agent.phone.history.writer import WAITING_ROWS, HistoryWriter
from agent.phone.settings import AgentPhoneSettings
from tests.free_ports import free_port
from tests.phone_rig import wait_for_port
from tuner.errors import SettingsError

POSTGRES = shutil.which("postgres")
ENDED = {
    "reason": "participant_disconnected",
    "error": None,
    "duration": 61.5,
    "usage": {"prompt_tokens": 900, "cached_tokens": 500, "completion_tokens": 80},
    "turns": 3,
    "interruptions": 1,
    "false_interruptions": 0,
    "openai_calls": 9,
    "openai_failures": 1,
    "lost_lines": 0,
}


def a_row(job: str = "AJ_1") -> HistoryRow:
    """The row of a call with three turns."""
    rows: list[dict[str, Any]] = []
    hash_ = hashed("+4915112345678", "key")
    collector = RowCollector(job, "CA1", hash_, "phone", 1000.0, rows.append)
    for wait in (0.5, 0.7, 0.9, None):
        collector("turn", {"e2e_latency": wait})
    for poor in (True, False, False):
        collector("connection quality", {"poor": poor})
    collector("session ended", ENDED)
    [row] = rows
    return HistoryRow(**row)


def test_a_row_is_what_the_turn_log_says_of_the_call() -> None:
    row = a_row()
    assert tuple(asdict(row).values()) == (
        *("AJ_1", "CA1", hashed("+4915112345678", "key"), "phone", 1000.0, 61.5),
        *("participant_disconnected", None, 3, 1, 0, 0.7, 0.86, 9, 1, 900, 500, 80, 1, 3),
    )
    nothing: list[dict[str, Any]] = []
    RowCollector("AJ_2", "", None, "phone", 0.0, nothing.append)("session ended", ENDED)
    assert (nothing[0]["reply_p50"], nothing[0]["call"]) == (None, None)


def test_a_number_is_kept_only_as_a_keyed_hash() -> None:
    assert hashed("+4915112345678", "") is hashed("", "key") is None
    one, other = hashed("+4915112345678", "key"), hashed("+4915112345678", "another")
    assert one == hashed("+4915112345678", "key") != other
    assert one is not None
    assert (len(one), "4915" in one) == (32, False)


def takes_connections(address: str) -> bool:
    """Its port is open before it has started."""
    psycopg = pytest.importorskip("psycopg")
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


def of_nobody(folder: str) -> dict[str, Any]:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody", "nogroup")
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: did not run")
    if POSTGRES is None:
        pytest.skip("postgres is not on the PATH: did not run")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        more: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **of_nobody(folder)}
        data, port = str(Path(folder) / "data"), free_port()
        initdb = str(Path(POSTGRES).resolve().with_name("initdb"))
        made = [initdb, "-D", data, "-U", "tuner", "-A", "trust", "--no-sync"]
        subprocess.run(made, check=True, **more)
        command = [POSTGRES, "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL, **more)
        try:
            wait_for_port(port)
            address = f"postgresql://tuner@127.0.0.1:{port}/postgres"
            until(lambda: takes_connections(address))
            yield address
        finally:
            server.send_signal(signal.SIGINT)  # SIGTERM would wait for clients
            server.wait(30)


def test_sqlite_keeps_each_call_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = open_history(f"sqlite:{path}")
    rows = [tuple(asdict(a_row(f"AJ_{n}")).values()) for n in range(3)]
    store.write(rows)
    store.write([*rows[1:], tuple(asdict(a_row("AJ_9")).values())])
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT * FROM calls ORDER BY job").fetchall()
    assert found == [*rows, tuple(asdict(a_row("AJ_9")).values())]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_postgresql_keeps_the_same(postgres: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    store = open_history(postgres)
    assert isinstance(store, PostgresHistory)
    rows = [tuple(asdict(a_row(f"AJ_{n}")).values()) for n in range(3)]
    store.write(rows)
    store.write(rows[1:])
    with psycopg.connect(postgres) as database:
        assert database.execute("SELECT * FROM calls ORDER BY job").fetchall() == rows
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
            "pg_backend_pid() AND usename = 'tuner'"
        )
    with pytest.raises(HistoryStoreError, match="PostgreSQL: "):
        store.write(rows)
    store.write([tuple(asdict(a_row("AJ_9")).values())])
    store.close()


def test_eight_writers_at_once_lose_nothing(tmp_path: Path, postgres: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    for address in (f"sqlite:{tmp_path / 'h.db'}", postgres):
        writers = [HistoryWriter(open_history(address), batch_s=0.05) for _ in range(8)]
        for number in range(400):
            writers[number % 8].add(asdict(a_row(f"X{number}")))
        for writer in writers:
            writer.close()
        assert [writer.lost for writer in writers] == [0] * 8
    with closing(sqlite3.connect(tmp_path / "h.db")) as lite, psycopg.connect(postgres) as server:
        query = "SELECT count(*) FROM calls WHERE job LIKE 'X%'"
        assert lite.execute(query).fetchone() == server.execute(query).fetchone() == (400,)


class Recording:
    """A store that fails so many times first."""

    def __init__(self, failures: int = 0) -> None:
        self.batches: list[int] = []
        self.failures = failures
        self.open = threading.Event()
        self.open.set()

    def write(self, rows: Rows) -> None:
        self.open.wait()
        if self.failures:
            self.failures -= 1
            raise HistoryStoreError("down")
        self.batches.append(len(rows))

    def close(self) -> None:
        self.open.set()


def until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_rows_are_written_in_batches() -> None:
    store = Recording()
    writer = HistoryWriter(store, batch_s=30.0)
    for _ in range(250):
        writer.add({})
    until(lambda: len(store.batches) == 2)
    writer.close()
    assert store.batches == [100, 100, 50]


def test_a_store_that_is_down_costs_no_row_and_one_line(caplog: pytest.LogCaptureFixture) -> None:
    store = Recording(failures=3)
    writer = HistoryWriter(store, batch_s=0.01, retry_s=0.01)
    writer.add({"job": "1"})
    until(lambda: store.batches == [1])
    writer.close()
    assert (writer.lost, len(caplog.records)) == (0, 1)


def test_a_store_that_hangs_keeps_nobody_waiting_and_what_is_lost_is_counted() -> None:
    store = Recording()
    store.open.clear()
    writer = HistoryWriter(store, batch_s=0.0001)
    for _ in range(WAITING_ROWS + 200):
        writer.add({})
    assert writer.lost > 0
    store.open.set()
    until(lambda: sum(store.batches) + writer.lost == WAITING_ROWS + 200)
    writer.close()


def test_a_store_that_stays_down_is_given_up_at_the_end() -> None:
    writer = HistoryWriter(Recording(failures=10**9), batch_s=0.01, retry_s=60)
    writer.add({})
    time.sleep(0.1)
    writer.close()
    assert writer.lost == 1


def test_rows_travel_over_the_log() -> None:
    store = Recording()
    writer = HistoryWriter(store, batch_s=0.01)
    try:
        channel.send(asdict(a_row()))
        channel.receive(writer)
        channel.receive(writer)
        channel.send(asdict(a_row()))
        until(lambda: store.batches == [1])
    finally:
        channel._log.handlers.clear()
        channel._log.propagate = True
        writer.close()
    assert store.batches == [1]


@pytest.mark.parametrize("address", ["mysql://x", "", "history.db"])
def test_an_address_that_names_no_store_ends_the_program(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="names no store"):
        open_history(address)
    monkeypatch.setattr(caller, "settings", lambda: AgentPhoneSettings(history=address))
    with pytest.raises(SettingsError):
        caller.check()
    monkeypatch.setattr(caller, "settings", lambda: AgentPhoneSettings(history="off"))
    caller.check()


def test_a_full_disk_or_a_folder_is_no_crash(tmp_path: Path) -> None:
    with pytest.raises(HistoryStoreError, match="SQLite"):
        SqliteHistory(str(tmp_path)).write([tuple(None for _ in COLUMNS)])
    with pytest.raises(HistoryStoreError, match="SQLite"):  # a row without its times
        store = SqliteHistory(str(tmp_path / "h.db"))
        store.write([tuple(asdict(replace(a_row(), reason=None)).values())])  # type: ignore[arg-type]
    assert store._path.exists()
