"""Inputs in, their summaries out: cut into units of work, done here, by processes or a cluster.

Units are joined in order, so the result does not depend on how many processes or machines there
are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tuner.call_records.detection import Many
from tuner.execution import (
    duplicate_inputs,
    interrupt,
    outcome,
    planning,
    resume_marks,
    state_file,
    units,
)
from tuner.execution.kept_turn_logs import KeptTurnLogs
from tuner.execution.parts import Part
from tuner.execution.resume_marks import Log
from tuner.execution.tasks import AHEAD, LINUX, Task, cores
from tuner.execution.units import Job, Piece, Unit
from tuner.inputs import remote, versions
from tuner.inputs.find import find_inputs
from tuner.summary.read_input import ReadInput
from tuner.summary.summary import Summary


class ReadOptions(NamedTuple):
    """Who reads: `jobs` processes here, or with `engine` "dask" a cluster; and where to resume.

    `state` is the file that remembers what was read. Without `scheduler` a cluster is started.
    """

    jobs: int | None = None
    state: Path | None = None
    engine: str = "local"
    scheduler: str = ""


Tick = Callable[[int, int], None]
Parts = Iterator[tuple[Unit, Part]]


def read(
    paths: Sequence[str | Path],
    job: Job,
    options: ReadOptions | None = None,
    tick: Tick | None = None,
    kept: KeptTurnLogs | None = None,
) -> tuple[list[ReadInput], bool]:
    """Read all inputs; return them, and whether the user stopped it (Ctrl-C) before the end.

    `tick` is called with (bytes read, bytes in all) now and then. `kept` takes the lines that call
    records were translated to, unless a cluster reads them.
    """
    options = options or ReadOptions()
    if options.state is not None:
        state_file.check(options.state)
    found = find_inputs(paths)
    given, links = duplicate_inputs.links(
        versions.planned([path for path in found.files if not _is(path, options.state)])
    )
    known = resume_marks.recall(options.state, given, job)
    kept = None if options.engine == "dask" else kept
    is_large, resume = planning.is_large(known.logs), options.state is not None
    job = job._replace(fast=is_large, resume=resume, keep=kept is not None)
    with interrupt.listening() as stopper:
        stopped = _read(known.logs, job, options, tick, stopper, kept)
        for log in known.logs:
            log.turn(stopped)
    if stopped and kept is not None:
        kept.forget()
    inputs, marks = outcome.settle(known, job, stopped)
    inputs += _saved(options.state, job, marks)
    inputs += [ReadInput(path, Summary(job.slow_ms), "", (note,)) for path, note in links]
    inputs += [ReadInput(path, Summary(job.slow_ms), why) for path, why in found.problems]
    return outcome.without_other_files(inputs, found.in_folders), stopped


def _saved(state: Path | None, job: Job, marks: Sequence[state_file.Mark]) -> list[ReadInput]:
    """Save the state. Where that fails the report still counts, and names it as a bad input."""
    if state is None:
        return []
    try:
        state_file.save(state, resume_marks.options(job), marks)
    except OSError as error:
        why = f"the state was not written: {error.strerror or error}"
        return [ReadInput(str(state), Summary(job.slow_ms), why)]
    return []


def _is(path: str, state_file: Path | None) -> bool:
    """Whether it is the state file itself, which may stand among the logs."""
    return state_file is not None and not remote.is_url(path) and _same(Path(path), state_file)


def _same(path: Path, other: Path) -> bool:
    return path.name == other.name and path.resolve() == other.resolve()


def _read(
    logs: Sequence[Log],
    job: Job,
    options: ReadOptions,
    tick: Tick | None,
    stopper: interrupt.Stop,
    kept: KeptTurnLogs | None,
) -> bool:
    """Read what is new in all logs; return whether Ctrl-C came before the end."""
    size, done = planning.stored_bytes(logs), 0
    by_path = {log.path: log for log in logs}
    try:
        new = [log for log in logs if not log.done]
        length = planning.unit_bytes(size, _workers(options))
        todo = [
            unit for log in new for unit in planning.plan(log.path, log.version, log.start, length)
        ]
        for unit, part in _parts(todo, job, options, size):
            with stopper.held():
                by_path[unit.path].add(part._replace(kept=()), unit.export and unit.sort)
            if kept is not None:
                kept.take(unit.path, part.kept)
            done += part.raw
            if tick is not None:
                tick(done, max(size, done))
        for log in [log for log in logs if log.is_unordered]:
            log.restart(job)
            for _, part in _here([Unit(log.path, version=log.version, sort=True)], job):
                log.add(part)
    except KeyboardInterrupt:
        return True
    return False


def _parts(todo: Sequence[Unit], job: Job, options: ReadOptions, size: int) -> Parts:
    """The parts of all units, done by whoever does them soonest; those of one input in order."""
    wanted = _workers(options)
    if options.engine == "dask":
        from tuner.execution import dask_cluster  # takes a second to load

        return dask_cluster.run(todo, job, options.scheduler, wanted)
    # A stream is unpacked ten times as fast as it is read: handing its chunks to other processes
    # took longer than reading them here.
    wanted = wanted if planning.worth_processes(todo, size) else 1
    workers = min(wanted, len(todo))
    if workers <= 1:
        return _here(todo, job, wanted)
    return _run((_task(unit, job) for unit in todo), workers)


def _run(tasks: Iterator[Task], workers: int, ahead: int = AHEAD) -> Parts:
    """The parts of tasks, by other processes. The scan is loaded here, so that those that are
    forked have it."""
    from tuner.execution import processes  # small logs need none
    from tuner.reading import fast

    fast.load()
    return processes.run(tasks, workers, ahead)


def _workers(options: ReadOptions) -> int:
    return options.jobs or cores()


def _task(unit: Unit, job: Job) -> Task:
    mapped = job._replace(may_die=LINUX)
    return Task(unit, units.whole, (unit, mapped), again=(unit, job))


def _here(todo: Sequence[Unit], job: Job, helpers: int = 1) -> Parts:
    """The parts of units that are read one by one; `helpers` take what several can do of one."""
    many = _many(helpers) if helpers > 1 else map
    for unit in todo:
        pieces = units.pieces(unit, many=many)
        for first in pieces:
            others = helpers if units.is_translated_log(first) else 1
            yield from _counted(unit, chain([first], pieces), job, others)


def _many(helpers: int) -> Many:
    from tuner.execution import processes

    return partial(processes.each, helpers)


def _counted(unit: Unit, pieces: Iterator[Piece], job: Job, helpers: int) -> Parts:
    """The parts of the pieces of a unit, by others while this process makes the next piece: few of
    those at a time, since they are large."""
    if helpers > 1:
        tasks = (Task(unit, units.part, (piece, job)) for piece in pieces)
        yield from _run(tasks, helpers, ahead=1)
    for piece in pieces:
        yield unit, units.part(piece, job)
