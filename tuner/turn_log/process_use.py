"""What the process of a call has used, for the last line of its turn log."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

_MEMORY = Path("/proc/self/smaps_rollup")
_KB_IN_MB = 1024


def cpu_s() -> float:
    """CPU seconds of this process so far, all its threads together."""
    return time.process_time()


def memory_mb() -> float | None:
    """This process's memory, what it shares divided among those who share it; None where the
    system (other than Linux) does not say."""
    with suppress(OSError, ValueError, IndexError):
        for line in _MEMORY.read_text().splitlines():
            if line.startswith("Pss:"):
                return round(int(line.split()[1]) / _KB_IN_MB, 1)
    return None
