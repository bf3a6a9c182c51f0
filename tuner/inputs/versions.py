"""An input's name in, the version that is there now out; whether it changed while it was read."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from tuner.errors import InputError
from tuner.inputs import archives, remote
from tuner.inputs.find import STDIN

_AT_ONCE = 16
"""Stores answer slowly, but many at once."""


def planned(paths: Sequence[str]) -> dict[str, str]:
    """The versions of all inputs; "" where it is unknown: reading will give the reason."""
    urls = [path for path in paths if remote.is_url(path)]
    found = {path: "" if remote.is_url(path) else _local(path) for path in paths}
    if urls:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            found.update(zip(urls, threads.map(_remote, urls), strict=True))
    return found


def _remote(url: str) -> str:
    try:
        return remote.version(url)
    except InputError:
        return ""


_MEMBER = "member:// 0 "
"""How the version of a file inside an archive begins: its size there is not known."""


def _local(path: str) -> str:
    """`device:inode size mtime` of a file; "" for stdin and what is no file.

    A file inside an archive is there as long as the archive is.
    """
    if path != STDIN and archives.is_member(path):
        archive = _local(archives.outer(path))
        return archive and _MEMBER + archive
    try:
        found = None if path == STDIN else Path(path).stat()
    except OSError:
        return ""
    return "" if found is None or not stat.S_ISREG(found.st_mode) else _version(found)


def _version(found: os.stat_result) -> str:
    return f"{found.st_dev}:{found.st_ino} {found.st_size} {found.st_mtime_ns}"


def identity(version: str) -> str:
    """What stays while a local file grows or is renamed: device and inode; "" for others."""
    first, _, rest = version.partition(" ")
    return first if rest and "://" not in version else ""


def size(version: str) -> int:
    """How many bytes the input has in storage; 0 where that is not known."""
    return int(version.split()[1]) if version else 0


def change(path: str, before: str, packed: bool) -> str:
    """What happened to an input since it had this version: "" if nothing that spoils the reading.

    A plain local file may grow: it is a log.
    """
    if not before:
        return ""
    if remote.is_url(path):
        return _changed_object(path, before)
    after = _local(path)
    if not after:
        return "it vanished while it was read"
    if identity(after) != identity(before):
        return "it was replaced while it was read"
    if size(after) < size(before):
        return "it shrank while it was read"
    return "it changed while it was read" if packed and after != before else ""


def _changed_object(url: str, before: str) -> str:
    try:
        after = remote.version(url, fresh=True)
    except remote.Missing:
        return "it vanished while it was read"
    except InputError as error:
        return str(error).removeprefix(f"{url}: ")
    return "" if after == before else "it changed while it was read"
