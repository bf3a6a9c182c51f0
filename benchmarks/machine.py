"""What a measurement was made on: the processor, the memory, the versions of everyone."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PROGRAMS = ("rg", "grep", "jq", "gzip")
_MODULES = ("voice-tuner", "duckdb", "pandas", "psutil")
_ROOT = Path(__file__).parent.parent


def facts() -> dict[str, Any]:
    """Return the facts that a reader needs to judge the figures."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if _linux() else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {_release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "commit": _first_line("git", "rev-parse", "--short", "HEAD"),
        "versions": {**_modules(), **_programs()},
    }


def _release() -> str:
    """The system's release, as far as it can matter."""
    return ".".join(platform.release().split(".")[:2])


def _linux() -> bool:
    return hasattr(os, "sched_getaffinity")


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _modules() -> dict[str, str]:
    found = {}
    for name in _MODULES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _programs() -> dict[str, str]:
    return {name: _first_line(name, "--version") or "missing" for name in _PROGRAMS}


def _first_line(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
    return (done.stdout.splitlines() or [""])[0] if done.returncode == 0 else ""
