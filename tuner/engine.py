"""Inputs in, their summaries out: cut into units of work, done here or by several processes.

A unit is a byte range of a plain file, or a whole compressed one. Units are merged in order, so
the result does not depend on how many processes there are.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tuner import chunks, reader, source
from tuner.errors import InputError
from tuner.reader import Filter
from tuner.summary import Summary

UNIT_BYTES = 48 << 20
"""Long enough to hide what a task costs, short enough to keep all processes busy to the end."""
ALONE_BYTES = 8 << 20
"""Below this, starting processes takes longer than reading."""
FAST_BYTES = 32 << 20
"""From here on whole inputs are read by `fast`; see there for what that gives up."""


class Job(NamedTuple):
    """How every unit is to be read."""

    only: Filter = reader.EVERYTHING
    slow_ms: float = 1000.0
    fast: bool = False


class Unit(NamedTuple):
    """Bytes `start` to `end` of a file; `end` None: all that comes, once unpacked."""

    path: str
    start: int = 0
    end: int | None = None


class Part(NamedTuple):
    """What a unit gave: its summary, the bytes read from storage, and why it ended early."""

    summary: Summary
    raw: int = 0
    problem: str = ""


class Input(NamedTuple):
    """One input, read: its path, its summary, and why its end was not reached ("" if it was)."""

    path: str
    summary: Summary
    problem: str = ""


Tick = Callable[[int, int], None]


def read(
    paths: Sequence[str | Path], job: Job, jobs: int | None = None, tick: Tick | None = None
) -> tuple[list[Input], bool]:
    """Read all inputs; return them, and whether the user stopped it (Ctrl-C) before the end.

    `tick` is called with (bytes read, bytes in all) now and then.
    """
    files, problems = source.find(paths)
    units = [unit for path in files for unit in plan(path)]
    size = sum(source.size(path) for path in files)
    job = job._replace(fast=size >= FAST_BYTES)
    found = {path: Input(path, Summary(job.slow_ms)) for path in files}
    done = 0
    try:
        for unit, part in _parts(units, job, _workers(jobs, size)):
            done += part.raw
            before = found[unit.path]
            before.summary.merge(part.summary)
            found[unit.path] = before._replace(problem=before.problem or part.problem)
            if tick is not None:
                tick(done, max(size, done))
    except KeyboardInterrupt:
        return list(found.values()), True
    missing = [Input(path, Summary(job.slow_ms), why) for path, why in problems]
    return [_judged(i) for i in found.values()] + missing, False


def plan(path: str) -> list[Unit]:
    """Cut one input into units."""
    size = source.plain_size(path)
    if size is None or size <= UNIT_BYTES:
        return [Unit(path)]
    starts = range(0, size, UNIT_BYTES)
    return [Unit(path, start, min(start + UNIT_BYTES, size)) for start in starts]


def _workers(jobs: int | None, size: int) -> int:
    if size < ALONE_BYTES:
        return 1
    cores = len(os.sched_getaffinity(0)) if _LINUX else os.cpu_count()
    return jobs or cores or 1


_LINUX = sys.platform == "linux"


def _judged(found: Input) -> Input:
    summary = found.summary
    if found.problem or summary.records or summary.understood > summary.lines / 2:
        return found if summary.lines or found.problem else found._replace(problem=_EMPTY)
    if not summary.lines:
        return found._replace(problem=_EMPTY)
    binary = summary.unread["NUL bytes"]
    return found._replace(problem="binary data, no log" if binary else "nothing understood")


_EMPTY = "the file is empty"


# --- doing the work ----------------------------------------------------------------------------


def _parts(units: Sequence[Unit], job: Job, workers: int) -> Iterator[tuple[Unit, Part]]:
    """The parts of all units, in order."""
    if workers == 1:
        for unit in units:
            yield from ((unit, part) for part in read_unit(unit, job))
        return
    with _pool(workers) as pool:
        alone = len(units) < workers
        tasks = chain.from_iterable(_tasks(unit, job, pool, alone) for unit in units)
        yield from _in_order(tasks, 3 * workers)


def _tasks(
    unit: Unit, job: Job, pool: ProcessPoolExecutor, alone: bool
) -> Iterator[tuple[Unit, Future[Part]]]:
    """Hand a unit to the pool; the only stream there is, chunk by chunk as it is unpacked here."""
    if unit.end is not None or not alone:
        yield unit, pool.submit(whole_unit, unit, job)
        return
    before = 0
    for chunk in open_chunks(unit):
        task = pool.submit(_chunk_part, chunk, job, chunk.raw - before)
        before = chunk.raw
        yield unit, task


def _in_order(tasks: Iterator[tuple[Unit, Future[Part]]], most: int) -> Iterator[tuple[Unit, Part]]:
    """Results in the order of their tasks, with at most `most` tasks under way."""
    waiting: deque[tuple[Unit, Future[Part]]] = deque()
    for task in tasks:
        waiting.append(task)
        if len(waiting) >= most:
            yield _result(*waiting.popleft())
    while waiting:
        yield _result(*waiting.popleft())


def _result(unit: Unit, task: Future[Part]) -> tuple[Unit, Part]:
    try:
        return unit, task.result()
    except BrokenProcessPool:
        problem = "a process that read it died (out of memory?); try --jobs 1"
        return unit, Part(Summary(), 0, problem)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that leave Ctrl-C to this one, and end at once when it comes."""
    pool = ProcessPoolExecutor(workers, _context(), initializer=_ignore_interrupt)
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _context() -> multiprocessing.context.BaseContext:
    """Forking starts a worker in milliseconds, but is safe only while there is one thread."""
    single = _LINUX and threading.active_count() == 1
    return multiprocessing.get_context("fork" if single else "spawn")


def _ignore_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# --- one unit ----------------------------------------------------------------------------------


def whole_unit(unit: Unit, job: Job) -> Part:
    """Read a unit and return its one part (what a worker does)."""
    whole, raw, problem = Summary(job.slow_ms), 0, ""
    for part in read_unit(unit, job):
        whole.merge(part.summary)
        raw, problem = raw + part.raw, problem or part.problem
    return Part(whole, raw, problem)


def read_unit(unit: Unit, job: Job) -> Iterator[Part]:
    """The parts of one unit, chunk by chunk."""
    before = 0
    for chunk in open_chunks(unit):
        yield _chunk_part(chunk, job, chunk.raw - before)
        before = chunk.raw


def open_chunks(unit: Unit) -> Iterator[chunks.Chunk]:
    """The chunks of a unit; one that cannot be opened is an empty chunk with the reason."""
    try:
        with source.opened(unit.path, unit.start, unit.end) as log:
            for chunk in chunks.chunks(log.stream, log.total):
                yield chunk._replace(packed=log.packed)
    except InputError as error:
        yield chunks.Chunk(b"", problem=str(error).partition(": ")[2] or str(error))


def _chunk_part(chunk: chunks.Chunk, job: Job, raw: int) -> Part:
    summary = _summarize(chunk, job)
    if chunk.packed:
        summary.wrappers[chunk.packed] += 1
    return Part(summary, raw, chunk.problem)


def _summarize(chunk: chunks.Chunk, job: Job) -> Summary:
    if not job.fast:
        return reader.summarize(chunk, job.only, job.slow_ms)
    from tuner import fast  # numpy takes a while to load, and must not be loaded before a fork

    return fast.summarize(chunk, job.only, job.slow_ms)
