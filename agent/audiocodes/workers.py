"""Several processes on one port, among which the kernel deals out the sockets.

Each has a Unix socket for the others, in a folder that they share: see `hand_over`.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

from tuner.errors import TunerError

_BETWEEN_STARTS_S = 1.0
_log = logging.getLogger("agent")


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """Which worker this is, and where the others are."""

    number: int
    folder: Path
    port: int
    """The port that all of them share."""

    @property
    def path(self) -> str:
        """Where other workers reach this one."""
        return str(self.folder / f"{self.number}.sock")

    def others(self) -> Sequence[str]:
        """Where this worker reaches the others that run."""
        paths = (str(path) for path in sorted(self.folder.glob("*.sock")))
        return [path for path in paths if path != self.path]


class Workers:
    """Starts the processes, starts a new one for each that dies, and hands on stop signals."""

    def __init__(self, count: int, work: Callable[[WorkerPlace], None], place: WorkerPlace) -> None:
        self._count, self._work, self._place = count, work, place
        self._running: dict[int, BaseProcess] = {}
        self._stopping = False

    def run(self) -> None:
        """Until a stop signal came and all have ended."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        for number in range(self._count):
            self._start(number)
        while self._running:
            ended = wait([process.sentinel for process in self._running.values()], 1.0)
            for number, process in list(self._running.items()):
                if process.sentinel in ended:
                    self._replace(number, process)

    def _start(self, number: int) -> None:
        place = WorkerPlace(number, self._place.folder, self._place.port)
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=self._work, args=(place,), name=f"audiocodes-{number}")
        process.start()
        self._running[number] = process

    def _replace(self, number: int, process: BaseProcess) -> None:
        process.join()
        del self._running[number]
        if not self._stopping:
            _log.error("worker %d ended with %s; a new one starts", number, process.exitcode)
            Path(WorkerPlace(number, self._place.folder, 0).path).unlink(missing_ok=True)
            time.sleep(_BETWEEN_STARTS_S)
            if not self._stopping:
                self._start(number)

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._stopping = True
        for process in self._running.values():
            process.terminate()


def run_workers(count: int, host: str, port: int, work: Callable[[WorkerPlace], None]) -> None:
    """Serve with so many processes until a stop signal; `work` holds one, in a process of its own.

    Raises:
        TunerError: the system cannot share a port, or the port is taken.
    """
    if sys.platform == "win32":
        raise TunerError("--workers needs Linux or macOS", "Start several servers, one a port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with tempfile.TemporaryDirectory(prefix="audiocodes-") as folder, socket.socket(family) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            held.bind((host, port))  # it never listens: it only keeps the port
        except OSError as error:
            raise TunerError(
                f"cannot listen on {host}:{port}: {error.strerror or error}",
                "Set AUDIOCODES_HOST and AUDIOCODES_PORT to an address that is free.",
            ) from error
        Workers(count, work, WorkerPlace(0, Path(folder), held.getsockname()[1])).run()
