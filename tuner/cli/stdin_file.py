"""Logs as named in, paths that can be read more than once out: stdin is kept in a file for a while.

The file is private to its user, and gone afterwards.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

STDIN = "-"


@contextmanager
def readable(logs: Sequence[str]) -> Iterator[list[str]]:
    """Give the paths, with a copy of stdin in the place of "-"."""
    if STDIN not in logs:
        yield list(logs)
        return
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="tuner-") as folder:  # readable by its user only
        copy = Path(folder) / "stdin"
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [str(copy) if log == STDIN else log for log in logs]
