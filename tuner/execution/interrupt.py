"""Ctrl-C, taken when nothing is half done: while waiting or reading, not while adding up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def shielded(anew: bool = True) -> Iterator[None]:
    """Start processes that leave Ctrl-C, which a terminal sends to all, to this one from birth.

    `anew`: they are started afresh, not forked.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    if anew:
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # where it starts, it lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Stop:
    """Puts Ctrl-C off where the program says so, and remembers it where it gets lost: C code that
    calls ours may clear the exception, as `io.BufferedReader` does when it asks a stream for its
    place.
    """

    def __init__(self) -> None:
        self._held = self._asked = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let this finish first."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.check()

    def check(self) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed."""
        if self._asked:
            raise KeyboardInterrupt

    def take(self, _signal: int, _frame: FrameType | None) -> None:
        """The handler."""
        self._asked = True
        if not self._held:
            raise KeyboardInterrupt


@contextmanager
def listening() -> Iterator[Stop]:
    """Take Ctrl-C over for a while, if this thread may, and if nobody else has."""
    stop = Stop()
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stop
        return
    before = signal.signal(signal.SIGINT, stop.take)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
