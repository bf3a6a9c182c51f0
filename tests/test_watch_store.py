"""`tuner watch --store`: the calls of logs that grow are those that a report of them stores."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import postgres, samples
from tests.pages import DEBUG, TURNS
from tests.test_charts import call
from tests.test_leaks import is_leaked
from tests.test_store import opened, private_log, stored_as
from tuner import pipeline
from tuner.calls.model import CallFigures
from tuner.cli import main as cli
from tuner.errors import InputError
from tuner.execution.units import Job
from tuner.limits import Limits
from tuner.store import database, writer
from tuner.store.writer import StoreWriter
from tuner.watch import kept_calls
from tuner.watch.follow import FollowedFiles, Taken
from tuner.watch.kept_calls import KeptCalls
from tuner.watch.live import FORGET_S

PLAIN = samples.FOLDER / "slow-model.dev.log"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/calls.db"


def in_store(url: str) -> dict[str, CallFigures]:
    with closing(opened(url)) as store:
        return {one.id: one for one in store.calls()}


def reported(*paths: Path) -> dict[str, CallFigures]:
    return {one.id: stored_as(one) for one in pipeline.calls(paths).calls}


@pytest.mark.parametrize("logs", [[TURNS], [DEBUG], [PLAIN], [TURNS, DEBUG, PLAIN]])
def test_the_store_has_the_figures_of_a_report(logs: list[Path], url: str) -> None:
    assert cli.run(["watch", *map(str, logs), "--once", "--store", url]) == 0
    assert in_store(url) == reported(*logs)


@pytest.mark.parametrize("log", [TURNS, DEBUG])
def test_a_log_that_grows_gives_the_figures_of_a_whole_one(log: Path, tmp_path: Path) -> None:
    path, kept, found = tmp_path / "a.log", KeptCalls(Limits()), dict[str, CallFigures]()
    path.touch()
    source = FollowedFiles([str(path)], Job(resume=True), Job(resume=True), _taken(kept))
    data, size = log.read_bytes(), 20_011
    with path.open("ab", buffering=0) as out:
        for at in range(0, len(data), size):
            out.write(data[at : at + size])
            list(source.poll())
            found |= {one.id: stored_as(one) for one in kept.take(1e9)}
    assert found == reported(log)


def _taken(kept: KeptCalls) -> Taken:
    return lambda path, piece: kept.add(path, piece, 1e9)


def test_the_last_line_counts_without_its_end(tmp_path: Path, url: str) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(TURNS.read_bytes().rstrip(b"\n"))
    assert cli.run(["watch", str(path), "--once", "--store", url]) == 0
    assert in_store(url) == reported(TURNS)


def test_a_pipe_is_stored_when_it_ends(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(TURNS.read_bytes())))
    monkeypatch.setattr("sys.stdin", stream)
    assert cli.run(["watch", "-", "--store", url]) == 0
    assert in_store(url) == reported(TURNS)
    assert "3 new calls stored" in capsys.readouterr().err


def test_calls_that_are_over_are_dropped() -> None:
    kept = KeptCalls(Limits())
    source = FollowedFiles([str(TURNS)], Job(resume=True), Job(resume=True), _taken(kept))
    list(source.poll())
    assert len(kept.take(1e9)) == 3
    assert len(kept._last) == len(kept._notes) == 3
    assert kept.take(1e9 + FORGET_S + 1) == []
    assert not kept._last and not kept._notes and not kept._logs[str(TURNS)].calls


def test_more_calls_than_are_held_are_stored_all_the_same(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_calls, "MOST_CALLS", 2)
    assert cli.run(["watch", str(TURNS), str(DEBUG), "--once", "--store", url]) == 0
    assert in_store(url).keys() == reported(TURNS, DEBUG).keys()


def test_nothing_private_is_stored(tmp_path: Path, url: str) -> None:
    log = private_log(tmp_path)
    assert cli.run(["watch", str(log), "--once", "--store", url]) == 0
    assert in_store(url)
    assert not is_leaked((tmp_path / "calls.db").read_bytes().decode("latin-1"))


def test_a_database_that_is_away_is_reported_and_gets_all_calls_later(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAITS_S", ())
    reports: list[str] = []
    failed = threading.Event()

    def tell(text: str) -> None:
        reports.append(text)
        failed.set()

    with closing(opened(f"{url}?timeout=0")) as store:
        found = StoreWriter(store, tell, retry_s=0.01)
        with closing(sqlite3.connect(tmp_path / "calls.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            found.put([call(1), call(2)])
            assert failed.wait(60)
            found.put([call(2), call(3)])
            other.execute("ROLLBACK")
        found.close()
        assert (found.waiting, found.stored, store.count()) == (0, 3, 3)
    assert "database is locked" in reports[0]
    assert "2 calls wait for it" in reports[0]


def test_a_database_that_stays_away_is_an_error_with_what_to_do(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(_store: object, _calls: object) -> int:
        raise InputError("the database: gone", "")

    monkeypatch.setattr(database.Store, "add", away)
    assert cli.run(["watch", str(TURNS), "--once", "--store", url]) == 2
    printed = capsys.readouterr()
    assert "3 calls are not in the store: tuner analyze LOG --store adds them" in printed.err
    assert "failures" in printed.out


def test_of_too_many_calls_that_wait_the_oldest_are_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 2)
    with closing(opened(url)) as store:
        found = StoreWriter(store, lambda _: None)
        found.put([call(1), call(2), call(3)])
        found.close()
        assert (found.given_up, store.count()) == (1, 2)


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    if postgres.programs() is None:
        pytest.skip(postgres.WHY_NOT)
    found = postgres.Server()
    yield found
    found.close()


def test_a_server_that_goes_and_comes_back_has_every_call(
    server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAITS_S", ())
    failed = threading.Event()
    with closing(opened(server.url)) as store:
        found = StoreWriter(store, lambda _: failed.set(), retry_s=0.05)
        server.stop()
        found.put([call(n) for n in range(10)])
        assert failed.wait(60)
        server.start()
        found.close()
        assert (found.waiting, store.count()) == (0, 10)
