"""Never more calls than the limit: one process, many processes, and processes that are killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("redis")

from agent.phone.admission import SlotLimits, SlotStoreError, open_slots
from agent.phone.admission.redis import _BUCKET, _CLOSED, RedisSlots
from agent.phone.admission.sqlite import SqliteSlots
from agent.phone.gate import Gate
from benchmarks.admission import acquire, work
from tests import phone_rig
from tests.free_ports import free_port
from tuner.errors import SettingsError

MANY = 1e9
KINDS = ("sqlite", "redis")
spawn = multiprocessing.get_context("spawn")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with phone_rig.store(request.param, tmp_path) as address:
        yield address


def until(happened: Any, what: str, limit_s: float = 120.0) -> None:
    deadline = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < deadline, f"did not happen in {limit_s} s: {what}"
        time.sleep(0.02)


def test_the_limit_holds_and_a_released_slot_is_free(url: str) -> None:
    slots = open_slots(url, SlotLimits(2, MANY))
    assert [slots.acquire(call) for call in ("a", "b", "c")] == ["admitted", "admitted", "full"]
    assert slots.count() == 2
    slots.release("a")
    assert slots.count() == 1
    assert slots.acquire("d") == "admitted"
    slots.close()


def test_a_repeated_call_gets_the_same_answer_and_no_second_slot(url: str) -> None:
    slots = open_slots(url, SlotLimits(1, MANY))
    assert slots.acquire("a") == slots.acquire("a") == "admitted"
    assert slots.count() == 1
    assert slots.acquire("b") == "full"
    slots.release("a")
    assert slots.acquire("b") == "full", "a retry of b must not differ from its first answer"
    assert slots.acquire("c") == "admitted"


def test_a_call_that_ended_takes_no_slot_whenever_its_requests_come(url: str) -> None:
    slots = open_slots(url, SlotLimits(1, MANY))
    slots.release("late")  # its end is reported before its beginning
    assert slots.acquire("late") == "ended"
    slots.acquire("a")
    slots.release("a")
    slots.release("a")
    assert slots.acquire("a") == "ended"
    assert slots.count() == 0


def test_a_call_that_rang_for_long_before_it_ended_is_remembered_from_its_end(
    tmp_path: Path,
) -> None:
    now = 0.0
    slots = SqliteSlots(str(tmp_path / "calls.db"), SlotLimits(1, MANY), clock=lambda: now)
    assert [slots.acquire("a"), slots.acquire("b")] == ["admitted", "full"]
    now = 300.0  # it rang on, got an agent and has hung up
    slots.release("b")
    slots.release("a")
    assert slots.acquire("b") == "ended"
    assert slots.count() == 0


def test_a_lease_ends_by_itself_and_can_be_renewed(url: str) -> None:
    slots = open_slots(url, SlotLimits(1, MANY, lease_s=0.3))
    slots.acquire("a")
    assert slots.renew("a")
    until(lambda: slots.count() == 0, "the lease ends")
    assert not slots.renew("a")
    assert slots.acquire("b") == "admitted"


def test_calls_started_per_second_are_limited_for_all_processes(url: str) -> None:
    slots, others = (open_slots(url, SlotLimits(100, 2.0)) for _ in range(2))
    verdicts = [slots.acquire("a"), others.acquire("b"), slots.acquire("c")]
    assert verdicts == ["admitted", "admitted", "too fast"]
    until(lambda: others.acquire(os.urandom(8).hex()) == "admitted", "the bucket fills again")


def test_a_change_of_the_date_changes_no_lease_and_a_restart_frees_all(tmp_path: Path) -> None:
    now = 5000.0
    limits = SlotLimits(1, MANY, lease_s=100.0)
    slots = SqliteSlots(str(tmp_path / "calls.db"), limits, clock=lambda: now)
    slots.acquire("a")
    now = 5099.0
    assert slots.count() == 1
    now = 3.0  # the machine was restarted, and its clock with it
    assert slots.count() == 0
    assert slots.acquire("b") == "admitted"


def test_a_clock_that_begins_anew_keeps_nobody_out(tmp_path: Path) -> None:
    now = 30 * 86_400.0
    slots = SqliteSlots(str(tmp_path / "calls.db"), SlotLimits(9, 1.0), clock=lambda: now)
    assert [slots.acquire("a"), slots.acquire("b")] == ["admitted", "too fast"]
    now = 3.0  # the machine was restarted with an empty bucket
    assert [slots.acquire("c"), slots.acquire("d")] == ["admitted", "too fast"]
    now = 4.0
    assert slots.acquire("e") == "admitted"


def test_a_redis_whose_date_is_set_back_keeps_nobody_out() -> None:
    port = free_port()
    with phone_rig.redis_server(port):
        slots = RedisSlots(f"redis://127.0.0.1:{port}/0", SlotLimits(9, 1.0))
        assert [slots.acquire("a"), slots.acquire("b")] == ["admitted", "too fast"]
        slots._redis.hset(_BUCKET, "at", f"{time.time() + 3_600:.6f}")
        assert slots.acquire("c") == "admitted"


@pytest.mark.parametrize("instead", [None, b""], ids=["removed", "replaced"])
def test_all_processes_count_in_the_file_that_has_the_name(
    instead: bytes | None, tmp_path: Path
) -> None:
    path, limits = tmp_path / "calls.db", SlotLimits(2, MANY)
    before = SqliteSlots(str(path), limits)
    before.acquire("a")
    for file in tmp_path.iterdir():
        file.unlink()
    if instead is not None:
        path.write_bytes(instead)
    after = SqliteSlots(str(path), limits)
    assert [before.acquire("b"), after.acquire("c")] == ["admitted", "admitted"]
    assert [before.acquire("d"), after.acquire("e")] == ["full", "full"]
    assert before.count() == after.count() == 2


def test_a_store_that_does_not_answer_is_an_error_that_names_no_password(tmp_path: Path) -> None:
    nobody = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    with pytest.raises(SlotStoreError) as caught:
        open_slots(nobody, SlotLimits()).acquire("a")
    assert "hunter2" not in str(caught.value)
    (tmp_path / "text.db").write_text("this is not a database, but long enough to look like one")
    with pytest.raises(SlotStoreError):
        open_slots(f"sqlite:{tmp_path / 'text.db'}", SlotLimits())
    with pytest.raises(SettingsError):
        open_slots("postgres://somewhere", SlotLimits())


DAMAGES = {
    "text for a number": "INSERT OR REPLACE INTO bucket VALUES (0, 'many', 'then')",
    "nothing for a number": "INSERT OR REPLACE INTO bucket VALUES (0, NULL, NULL)",
    "no verdict": "INSERT OR REPLACE INTO closed VALUES ('a', 'maybe', 150.0)",
    "no text": "INSERT OR REPLACE INTO closed VALUES ('a', CAST(x'ff' AS TEXT), 150.0)",
    "another table": "ALTER TABLE slots RENAME ends TO begins",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_file_with_garbage_in_it_is_a_store_that_does_not_answer(
    damage: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "calls.db")
    slots = SqliteSlots(path, SlotLimits(), clock=lambda: 100.0)
    slots._db.execute(damage)
    assert asyncio.run(Gate(slots, slots).acquire("a")) == "store down"
    slots.close()


def test_a_file_of_another_program_is_refused_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE slots (car TEXT)")
    with pytest.raises(SlotStoreError):
        open_slots(f"sqlite:{path}", SlotLimits())


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_damaged_in_the_file_it_is_answered_or_down(seed: int, tmp_path: Path) -> None:
    path, random, limits = tmp_path / "calls.db", Random(seed), SlotLimits(500, MANY)
    slots = SqliteSlots(str(path), limits)
    for call in range(60):
        slots.acquire(f"CA{call}")
    slots._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    for _ in range(random.choice([1, 5, 50, 500])):
        data[random.randrange(len(data))] = random.randrange(256)
    path.write_bytes(data)
    with suppress(SlotStoreError):
        again = SqliteSlots(str(path), limits)
        for call in range(55, 65):
            again.acquire(f"CA{call}")
        again.count()


def test_a_redis_that_others_wrote_to_is_a_store_that_does_not_answer() -> None:
    with phone_rig.store("redis", Path()) as address:
        slots = RedisSlots(address, SlotLimits())
        for value in (b"maybe", b"\xff"):
            slots._redis.set(_CLOSED + "a", value)
            with pytest.raises(SlotStoreError, match="damaged"):
                slots.acquire("a")


def test_a_locked_file_is_an_error_and_not_a_wait_without_end(tmp_path: Path) -> None:
    path = str(tmp_path / "calls.db")
    one, other = (SqliteSlots(path, SlotLimits(), wait_s=0.05) for _ in range(2))
    with one._writing(), pytest.raises(SlotStoreError):
        other.acquire("a")
    assert other.acquire("a") == "admitted"


def test_the_client_comes_back_with_its_redis() -> None:
    port = free_port()
    with phone_rig.redis_server(port):
        slots = open_slots(f"redis://127.0.0.1:{port}/0", SlotLimits())
        assert slots.acquire("a") == "admitted"
    with pytest.raises(SlotStoreError):
        slots.acquire("b")
    with phone_rig.redis_server(port):
        assert slots.acquire("c") == "admitted"


def test_acquires_of_4_processes_never_pass_the_limit(url: str) -> None:
    """Of 6,000; `benchmarks.admission` does as many as it is asked for."""
    limit, processes, times = 50, 4, 1_500
    limits = SlotLimits(limit, MANY)
    held, highest = spawn.Value("i", 0), spawn.Value("i", 0)
    workers = [
        spawn.Process(target=work, args=(url, limits, name, times, held, highest))
        for name in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(300)
        assert worker.exitcode == 0
    assert highest.value == limit, "the limit was reached and never passed"
    assert open_slots(url, limits).count() == 0, "nothing is left"


def hold(url: str, limits: SlotLimits, name: int) -> None:
    slots = open_slots(url, limits)
    for number in range(10**9):
        acquire(slots, f"{name}-{number}")


def test_slots_of_killed_processes_come_back(url: str) -> None:
    limits = SlotLimits(20, MANY, lease_s=2.0)
    holders = [spawn.Process(target=hold, args=(url, limits, name)) for name in range(3)]
    for holder in holders:
        holder.start()
    slots = open_slots(url, limits)
    until(lambda: slots.count() == 20, "all slots are held")
    for holder in holders:
        assert holder.pid is not None
        os.kill(holder.pid, signal.SIGKILL)
        holder.join()
    assert slots.count() <= 20
    until(lambda: slots.count() == 0, "their leases end")
    assert slots.acquire("next") == "admitted"
    assert slots.count() == 1
