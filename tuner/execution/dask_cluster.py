"""Units in, the part of each input out: read by the workers of a Dask cluster.

The workers must see the same paths and have the same tuner installed. Parts are joined by tasks
in a tree, so that no machine waits for all. Dask does the work of a lost worker again elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import reduce
from importlib import import_module
from itertools import groupby, takewhile
from typing import Any

from tuner.errors import InputError, UsageError, install_hint
from tuner.execution.interrupt import shielded
from tuner.execution.parts import Part, join
from tuner.execution.units import Job, Unit, whole
from tuner.summary.summary import Summary

_BRANCHES = 8
_RETRIES = 3
_CONNECT_S = 5
_LOOK_EVERY_S = 5
_FETCH_S = 20
_LOOKS = 6
"""So often in a row no worker is there before the rest is given up."""
DIED = "the workers that read it died; it is not in the report"
GONE = "the cluster has no worker any more; it is not in the report"


def run(
    units: Sequence[Unit], job: Job, scheduler: str, workers: int
) -> Iterator[tuple[Unit, Part]]:
    """The parts of all inputs, each whole, as they are done."""
    with _client(scheduler, workers) as client:
        grouped = [list(own) for _, own in groupby(units, lambda unit: unit.path)]
        trees = {tree.root.key: tree for tree in (_Tree(client, own, job) for own in grouped)}
        try:
            for key in _ended(client, [tree.root for tree in trees.values()]):
                tree = trees.pop(key)  # lets the cluster forget its tasks
                yield tree.units[0], tree.part()
        except KeyboardInterrupt:
            for tree in trees.values():
                yield tree.units[0], tree.begun()
            raise
        for tree in trees.values():
            yield tree.units[0], Part(Summary(job.slow_ms), 0, GONE)


class _Tree:
    """The tasks of one input: its units, and the joins up to the one part."""

    def __init__(self, client: Any, units: list[Unit], job: Job) -> None:
        self.client, self.units, self.job = client, units, job
        self.leaves = [_read(client, unit, job) for unit in units]
        level = self.leaves
        while len(level) > 1:
            groups = [level[i : i + _BRANCHES] for i in range(0, len(level), _BRANCHES)]
            level = [client.submit(_joined, group, job, pure=False) for group in groups]
        self.root = level[0]

    def part(self) -> Part:
        """The part of the input; without the units whose workers died, if there are such."""
        if self.root.status == "finished":
            with suppress(Exception):  # the worker that has it may be lost just now
                return _result(self.root)
        ended = set(_ended(self.client, self.leaves))
        leaves = zip(self.units, self.leaves, strict=True)
        parts = [
            self._leaf(unit, leaf) if leaf.key in ended else self._lost(GONE)
            for unit, leaf in leaves
        ]
        return _joined(parts, self.job)

    def begun(self) -> Part:
        """What is done of the input, from its beginning up to the first gap."""
        ended = takewhile(lambda leaf: leaf.status == "finished", self.leaves)
        parts: list[Part] = []
        with suppress(Exception):
            for leaf in ended:
                parts.append(_result(leaf))  # noqa: PERF401 - what came before a loss counts
        return _joined(parts, self.job)

    def _leaf(self, unit: Unit, leaf: Any) -> Part:
        """The part of one unit: its worker may have died of another unit, so it is tried alone."""
        if leaf.status == "finished":
            with suppress(Exception):  # the worker that has it may be lost just now
                return _result(leaf)
        why = DIED if _killed(leaf) else GONE
        again = _read(self.client, unit, self.job)
        if again.key not in _ended(self.client, [again]):
            again.cancel()  # it must not end further workers while the next unit is read
            return self._lost(why)
        try:
            return _result(again)
        except Exception as error:
            return self._lost(_reason(error))

    def _lost(self, why: str) -> Part:
        return Part(Summary(self.job.slow_ms), 0, why)


def _read(client: Any, unit: Unit, job: Job) -> Any:
    return client.submit(whole, unit, job, pure=False, retries=_RETRIES)


def _joined(parts: Sequence[Part], job: Job) -> Part:
    # Joining uses its arguments up, and Dask may need them once more for another try.
    return reduce(join, deepcopy(parts), Part(Summary(job.slow_ms)))


def _result(future: Any) -> Part:
    """What a task gave; raises what it raised, or TimeoutError if no worker hands it over."""
    part: Part = future.result(timeout=_FETCH_S)
    return part


def _killed(future: Any) -> bool:
    return future.status == "error" and _reason(future.exception(timeout=_FETCH_S)) == DIED


def _reason(error: BaseException) -> str:
    if type(error).__name__ == "KilledWorker":
        return DIED
    text = " ".join(str(error).split())[:200]
    return f"reading it on the cluster failed: {text or type(error).__name__}"


def _ended(client: Any, futures: Sequence[Any]) -> Iterator[str]:
    """The keys of futures as they end; stops when no worker comes back."""
    wait: Any = import_module("distributed").wait
    waiting, looks = set(futures), 0
    while waiting and looks < _LOOKS:
        try:
            ended = wait(waiting, timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            looks = 0 if _has_workers(client) else looks + 1
            continue
        looks = 0
        waiting -= ended
        yield from (future.key for future in ended)


def _has_workers(client: Any) -> bool:
    try:
        return bool(client.scheduler_info()["workers"])
    except Exception:
        return False


@contextmanager
def _client(scheduler: str, workers: int) -> Iterator[Any]:
    """A client of the scheduler, or of a cluster of processes on this machine."""
    try:
        dask: Any = import_module("distributed")
    except ImportError as error:
        raise UsageError(
            f"--engine dask needs {error.name}, which is not installed",
            install_hint("dask"),
        ) from error
    for name in ("distributed", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters stands in the report
    if scheduler:
        with _connected(dask, scheduler) as client:
            yield client
        return
    options = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": logging.CRITICAL}
    with shielded():
        local = dask.LocalCluster(n_workers=workers, **options)
    with local, dask.Client(local) as client:
        yield client


@contextmanager
def _connected(dask: Any, scheduler: str) -> Iterator[Any]:
    try:
        client = dask.Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"no Dask scheduler answers at {scheduler}",
            "Start one with `dask scheduler`, or leave --scheduler out to use this machine.",
        ) from error
    with client:
        if not _has_workers(client):
            raise InputError(f"the Dask scheduler at {scheduler} has no workers", "Start some.")
        yield client
