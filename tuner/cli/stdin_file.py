"""Logs as named in, paths that can be read more than once out: stdin and pipes are kept in files.

The files are private to their user, and gone afterwards, also when SIGTERM ends the program.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import FrameType

from tuner.errors import InputError

STDIN = "-"


@contextmanager
def readable(logs: Sequence[str]) -> Iterator[list[str]]:
    """Give the paths, with a copy of each that can be read only once in its place.

    Raises InputError where there is no space for it.
    """
    from tuner.inputs.find import is_read_once

    once = list(dict.fromkeys(filter(is_read_once, logs)))
    if not once:
        yield list(logs)
        return
    import tempfile

    # readable by its user only
    with tempfile.TemporaryDirectory(prefix="tuner-") as folder, _removed_at_sigterm(folder):
        copies = {log: _copied(log, folder, str(number)) for number, log in enumerate(once)}
        yield [copies.get(log, log) for log in logs]


def _copied(log: str, folder: str, number: str) -> str:
    """Keep what comes of a log in a file of the folder, and return its path."""
    from pathlib import Path

    name = "stdin" if log == STDIN else log
    copy = Path(folder) / ("stdin" if log == STDIN else number)
    try:
        with (
            nullcontext(sys.stdin.buffer) if log == STDIN else Path(log).open("rb") as pipe,
            copy.open("wb") as file,
        ):
            shutil.copyfileobj(pipe, file)
    except OSError as error:
        raise InputError(
            f"{name} cannot be kept in {folder}: {error.strerror}",
            "Set TMPDIR to a folder with more space, or name the log as a file.",
        ) from error
    return str(copy)


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
