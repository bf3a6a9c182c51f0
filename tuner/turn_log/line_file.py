"""Lines in, the file or stream that holds the turn log out, without ever keeping a call waiting.

The caller of `write` serves a conversation. So lines wait in a bounded queue and a thread of their
own writes them: a pipe that nobody reads or a disk that hangs costs lines, which are counted, and
no time.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

STDOUT, OFF = "stdout", "off"
WAITING_LINES = 1_000
"""Lines that may wait to be written: some minutes of a busy call."""
HANGING_S = 0.1
"""A write that takes longer hangs: nobody waits for it."""
CLOSING_S = 1.0
"""At the end of a call lines that can be written are waited for, at most so long."""
_OWNER_ONLY = 0o600

_log = logging.getLogger(__name__)


class LineFile:
    """Appends lines to stdout or to a file; a failure is logged once and counted."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._output = _Output(target)
        self._dropped = 0

    @property
    def failures(self) -> int:
        """Lines that could not be written, or found no place to wait."""
        return self._dropped + self._output.failures

    def write(self, line: str) -> None:
        """Hand over one line, which is written whole or not at all; never waits, never raises."""
        if self._target == OFF:
            return
        with self._lock:
            self._start()
            try:
                self._lines.put_nowait(line)
            except queue.Full:
                self._dropped += 1

    def wait(self) -> None:
        """Wait for what can be written, for a short time; not at all for a write that hangs."""
        end = time.monotonic() + CLOSING_S
        while self._lines.unfinished_tasks and time.monotonic() < end and not self._output.hangs():
            time.sleep(0.001)

    def close(self) -> None:
        """Wait in the same way and let the file go; a later line opens it again."""
        atexit.unregister(self.wait)
        if self._thread is not None:
            with suppress(queue.Full):
                self._lines.put_nowait(None)
        self.wait()

    def _start(self) -> None:
        """Start the thread with the first line: a log that is off needs none."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="turn log", daemon=True)
            self._thread.start()
            atexit.register(self.wait)

    def _run(self) -> None:
        while True:
            line = self._lines.get()
            if line is not None:
                self._output.write(line)
            done = line is None and self._ends()
            self._lines.task_done()
            if done:
                return

    def _ends(self) -> bool:
        """Let the file go, unless a line came in the meantime."""
        with self._lock:
            if not self._lines.empty():
                return False
            self._thread = None
            file = self._output.release()
        if file is not None:
            os.close(file)
        return True


class _Output:
    """What the thread writes to."""

    def __init__(self, target: str) -> None:
        self.failures = 0
        self._target = target
        self._file: int | None = None
        self._torn = False
        self._since: float | None = None

    def hangs(self) -> bool:
        """Whether the line in hand has been written for too long."""
        since = self._since
        return since is not None and time.monotonic() - since > HANGING_S

    def write(self, line: str) -> None:
        """Write one line; a failure is logged once and counted."""
        self._since = time.monotonic()
        try:
            if self._target == STDOUT:
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
            else:
                self._append(line.encode(errors="replace") + b"\n")
        except Exception as error:  # also of a stdout that is none: the thread must go on
            self._failed(error)
        finally:
            self._since = None

    def _append(self, data: bytes) -> None:
        """Append a line. One write in append mode, so that lines of several processes do not mix;
        what the disk did not take at once is written after it, or all of it is taken back."""
        file = self._open()
        data, self._torn = b"\n" * self._torn + data, False
        done = 0
        try:
            while done < len(data):
                done += os.write(file, data[done:])
        except OSError:
            self._torn = done > 0 and not _cut_back(file, done)
            raise

    def _open(self) -> int:
        """The file that has the name now: a log may be rotated or removed in the middle of a call,
        and what went into the old file behind its back would be lost."""
        path = Path(self._target).expanduser()
        if self._file is not None and not _is_named(self._file, path):
            os.close(self._file)
            self._file, self._torn = None, False
        if self._file is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._file = os.open(path, flags, _OWNER_ONLY)
        return self._file

    def release(self) -> int | None:
        """Hand the open file over; the next line opens it again."""
        file, self._file = self._file, None
        return file

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if self.failures == 1:
            _log.error(
                "cannot write the turn log to %s (%s): calls go on without it. "
                "Set TURN_LOG to a writable path, to stdout or to off.",
                self._target,
                getattr(error, "strerror", None) or type(error).__name__,
            )


def _is_named(file: int, path: Path) -> bool:
    """Whether an open file still has this name."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False


def _cut_back(file: int, written: int) -> bool:
    """Take the beginning of a line back, if nothing of another process stands behind it."""
    with suppress(OSError):
        end = os.lseek(file, 0, os.SEEK_CUR)
        if os.fstat(file).st_size == end:
            os.ftruncate(file, end - written)
            return True
    return False
