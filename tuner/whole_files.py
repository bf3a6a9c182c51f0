"""Files that are written whole or not at all: at any moment the old one or the new one is there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tuner.errors import UsageError

UNFINISHED = ".new"
"""How the name of a file ends that is being written."""


def write(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace a file. A link stays, and its target is replaced. Raises OSError where that fails.

    `mode` are the permission bits; without it those of any new file.
    """
    import tempfile

    real = path.resolve()
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            Path(name).chmod(0o666 & ~_umask() if mode is None else mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(real)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(real.parent)


def check_new(path: Path, force: bool) -> None:
    """Refuse a file that could not be written there, long before it is.

    Raises:
        UsageError: it exists and `force` does not replace it, or its folder takes no files.
    """
    if path.exists() and not force:
        raise UsageError(f"{path} exists", "Add --force to replace it, or name another file.")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(
            f"{path.parent} is no folder to write to", f"Make it first: mkdir {path.parent}"
        )


def try_out(path: Path) -> None:
    """Raise OSError where no file can be written beside this one, before there is anything to
    write."""
    import tempfile

    real = path.resolve()
    with tempfile.NamedTemporaryFile(dir=real.parent, prefix=f".{real.name}.", suffix=UNFINISHED):
        pass


def _umask() -> int:
    """What new files of this process are not allowed to others: a temporary file allows nothing."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where folders can be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
