"""Logs as named in, paths that can be read more than once out: stdin is kept in a file for a while.

The file is private to its user, and gone afterwards, also when SIGTERM ends the program.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from tuner.errors import InputError

STDIN = "-"


@contextmanager
def readable(logs: Sequence[str]) -> Iterator[list[str]]:
    """Give the paths, with a copy of stdin in the place of "-".

    Raises InputError where there is no space for it.
    """
    if STDIN not in logs:
        yield list(logs)
        return
    import tempfile
    from pathlib import Path

    # readable by its user only
    with tempfile.TemporaryDirectory(prefix="tuner-") as folder, _removed_at_sigterm(folder):
        copy = Path(folder) / "stdin"
        try:
            with copy.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise InputError(
                f"stdin cannot be kept in {folder}: {error.strerror}",
                "Set TMPDIR to a folder with more space, or name the log as a file.",
            ) from error
        yield [str(copy) if log == STDIN else log for log in logs]


@contextmanager
def _removed_at_sigterm(folder: str) -> Iterator[None]:
    """Remove the folder before SIGTERM ends this process as it always does. Ctrl-C needs nothing:
    it is an exception."""
    owner = os.getpid()

    def stop(number: int, _frame: FrameType | None) -> None:
        if os.getpid() == owner:  # a fork has the handler too, and is ended while others read
            shutil.rmtree(folder, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
