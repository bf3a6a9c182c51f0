"""Calls in a database: once each, whole or not at all, through a real SQLite and PostgreSQL."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from tests import postgres, samples
from tests.pages import DEBUG, TURNS
from tests.test_charts import call
from tests.test_leaks import PRIVATE, is_leaked, line
from tuner import pipeline
from tuner.calls.model import CallCost, CallFigures
from tuner.cli import main as cli
from tuner.errors import InputError, UsageError
from tuner.store import database, rows
from tuner.store.database import BATCH, Store

sqlalchemy = pytest.importorskip("sqlalchemy", reason="pip install 'voice-tuner[store]'")
pytest.importorskip("psycopg", reason="pip install 'voice-tuner[store]'")
from tuner.store import tables  # noqa: E402


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    if postgres.programs() is None:
        pytest.skip(postgres.WHY_NOT)
    found = postgres.Server()
    yield found
    found.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/calls.db"
    found: postgres.Server = request.getfixturevalue("server")
    emptied(found.url)
    return found.url


def emptied(url: str) -> None:
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    tables.METADATA.drop_all(engine)
    engine.dispose()


def opened(url: str, reported: list[str] | None = None) -> Store:
    return Store(url, lambda _: None, (reported if reported is not None else []).append)


def stored_as(one: CallFigures) -> CallFigures:
    """What a store keeps of a call: not which failures it had."""
    return msgspec.structs.replace(one, failed={})


def test_every_figure_of_a_log_comes_back_as_it_was(url: str) -> None:
    store = opened(url)
    for log in (TURNS, DEBUG):
        calls = pipeline.calls([log]).calls
        assert store.add(calls) == len(calls)
        found = {one.id: one for one in store.calls()}
        assert [found[one.id] for one in calls] == [stored_as(one) for one in calls]
    store.close()


def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    from sqlalchemy.exc import OperationalError

    def full(_: object) -> None:
        raise OperationalError("", None, sqlite3.OperationalError("database or disk is full"))

    store = Store(f"sqlite:///{tmp_path}/calls.db", lambda _: None, lambda _: None)
    with closing(store), pytest.raises(InputError, match="is full") as caught:
        store._done(full)
    assert caught.value.next_step == "Free some space."


def test_every_field_of_a_call_is_stored() -> None:
    """Each with a value of its own, so that no two are mixed up."""
    hints = get_type_hints(CallFigures)
    fields: Any = {
        name: next(kind for kind in (int, float, str) if kind in (hint, *get_args(hint)))(n)
        for n, (name, hint) in enumerate(hints.items(), 1)
        if name not in ("failed", "cost")
    }
    one = CallFigures(**fields, failed={}, cost=CallCost(1.0, 2.0, 3.0, 4.0, 5.0, True))
    assert rows.call(rows.row(one)) == one
    assert rows.row(one).keys() == set(tables.CALLS.columns.keys())


def test_a_log_that_is_read_twice_counts_once(url: str) -> None:
    store, calls = opened(url), [call(n) for n in range(3 * BATCH + 1)]
    assert store.add(calls) == len(calls)
    assert store.add(calls) == 0
    assert store.add([*calls, *calls, call(9999)]) == 1
    assert store.count() == len(calls) + 1
    store.close()


def test_more_of_a_call_replaces_less_of_it_and_never_the_other_way(url: str) -> None:
    store = opened(url)
    part, whole = call(1, last=100.0, turns=5), call(1, last=200.0, turns=9)
    for one in (part, whole, part):
        store.add([one])
    (found,) = store.calls()
    assert (found.last, found.turns) == (200.0, 9)
    store.close()


def test_rooms_and_processes_that_come_again_are_other_calls(url: str) -> None:
    store = opened(url)
    ids = ("call-phone1", "call-phone2", "1234", "AJ_abc")
    store.add([call(n, id=name) for n in (1, 2) for name in ids])
    found = sorted(one.id for one in store.calls())
    assert found == sorted([*ids[2:3] * 2, "AJ_abc", "call-phone2", "call-phone2"])
    store.close()


def test_only_the_calls_of_a_time(url: str) -> None:
    store = opened(url)
    store.add([call(n) for n in range(10)])
    begun = [call(n).first for n in range(10)]
    assert [one.id for one in store.calls(begun[3], begun[5])] == ["AJ_3", "AJ_4"]
    store.close()


def test_many_writers_at_once_lose_nothing(url: str) -> None:
    opened(url).close()
    calls = [call(n) for n in range(800)]

    def write(start: int) -> int:
        store = opened(url)
        new = store.add(calls[start : start + 500])
        store.close()
        return new

    with ThreadPoolExecutor(4) as pool:
        new = sum(pool.map(write, (0, 100, 200, 300)))
    store = opened(url)
    assert store.count() == new == 800, "each call is new to one of them"
    store.close()


def test_what_another_run_stores_meanwhile_is_not_new_to_this_one(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opened(url), opened(url)
    upsert, found = database._upsert, list[int]()

    def meanwhile(given: Any) -> Any:
        monkeypatch.setattr(database, "_upsert", upsert)
        found.append(other.add([call(1), call(2)]))
        return upsert(given)

    monkeypatch.setattr(database, "_upsert", meanwhile)
    found.append(one.add([call(2), call(3)]))
    assert found == [2, 1]
    for store in (one, other):
        store.close()


def test_a_server_that_goes_in_the_middle_is_waited_for(server: postgres.Server) -> None:
    reported: list[str] = []
    emptied(server.url)
    store = Store(server.url, lambda _: server.start(), reported.append)
    inserts = 0

    @sqlalchemy.event.listens_for(store._engine, "before_cursor_execute")  # type: ignore[untyped-decorator, unused-ignore]
    def stop_before_the_second_batch(*event: Any) -> None:
        nonlocal inserts
        inserts += "INSERT" in event[2]
        if inserts == 2:
            inserts += 1
            server.stop()

    assert store.add([call(n) for n in range(3 * BATCH)]) == 3 * BATCH
    assert "the database is away, trying again in 0.5 s" in reported[0]
    store.close()


def test_a_server_that_stays_away_is_reported_with_what_was_stored(server: postgres.Server) -> None:
    store = opened(server.url)
    server.stop()
    with pytest.raises(InputError, match="the database"):
        store.add([call(1)])
    server.start()
    store.add([call(1)])
    store.close()


def test_an_older_database_is_brought_up_to_date(url: str) -> None:
    store = opened(url)
    store.add([call(1), call(2)])
    newer = (("ALTER TABLE calls ADD COLUMN extra TEXT",), ("UPDATE calls SET extra = 'x'",))
    steps = (*tables.STEPS, *newer)
    with store._engine.begin() as connection:
        tables.prepare(connection, steps)
        tables.prepare(connection, steps)
        extra = connection.execute(sqlalchemy.text("SELECT extra FROM calls")).scalars().all()
    assert extra == ["x", "x"]
    assert [one.id for one in store.calls()] == ["AJ_1", "AJ_2"]
    store.close()
    known = len(tables.STEPS) + 1
    why = f"has version {known + 2} of the tables, this tuner knows {known}"
    with pytest.raises(InputError, match=why):
        opened(url)


def test_a_database_of_the_first_version_keeps_its_calls_and_gets_what_they_show(url: str) -> None:
    """What a false stop could be seen in was not stored then: the whole of a call that shows them.
    Turns at risk are all of a turn log, which names a profile, and not known of other logs."""
    store = opened(url)
    store.add([call(1), call(2, profile=None), call(3, false_stops=None, seen_s=None)])
    with store._engine.begin() as connection:
        for statement in (
            "ALTER TABLE calls DROP COLUMN seen_s",
            "ALTER TABLE calls DROP COLUMN turns_at_risk",
            "UPDATE tuner_schema SET version = 1",
        ):
            connection.execute(sqlalchemy.text(statement))
    store.close()
    later = opened(url)
    found = [(one.seen_s, one.turns_at_risk) for one in later.calls()]
    assert found == [(180.0, 10), (180.0, None), (None, 10)]
    later.close()


def test_a_step_that_fails_leaves_the_database_as_it_was(url: str) -> None:
    store = opened(url)
    store.add([call(1)])
    steps = (*tables.STEPS, ("ALTER TABLE calls ADD COLUMN extra TEXT", "no SQL at all"))
    with pytest.raises(sqlalchemy.exc.DBAPIError), store._engine.begin() as connection:
        tables.prepare(connection, steps)
    assert store.count() == 1
    store.close()
    opened(url).close()


@pytest.mark.parametrize(
    ("address", "error", "why"),
    [
        ("calls.db", UsageError, "no URL of a database"),
        ("mysql://user:SECRET@host/x", UsageError, "neither SQLite nor PostgreSQL"),
        ("sqlite:////no/folder/calls.db", InputError, "unable to open database file"),
        ("postgresql://user:SECRET@127.0.0.1:1/x", InputError, "refused"),
    ],
)
def test_a_database_that_is_none_is_refused_without_its_password(
    address: str, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why) as raised:
        opened(address)
    assert "SECRET" not in str(raised.value)


def private_log(folder: Path) -> Path:
    """A log with private texts in every field that a call's figures are taken from."""
    log = folder / "a.log"
    lines = [
        line(message, job_id=private, room=private, reason=private, profile=private)
        for private in PRIVATE.values()
        for message in ("user turn committed", "session ended", "session started")
    ]
    log.write_text("\n".join(lines) + "\n")
    return log


