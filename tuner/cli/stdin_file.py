"""Logs as named in, paths that can be read more than once out: stdin is kept in a file for a while.

The file is private to its user, and gone afterwards.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tuner.errors import InputError

STDIN = "-"


@contextmanager
def readable(logs: Sequence[str]) -> Iterator[list[str]]:
    """Give the paths, with a copy of stdin in the place of "-".

    Raises InputError where there is no space for it.
    """
    if STDIN not in logs:
        yield list(logs)
        return
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="tuner-") as folder:  # readable by its user only
        copy = Path(folder) / "stdin"
        try:
            with copy.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise InputError(
                f"stdin cannot be kept in {folder}: {error.strerror}",
                "Set TMPDIR to a folder with more space, or name the log as a file.",
            ) from error
        yield [str(copy) if log == STDIN else log for log in logs]
