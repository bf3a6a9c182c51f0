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
    """Puts Ctrl-C off where the program says so."""

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
        if self._asked:
            raise KeyboardInterrupt

    def take(self, _signal: int, _frame: FrameType | None) -> None:
        """The handler."""
        if self._held:
            self._asked = True
        else:
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
