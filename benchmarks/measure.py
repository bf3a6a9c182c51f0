"""A command in, how long it took and how much memory its process tree held at most.

Time and memory are never taken in the same run: reading the memory of a process stops it briefly.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
_SAMPLE_S = 0.02
_READ_AT_ONCE = 1 << 24
_NOT_FOR_PROGRAMS = ("AGENT_", "TUNER_", "PYTHONDONTWRITEBYTECODE")
"""Without the last, a checkout would be compiled at every start; installed programs are not."""


class Failed(Exception):
    """A command ended with an error; its text is the message."""


class Memory(NamedTuple):
    """Peak over the process tree in MB.

    `total` is the sum of PSS (pages that processes share are counted once) or, where the system
    does not tell PSS, of RSS; it includes pages of the file that are mapped. `own` is what was
    allocated, without files: None where the system does not tell.
    """

    total: float
    own: float | None
    measure: str


def run(command: Sequence[str]) -> tuple[float, str]:
    """Run a command, and return the wall time of the whole process and what it printed."""
    begun = time.perf_counter()
    process = _start(command)
    output, errors = process.communicate()
    taken = time.perf_counter() - begun
    return taken, _checked(process, command, output, errors)


def watch(command: Sequence[str]) -> tuple[Memory, str]:
    """Run a command, and return the peak memory of its process tree and what it printed."""
    process = _start(command)
    peak, done = _Peak(process.pid), threading.Event()
    watcher = threading.Thread(target=peak.follow, args=(done,))
    watcher.start()
    output, errors = process.communicate()
    done.set()
    watcher.join()
    return peak.memory(), _checked(process, command, output, errors)


def can_watch() -> bool:
    """Whether memory can be measured here."""
    return find_spec("psutil") is not None


def warm(path: Path) -> None:
    """Read a file once, so that it stands in the page cache."""
    with path.open("rb", buffering=0) as file:
        while file.read(_READ_AT_ONCE):
            pass


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    # Through a pipe: grep stops at the first hit when it finds that it writes to /dev/null.
    pipe = subprocess.PIPE
    env = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_FOR_PROGRAMS)}
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, env=env)


def _checked(
    process: subprocess.Popen[str], command: Sequence[str], output: str, errors: str
) -> str:
    if process.returncode or not output:
        raise Failed(f"{command[0]} ended with {process.returncode}: {errors.strip()[-500:]}")
    return output


class _Peak:
    """The largest sum that was seen over a process and its descendants."""

    def __init__(self, pid: int) -> None:
        self._psutil = import_module("psutil")
        self._root = self._psutil.Process(pid)
        self._total = self._own = 0
        self._measure = "PSS"

    def follow(self, done: threading.Event) -> None:
        """Sample at once, then until told to stop."""
        while not done.is_set():
            sizes = [self._size(process) for process in self._tree()]
            self._total = max(self._total, sum(total for total, _ in sizes))
            self._own = max(self._own, sum(own for _, own in sizes))
            done.wait(_SAMPLE_S)

    def memory(self) -> Memory:
        """What was seen."""
        own = self._own / 1e6 if self._measure == "PSS" else None
        return Memory(self._total / 1e6, own, self._measure)

    def _tree(self) -> list[Any]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except self._psutil.Error:
            return []

    def _size(self, process: Any) -> tuple[int, int]:
        """Bytes of a process, and those of them that are no file's; gone means nothing."""
        try:
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except FileNotFoundError:
            return self._resident(process)
        except OSError:
            return 0, 0
        kb = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
        own = kb.get("Pss_Anon", kb["Pss"]) + kb.get("Pss_Shmem", 0)
        return kb["Pss"] * 1024, own * 1024

    def _resident(self, process: Any) -> tuple[int, int]:
        try:
            size = int(process.memory_info().rss)
        except self._psutil.Error:
            return 0, 0
        if not Path("/proc/self/smaps_rollup").exists():
            self._measure = "RSS"
            return size, 0
        return 0, 0
