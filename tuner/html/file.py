"""A page in, its file out: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from tuner.errors import InputError, UsageError

_NEXT = "Name a file in a folder that you may write to."


def check(path: Path) -> None:
    """Refuse, before hours of reading, a file that cannot be written or would end a log.

    Raises UsageError for another ending than .html or for a folder that is not there, InputError
    where no file may be made.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--html {path}: not a page's name", "Name a file that ends in .html.")
    if path.is_dir():
        raise UsageError(f"--html {path} is a folder", "Name a file in it.")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "Create it, or name another file.")
    try:
        with tempfile.NamedTemporaryFile(dir=path.resolve().parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise InputError(f"--html {path} cannot be written: {error.strerror}", _NEXT) from error


def write(path: Path, page: str) -> None:
    """Write the page; a file of that name is replaced, a link stays. Raises OSError."""
    real = path.resolve()
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            file.write(page)
        Path(name).replace(real)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    """What new files of this process are not allowed to others: a temporary file allows nothing."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
