"""Inputs in, their summaries out: cut into units of work, done here, by processes or a cluster.

A unit is a byte range of a plain file, or a whole compressed one. Units are joined in order, so
the result does not depend on how many processes or machines there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tuner.execution import (
    call_chunks,
    duplicate_inputs,
    interrupt,
    processes,
    resume_marks,
    state_file,
    units,
)
from tuner.execution.resume_marks import Log, Memory
from tuner.execution.units import FAST_BYTES, Job, Part, Unit
from tuner.inputs import remote, streams, versions
from tuner.inputs.find import find_inputs
from tuner.summary import serialization
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import Summary

UNIT_BYTES = 48 << 20
"""Long enough to hide what a task costs, short enough to keep all processes busy to the end."""
ALONE_BYTES = 8 << 20
"""Below this, starting processes takes longer than reading."""
ALONE_OBJECTS = 16
"""So many objects are worth processes however small they are: each makes its reader wait."""
PACKED = 16
"""A packed log is about this many times as large as it looks (gz packs logs 10 to 30 times)."""


class ReadOptions(NamedTuple):
    """Who reads: `jobs` processes here, or with `engine` "dask" a cluster; and where to go on.

    `state` is the file that remembers what was read. Without `scheduler` a cluster is started.
    """

    jobs: int | None = None
    state: Path | None = None
    engine: str = "local"
    scheduler: str = ""


Tick = Callable[[int, int], None]
Parts = Iterator[tuple[Unit, Part]]


def read(
    paths: Sequence[str | Path], job: Job, how: ReadOptions | None = None, tick: Tick | None = None
) -> tuple[list[ReadInput], bool]:
    """Read all inputs; return them, and whether the user stopped it (Ctrl-C) before the end.

    `tick` is called with (bytes read, bytes in all) now and then.
    """
    how = how or ReadOptions()
    files, missing = find_inputs(paths)
    given, links = duplicate_inputs.links(
        versions.planned([f for f in files if not _is(f, how.state)])
    )
    known = resume_marks.recall(how.state, given, job)
    job = job._replace(fast=_is_large(known.logs), resume=how.state is not None)
    with interrupt.listening() as stopper:
        stopped = _read(known.logs, job, how, tick, stopper)
    inputs, marks = _settled(known, job, stopped)
    if how.state is not None:
        state_file.save(how.state, resume_marks.options(job), marks)
    lost = [ReadInput(path, Summary(job.slow_ms), why) for path, why in missing]
    return [
        *inputs,
        *[ReadInput(p, Summary(job.slow_ms), "", (n,)) for p, n in links],
        *lost,
    ], stopped


def _is(path: str, state_file: Path | None) -> bool:
    """Whether it is the state file itself, which may stand among the logs."""
    return state_file is not None and not remote.is_url(path) and _same(Path(path), state_file)


def _same(path: Path, other: Path) -> bool:
    return path.name == other.name and path.resolve() == other.resolve()


def _size(logs: Sequence[Log]) -> int:
    return sum(versions.size(log.version) for log in logs if not log.done)


def _is_large(logs: Sequence[Log]) -> bool:
    """Whether there is so much to read, once unpacked, that it must be read fast."""
    size = _size(logs)
    if size < FAST_BYTES <= size * PACKED:
        size += sum(
            versions.size(log.version) * (PACKED - 1)
            for log in logs
            if not (log.done or remote.is_url(log.path)) and streams.plain_size(log.path) is None
        )
    return size >= FAST_BYTES


def _read(
    logs: Sequence[Log], job: Job, how: ReadOptions, tick: Tick | None, stopper: interrupt.Stop
) -> bool:
    """Read what is new in all logs; return whether Ctrl-C came before the end."""
    size, done = _size(logs), 0
    by_path = {log.path: log for log in logs}
    try:
        todo = [unit for log in logs if not log.done for unit in plan(*_rest(log))]
        for unit, part in _parts(todo, job, how, size):
            with stopper.held():
                by_path[unit.path].add(part)
            done += part.raw
            if tick is not None:
                tick(done, max(size, done))
    except KeyboardInterrupt:
        return True
    return False


def _rest(log: Log) -> tuple[str, str, int]:
    return log.path, log.version, log.start


def plan(path: str, version: str = "", start: int = 0) -> list[Unit]:
    """Cut one input, from a place on, into units."""
    version = version or versions.planned([path])[path]
    size = versions.size(version)
    ranged = size - start > UNIT_BYTES and (start or not call_chunks.is_call_record(path))
    plain = streams.plain_size(path) if ranged else None
    if plain is None:
        return [Unit(path, start, None, version)]
    starts = range(start, plain, UNIT_BYTES)
    return [Unit(path, at, min(at + UNIT_BYTES, plain), version) for at in starts]


# --- who does the work -------------------------------------------------------------------------


def _parts(todo: Sequence[Unit], job: Job, how: ReadOptions, size: int) -> Parts:
    """The parts of all units; those of one input in order."""
    if how.engine == "dask":
        from tuner.execution import dask_cluster  # takes a second to load

        return dask_cluster.run(todo, job, how.scheduler, how.jobs or processes.cores())
    # A stream is unpacked ten times as fast as it is read: handing its chunks to other processes
    # took longer than reading them here.
    workers = min(_workers(todo, how.jobs, size), len(todo))
    if workers <= 1:
        return _here(todo, job)
    from tuner.reading import fast

    fast.load()  # here, so that processes that are forked have it
    return processes.run((_task(unit, job) for unit in todo), workers)


def _task(unit: Unit, job: Job) -> processes.Task:
    mapped = job._replace(may_die=processes.LINUX)
    return processes.Task(unit, units.whole, (unit, mapped), again=(unit, job))


def _workers(todo: Sequence[Unit], jobs: int | None, size: int) -> int:
    waits = sum(remote.is_url(unit.path) for unit in todo) >= ALONE_OBJECTS
    return (jobs or processes.cores()) if size >= ALONE_BYTES or waits else 1


def _here(todo: Sequence[Unit], job: Job) -> Parts:
    for unit in todo:
        for piece in units.pieces(unit):
            yield unit, units.part(piece, job)


# --- what came of it ---------------------------------------------------------------------------


def _settled(
    known: Memory, job: Job, stopped: bool
) -> tuple[list[ReadInput], list[state_file.Mark]]:
    """The inputs, and the marks to remember; a log that was given twice counts once."""
    marks = list(known.gone)
    inputs = [
        ReadInput(gone.path, serialization.load(gone.found), "", notes)
        for gone, notes in zip(known.gone, resume_marks.gone_notes(known.gone), strict=True)
    ]
    settled = {log.path: resume_marks.settle(log, job.resume, stopped) for log in known.logs}
    readable = {log.path: settled[log.path].summary for log in known.logs if not log.part.problem}
    again = {} if stopped else _again(readable)
    for log in known.logs:
        if log.path in again:
            inputs.append(ReadInput(log.path, Summary(job.slow_ms), "", (again[log.path],)))
            continue
        summary, mark = settled[log.path]
        if mark is not None:
            marks.append(mark)
        found = ReadInput(log.path, summary, log.part.problem, log.notes)
        inputs.append(found if stopped else _judged(found, job))
    return inputs, marks


def _again(readable: Mapping[str, Summary]) -> dict[str, str]:
    """The inputs whose events others hold too, each with a note."""
    records = duplicate_inputs.records_of_logged_calls(readable)
    return {**records, **duplicate_inputs.copies(readable)}


def _judged(found: ReadInput, job: Job) -> ReadInput:
    """Say what is wrong with an input that told nothing; an empty one is to be read on later."""
    summary = found.summary
    if not summary.lines and not found.problem:
        if job.resume:
            return found._replace(notes=(*found.notes, f"{found.path}: still empty"))
        return found._replace(problem="the file is empty")
    if found.problem or summary.records or summary.understood > summary.lines / 2:
        return found
    binary = summary.unread["NUL bytes"]
    return found._replace(problem="binary data, no log" if binary else "nothing understood")
