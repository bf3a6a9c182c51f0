"""A page in, its file out: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tuner import whole_files
from tuner.errors import InputError, UsageError

_NEXT = "Name a file in a folder that you may write to."


def check(path: Path) -> None:
    """Refuse, before hours of reading, a file that cannot be written or would end a log.

    Raises UsageError for another ending than .html or for a folder that is not there, InputError
    where no file may be made.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{path}: not a page's name", "Name a file that ends in .html.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "Name a file in it.")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "Create it, or name another file.")
    try:
        whole_files.try_out(path)
    except OSError as error:
        raise InputError(f"the page {path} cannot be written: {error.strerror}", _NEXT) from error


def write(path: Path, page: str) -> None:
    """Write the page; a file of that name is replaced, a link stays. Raises OSError."""
    whole_files.write(path, page.encode())
