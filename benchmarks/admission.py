"""A million acquires of 8 processes, with processes that are killed meanwhile.

    python -m benchmarks.admission sqlite:/tmp/calls.db
    python -m benchmarks.admission redis://127.0.0.1:6379/0 --times 100000

The workers count the slots that they hold in memory that does not belong to the store. Two more
processes only take slots, and are killed every few seconds. Prints one JSON line. Exit 1: the limit
was passed, or a slot was left when all leases had ended.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import threading
import time
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from agent.phone.admission import SlotLimits, Slots, SlotStoreError, open_slots  # noqa: E402

LIMITS = SlotLimits(calls=100, starts_per_s=1e9, lease_s=20.0)
KILL_EVERY_S = 5.0
spawn = multiprocessing.get_context("spawn")


def acquire(slots: Slots, call: str) -> str:
    """Acquire, however long the others take."""
    while True:
        try:
            return slots.acquire(call)
        except SlotStoreError:
            continue


def release(slots: Slots, call: str) -> None:
    """Release, however long the others take."""
    while True:
        try:
            return slots.release(call)
        except SlotStoreError:
            continue


def work(
    url: str,
    limits: SlotLimits,
    name: int,
    times: int,
    held: Synchronized[int],
    most: Synchronized[int],
) -> None:
    """Take and give slots; counts who holds one in memory that does not belong to the store."""
    slots, mine = open_slots(url, limits), list[str]()
    for number in range(times):
        if acquire(slots, f"{name}-{number}") == "admitted":
            mine.append(f"{name}-{number}")
            with held.get_lock():
                held.value += 1
                most.value = max(most.value, held.value)
        if mine and number % 2 == 0:
            with held.get_lock():
                held.value -= 1
            release(slots, mine.pop(0))
    with held.get_lock():
        held.value -= len(mine)
    for call in mine:
        release(slots, call)


def hold(url: str, name: str) -> None:
    """Take slots until killed."""
    slots = open_slots(url, LIMITS)
    for number in range(10**9):
        acquire(slots, f"{name}-{number}")
        time.sleep(0.01)


def kill_holders(url: str, over: threading.Event) -> int:
    """Start two holders, kill them, and again; how many were killed."""
    killed = 0
    while not over.is_set():
        holders = [spawn.Process(target=hold, args=(url, f"h{killed + n}")) for n in range(2)]
        for holder in holders:
            holder.start()
        over.wait(KILL_EVERY_S)
        for holder in holders:
            holder.kill()
            holder.join()
        killed += len(holders)
    return killed


def main() -> int:
    """Run, print, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--times", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=8)
    options = parser.parse_args()
    held, most = spawn.Value("i", 0), spawn.Value("i", 0)
    each = options.times // options.processes
    workers: list[BaseProcess] = [
        spawn.Process(target=work, args=(options.url, LIMITS, name, each, held, most))
        for name in range(options.processes)
    ]
    over, killed = threading.Event(), []
    killer = threading.Thread(target=lambda: killed.append(kill_holders(options.url, over)))
    began = time.perf_counter()
    killer.start()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    over.set()
    killer.join()
    slots = open_slots(options.url, LIMITS)
    time.sleep(LIMITS.lease_s)
    result = {
        "store": options.url.partition(":")[0],
        "acquires": each * options.processes,
        "processes": options.processes,
        "seconds": round(seconds, 1),
        "acquires_per_s": round(each * options.processes / seconds),
        "limit": LIMITS.calls,
        "most_held_by_workers": most.value,
        "killed": killed[0],
        "left": slots.count(),
        "failed_workers": sum(worker.exitcode != 0 for worker in workers),
    }
    sys.stdout.write(json.dumps(result) + "\n")
    wrong = most.value > LIMITS.calls or result["left"] or result["failed_workers"]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
