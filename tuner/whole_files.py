"""Files that are written whole or not at all: at any moment the old one or the new one is there."""

from __future__ import annotations

import errno
import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tuner.errors import UsageError

UNFINISHED = ".new"
"""How the name of a file ends that is being written."""


def write(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace a file, as `replaced` does. Raises OSError where that fails."""
    with replaced(path, mode) as file:
        file.write(data)


@contextmanager
def replaced(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """What is written to this in the block replaces a file at its end. A link stays, and its target
    is replaced. Raises OSError where that fails, and for a pipe, a device or a folder.

    `mode` are the permission bits; without it those of any new file.
    """
    real = path.resolve()
    _must_be_plain(path)
    _clear(real)
    with _named(path):
        handle, name = _new(real)
        with _held(handle):
            try:
                with os.fdopen(handle, "wb") as file:
                    name.chmod(0o666 & ~_umask() if mode is None else mode)
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                name.replace(real)
            except BaseException:
                with suppress(OSError):
                    name.unlink()
                raise
    _sync_folder(real.parent)


def _must_be_plain(path: Path) -> None:
    """To replace a device, such as /dev/null, would take it away from everybody."""
    if not may_replace(path):
        raise OSError(errno.EINVAL, "it is no plain file", str(path))


def may_replace(path: Path) -> bool:
    """Whether there is a plain file, or nothing."""
    return path.is_file() or not path.exists()


def _clear(real: Path) -> None:
    """Remove what processes left that were killed while they wrote this file, and nothing that one
    is writing now."""
    for left in real.parent.glob(f".{glob.escape(real.name)}.*{UNFINISHED}"):
        with suppress(OSError), left.open("r+b") as file:
            if _locked(file.fileno(), wait=False):
                left.unlink()


def _new(real: Path) -> tuple[int, Path]:
    """A new file beside another one, locked so that nobody clears it away."""
    import tempfile

    while True:
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=UNFINISHED)
        if _locked(handle, wait=True) and Path(name).exists():
            return handle, Path(name)
        os.close(handle)  # another process cleared it away before it was locked


def _locked(handle: int, wait: bool) -> bool:
    """Lock an open file until it is closed, also by the death of this process; False if another
    process holds it. Where there are no locks nobody holds one."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


@contextmanager
def _held(handle: int) -> Iterator[None]:
    """Keep the lock of a file until it has its name, though it is closed before."""
    if os.name == "nt":  # an open file cannot be renamed there
        yield
        return
    second = os.dup(handle)
    try:
        yield
    finally:
        os.close(second)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the name of the file into errors that have none: those of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def check_new(path: Path, force: bool) -> None:
    """Refuse a file that could not be written there, long before it is.

    Raises:
        UsageError: it exists and `force` does not replace it, it is a pipe, a device or a folder,
            or its folder takes no files.
    """
    if not may_replace(path):
        raise UsageError(f"{path} is no plain file", "Name another file.")
    if path.exists() and not force:
        raise UsageError(f"{path} exists", "Add --force to replace it, or name another file.")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        is_there = path.parent.exists()
        raise UsageError(
            f"{path.parent} is no folder to write to",
            "Name another folder." if is_there else f"Make it first: mkdir {path.parent}",
        )


def try_out(path: Path) -> None:
    """Raise OSError where this file cannot be replaced, before there is anything to write."""
    import tempfile

    _must_be_plain(path)
    real = path.resolve()
    with tempfile.TemporaryFile(dir=real.parent):
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
