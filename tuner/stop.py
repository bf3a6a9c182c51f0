"""Ctrl-C, taken when nothing is half done: while waiting or reading, not while adding up."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Puts Ctrl-C off where the program says so."""

    def __init__(self) -> None:
        self._held = self._asked = False
        self._process = os.getpid()

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
        """The handler: a process forked from this one leaves the signal to its parent."""
        if os.getpid() != self._process:
            return
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
