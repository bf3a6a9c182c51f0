"""With this folder on PYTHONPATH every Python program writes how many tasks its event loops have.

The soak names the folder for the files in COUNT_TASKS_IN; each is named after its process.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

EVERY_S = 5.0


def _tasks() -> int:
    """Tasks that are not done, of all event loops; the set may change while it is read."""
    for _ in range(10):
        with suppress(RuntimeError):
            return sum(not task.done() for task in list(asyncio.tasks._all_tasks))  # type: ignore[attr-defined]
    return -1


def _count(folder: Path) -> None:
    while True:
        time.sleep(EVERY_S)
        with suppress(OSError):
            (folder / str(os.getpid())).write_text(str(_tasks()))


if where := os.environ.get("COUNT_TASKS_IN"):
    threading.Thread(target=_count, args=(Path(where),), daemon=True).start()
