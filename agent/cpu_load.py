"""The load of the CPUs that this server may use, 0 to 1, as LiveKit's own load function has it.

LiveKit 1.8 has one that can be called, 2.0 has it no longer; a load function of our own needs it in
both. Where a container may use less than the machine has, the container's share counts.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

SAMPLES = 5
"""LiveKit averages over so many calls, which are 0.5 s apart."""
CGROUP = Path("/sys/fs/cgroup")


class CpuLoad:
    """Call it now and then: the load since the call before, averaged over the last ones."""

    def __init__(self, cgroup: Path = CGROUP, clock: Callable[[], float] = time.monotonic) -> None:
        self._cgroup, self._clock = cgroup, clock
        self._cpus = _quota(cgroup)
        self._loads: deque[float] = deque(maxlen=SAMPLES)
        self._before = (clock(), self._used()) if self._cpus else (0.0, 0.0)
        psutil.cpu_percent()  # the first call has nothing to compare with

    def __call__(self) -> float:
        """The load, 0 to 1."""
        self._loads.append(self._in_container() if self._cpus else psutil.cpu_percent() / 100)
        return sum(self._loads) / len(self._loads)

    def _in_container(self) -> float:
        now, before = (self._clock(), self._used()), self._before
        self._before = now
        seconds = now[0] - before[0]
        return min(1.0, (now[1] - before[1]) / seconds / self._cpus) if seconds > 0 else 0.0

    def _used(self) -> float:
        """CPU seconds of the container so far."""
        for line in (self._cgroup / "cpu.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "usage_usec":
                return int(value) / 1e6
        return 0.0


def _quota(cgroup: Path) -> float:
    """The CPUs that the container may use; 0 where nothing limits it."""
    with suppress(OSError, ValueError):
        quota, period = (cgroup / "cpu.max").read_text().split()
        return int(quota) / int(period)
    return 0.0
