"""What a running process holds: memory, children, sockets, files, threads, tasks."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

MB = 1024 * 1024


def state(pid: int, tasks: Path) -> dict[str, Any]:
    """The state now; {} for a process that ended.

    `own_mb` is memory of the process alone, `memory_mb` with its children, in MB (PSS);
    `cpu_s` is the CPU time of both. `tasks` is None where the process does not count them
    (`benchmarks.probe`).
    """
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        children = process.children(recursive=True)
        return {
            "own_mb": _memory(process),
            "memory_mb": round(_memory(process) + sum(map(_memory, children)), 1),
            "cpu_s": round(_cpu(process) + sum(map(_cpu, children)), 2),
            "children": len(children),
            "sockets": len(process.net_connections("inet")),
            "files": process.num_fds(),
            "threads": process.num_threads(),
            "tasks": _tasks(tasks / str(pid)),
        }
    return {}


def _memory(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return round(float(process.memory_full_info().pss) / MB, 1)
    return 0.0


def _cpu(process: psutil.Process) -> float:
    """Seconds, those of children that have ended included."""
    with suppress(psutil.Error):
        return float(sum(process.cpu_times()[:4]))
    return 0.0


def _tasks(counted: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(counted.read_text())
    return None
