"""CPU and memory of named processes and those that they started, and of the machine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """A moment: cores that each name kept busy since the moment before, and its memory in MB.

    `machine` is the share of all cores that were busy, callers of the load test included.
    """

    at_s: float
    machine: float
    cores: dict[str, float]
    memory_mb: dict[str, float]
    running: int = 0
    active: int | None = None


@dataclass(slots=True)
class ProcessWatch:
    """Names and process ids; children are counted with their parent."""

    named: dict[str, int]
    _cpu: dict[int, float] = field(default_factory=dict)
    _at_s: float | None = None

    def read(self, at_s: float, running: int = 0, active: int | None = None) -> Reading:
        """The state now; the first reading has no cores yet. A process that ended has none."""
        passed = None if self._at_s is None else at_s - self._at_s
        self._at_s = at_s
        cores: dict[str, float] = {}
        memory: dict[str, float] = {}
        for name, pid in self.named.items():
            used, bytes_ = self._family(pid)
            memory[name] = round(bytes_ / MB, 1)
            cores[name] = round(used / passed, 3) if passed else 0.0
        machine = psutil.cpu_percent(None) / 100
        return Reading(at_s, round(machine, 3), cores, memory, running, active)

    def _family(self, pid: int) -> tuple[float, int]:
        """CPU seconds since the last reading, and bytes now, of a process and its children."""
        used, held = 0.0, 0
        with suppress(psutil.Error):
            parent = psutil.Process(pid)
            for process in (parent, *parent.children(recursive=True)):
                with suppress(psutil.Error):
                    total = sum(process.cpu_times()[:2])
                    used += total - self._cpu.get(process.pid, total)
                    self._cpu[process.pid] = total
                    held += _own_memory(process)
        return used, held


def _own_memory(process: psutil.Process) -> int:
    """Bytes; what processes share is divided among them where the system says so (Linux)."""
    found = process.memory_full_info()
    return int(getattr(found, "pss", 0) or found.rss)


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    return bool(psutil.pid_exists(pid))