def test_nothing_private_is_stored(tmp_path: Path) -> None:
    log = private_log(tmp_path)
    store = opened(f"sqlite:///{tmp_path}/calls.db")
    assert store.add(pipeline.calls([log]).calls)
    store.close()
    assert not is_leaked((tmp_path / "calls.db").read_bytes().decode("latin-1"))


def test_the_commands_store_and_show(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for new in (3, 0):
        assert cli.run(["analyze", str(TURNS), "--store", url]) == 0
        assert f"3 calls stored, {new} of them new" in capsys.readouterr().err
    assert cli.run(["trend", url, "--by", "profile", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    report = pipeline.analyze([TURNS], environ={})
    (group,) = document["groups"]
    signals = report.signals
    assert (group["name"], group["calls"]) == ("balanced", report.exposure.calls)
    assert group["cut_offs"]["count"] == signals["false_cutoffs"].count
    assert group["turns"] == report.exposure.turns
    assert cli.run(["trend", url]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"2026-11-20 +3 ", printed)
    assert "CHANGES" in printed


def test_a_narrow_terminal_cuts_no_figure_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/calls.db"
    assert cli.run(["analyze", str(TURNS), "--store", url]) == 0
    capsys.readouterr()
    shown = {}
    for columns in ("100", "40"):
        monkeypatch.setenv("COLUMNS", columns)
        assert cli.run(["trend", url]) == 0
        shown[columns] = capsys.readouterr().out
    [wide], [narrow] = (re.findall("2026-11-20 .*", text) for text in shown.values())
    assert re.sub(r" \[.*?\]", "", wide).split()[-3:] == narrow.split()[-3:]
    assert "..." not in shown["40"]
    assert all(len(line) <= 40 for line in shown["40"].splitlines())


def test_the_report_is_printed_although_the_database_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calls.db"
    opened(f"sqlite:///{path}").close()
    monkeypatch.setattr(database, "WAITS_S", ())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        monkeypatch.setattr(tables, "prepare", lambda _: other.execute("BEGIN EXCLUSIVE"))
        assert cli.run(["analyze", str(TURNS), "--store", f"sqlite:///{path}?timeout=0"]) == 2
    printed = capsys.readouterr()
    assert "FOUND" in printed.out
    assert "database is locked" in printed.err


def test_a_part_of_a_log_is_not_stored(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["analyze", str(TURNS), "--store", "sqlite://", "--since", "09:00"]) == 2
    assert "keeps whole calls" in capsys.readouterr().err


def test_an_empty_store_says_what_fills_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["trend", f"sqlite:///{tmp_path}/calls.db?timeout=7"]) == 2
    error = capsys.readouterr().err
    assert f"--store sqlite:///{tmp_path}/calls.db" in error
    assert "timeout" not in error, "a query may hold a password"


def dashboard_queries() -> Iterator[tuple[str, str]]:
    dashboard = json.loads((samples.ROOT / "docs" / "grafana" / "calls.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["rawSql"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]


def as_sent(query: str) -> str:
    """The query with Grafana's macros as its PostgreSQL source writes them."""
    span = "began BETWEEN '2026-11-01T00:00:00Z' AND '2026-12-01T00:00:00Z'"
    group = 'floor(extract(epoch from began)/3600)*3600 AS "time"'
    query = query.replace("$__timeFilter(began)", span)
    query = query.replace("$__timeGroupAlias(began, $__interval)", group)
    query = query.replace("${profile:sqlstring}", "'balanced','unknown'")
    assert "$" not in query
    return query


def test_every_query_of_the_dashboard_gives_the_figures(server: postgres.Server) -> None:
    emptied(server.url)
    store = opened(server.url)
    calls = [one for log in (TURNS, DEBUG) for one in pipeline.calls([log]).calls]
    store.add(calls)
    with store._engine.begin() as connection:
        found = {
            title: connection.execute(sqlalchemy.text(as_sent(query))).mappings().all()
            for title, query in dashboard_queries()
        }
    store.close()
    assert all(found.values()), [title for title, answer in found.items() if not answer]
    assert sum(row["calls"] for row in found["Calls"]) == len(calls)
    assert found["Worst calls"][0]["cost_total_s"] == max(one.cost.total_s or 0 for one in calls)
    by_profile = {row["profile"]: row for row in found["By profile and version"]}
    report = pipeline.analyze([TURNS], environ={})
    cut_offs = report.signals["false_cutoffs"].rate
    assert cut_offs is not None
    assert float(by_profile["balanced"]["cut_offs_per_turn"]) == pytest.approx(cut_offs.value)
    assert {row[0] for row in map(tuple, map(dict.values, map(dict, found["profile"])))} == {
        *("balanced", "unknown"),
    }
