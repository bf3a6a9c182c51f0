"""Tasks in, their parts out in order: done by several processes of this machine.

A process may die, of too little memory or of someone's hand. What it had is then done again, one
at a time, so that a unit that kills whoever reads it is found, named, and left out.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar, cast

from tuner.errors import InputError
from tuner.execution.interrupt import shielded
from tuner.execution.parts import Part
from tuner.execution.tasks import AHEAD, LINUX, Task, cores
from tuner.execution.units import Unit
from tuner.summary.summary import Summary

_END_S = 1.0
_FOLLOWS = "follows its parent"
"""A thread that does nothing but wait: it holds nothing that a copy of the process would miss."""
Item = TypeVar("Item")
Result = TypeVar("Result")
AnyTask = TypeVar("AnyTask", "Task", "_Item")
DIED = "a process that read it died twice (out of memory?); it is not in the report"


class _Item(NamedTuple):
    """A function, and what to call it with: a task of no unit."""

    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    again: tuple[Any, ...] = ()


def run(tasks: Iterator[Task], workers: int, ahead: int = AHEAD) -> Iterator[tuple[Unit, Part]]:
    """The parts in the order of their tasks, with at most `ahead` for each process under way."""
    for task, part in _in_order(tasks, workers, ahead):
        yield task.unit, Part(Summary(), 0, DIED) if part is None else part


def each(workers: int, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What `map` gives, by several processes, with a few items of each under way.

    Raises InputError if a process dies of an item twice.
    """
    if workers < 2:
        yield from map(work, items)
        return
    for _, result in _in_order((_Item(work, (item,)) for item in items), workers, AHEAD):
        if result is None:
            raise InputError(DIED, "free memory, or split the file")
        yield result


def _in_order(tasks: Iterator[AnyTask], workers: int, ahead: int) -> Iterator[tuple[AnyTask, Any]]:
    """Each task with what it gives; None if the process that did it died twice."""
    waiting: deque[tuple[AnyTask, Future[Any]]] = deque()
    with _Processes(workers) as processes, _Processes(1) as alone:
        for task in tasks:
            waiting.append((task, processes.submit(task)))
            if len(waiting) >= ahead * workers:
                yield _given(*waiting.popleft(), alone)
        while waiting:
            yield _given(*waiting.popleft(), alone)


class Mapped(Generic[Item, Result]):
    """The result of each item, in their order. Several processes begin when it is made, and go on
    while this one does something else. If a process dies, the rest is done here.
    """

    def __init__(self, work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> None:
        self._work, self._items = work, items
        self._begun: Iterator[Result] = iter(())
        self._pool: ProcessPoolExecutor | None = None
        if workers > 1 and len(items) > 1:
            context = multiprocessing.get_context("fork" if _may_fork() else "spawn")
            self._pool = ProcessPoolExecutor(workers, context, initializer=_begin)
            with suppress(BrokenProcessPool):
                self._begun = self._pool.map(work, items)

    def __iter__(self) -> Iterator[Result]:
        """Wait for each result; this can be done once."""
        done = 0
        try:
            for result in self._begun:
                yield result
                done += 1
        except BrokenProcessPool:
            pass
        finally:
            self.close()
        yield from map(self._work, self._items[done:])

    def close(self) -> None:
        """Begin nothing more: what is under way ends within a moment."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


class Copied(Generic[Result]):
    """What `work` gives, done by a copy of this process while this one goes on: it begins when this
    is made. Where that cannot be, or if the copy dies, it is done here when it is asked for.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._process: BaseProcess | None = None
        if cores() > 1 and _may_fork():
            context = multiprocessing.get_context("fork")
            self._receiver, sender = context.Pipe(duplex=False)
            self._process = context.Process(target=_send, args=(work, sender))
            self._process.start()
            sender.close()

    @property
    def is_begun(self) -> bool:
        """Whether a copy does it."""
        return self._process is not None

    def result(self) -> Result:
        """Wait for it; this can be done once. Raises what `work` raises."""
        try:
            if self._process is not None:
                return cast(Result, self._receiver.recv())
        except EOFError:
            pass
        finally:
            self.close()
        return self._work()

    def close(self) -> None:
        """End the copy."""
        if self._process is not None:
            self._receiver.close()
            self._process.terminate()
            self._process.join(_END_S)
            self._process = None


def _send(work: Callable[[], Any], sender: Connection) -> None:
    _begin()
    with suppress(Exception):  # whoever waits for it does the work again, and finds the fault
        sender.send(work())


def _given(task: AnyTask, future: Future[Any], alone: _Processes) -> tuple[AnyTask, Any]:
    try:
        return task, future.result()
    except BrokenProcessPool:
        pass
    try:
        again = task._replace(arguments=task.again or task.arguments)
        return task, alone.submit(again).result()
    except BrokenProcessPool:
        return task, None


class _Processes:
    """A pool that is made when it is needed, and anew when one of its processes has died."""

    def __init__(self, workers: int) -> None:
        self._workers, self._fork = workers, False
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        """Wait for the processes; when something went wrong, or Ctrl-C came, end them at once."""
        if self._pool is None:
            return
        if kind is not None:
            processes = list((self._pool._processes or {}).values())
            for process in processes:
                process.kill()
            for process in processes:
                process.join(_END_S)
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def submit(self, task: Task | _Item) -> Future[Any]:
        """Have a task done."""
        if self._pool is None:
            self._fork = _may_fork()
        with shielded(anew=not self._fork):
            try:
                return self._ready().submit(task.work, *task.arguments)
            except BrokenProcessPool:
                self._pool, self._fork = None, False
                return self._ready().submit(task.work, *task.arguments)

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("fork" if self._fork else "spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, initializer=_begin)
        return self._pool


def _may_fork() -> bool:
    """Forking starts a process in milliseconds, but is safe only while there is one thread."""
    others = [thread for thread in threading.enumerate() if thread.name != _FOLLOWS]
    return LINUX and len(others) == 1


def _begin() -> None:
    """Leave Ctrl-C to the parent, but do not outlive it: nobody would ever take the result."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for systems without `shielded`
    if LINUX:
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))  # a core would hold what callers said
    threading.Thread(target=_follow, name=_FOLLOWS, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
