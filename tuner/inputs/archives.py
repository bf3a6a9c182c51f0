"""Zip and tar in, their files out, as inputs of their own: `logs.zip!agent.log`.

An archive is recognised by its content, also in a compressed file or in another archive. What one
of them unpacks to is limited, so that a bomb stops (the setting TUNER_UNPACK_LIMIT_GB). Of a broken
archive, the files before the damage are read.
"""

from __future__ import annotations

import atexit
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from tuner.errors import InputError
from tuner.inputs.archive_files import SEPARATOR, ArchiveFiles, broken, files, seekable
from tuner.inputs.packed import SETTING, limit
from tuner.inputs.unpack import some

_NESTED_MOST = 2 << 30
"""An archive inside another is copied to a temporary file, which is never larger than this."""
_DEPTH = 3
_MOST_MEMBERS = 100_000
_PIECE = 1 << 12
"""What is read of a member at once: so much is lost where a checksum is wrong."""


class Members(NamedTuple):
    """The paths of all files inside an archive, and (path, problem) of what cannot be had."""

    paths: list[str]
    problems: list[tuple[str, str]]


def is_member(path: str) -> bool:
    """Whether a path names a file inside an archive."""
    return not Path(path).exists() and bool(_parts(path)[1])


def outer(path: str) -> str:
    """The archive that the path of a file inside names."""
    return _parts(path)[0]


def _parts(path: str) -> tuple[str, str]:
    """The archive of a path, and the rest, which names a file inside; it is "" for other paths."""
    at = path.find(SEPARATOR)
    while at >= 0 and not Path(path[:at]).is_file():
        at = path.find(SEPARATOR, at + 1)
    return (path, "") if at < 0 else (path[:at], path[at + 1 :])


def members(path: str) -> Members:
    """All files inside an archive; none if the file is no archive.

    Raises InputError for archives too deep inside each other, or one of too many files.
    """
    found = Members([], [])
    try:
        with Path(path).open("rb") as file:
            _list(path, cast(BinaryIO, file), 0, found)
    except OSError:
        pass  # whoever reads it will say why
    return found


def _list(path: str, file: BinaryIO, depth: int, found: Members) -> None:
    """Add the files of an archive; those before the damage, if it is broken."""
    if depth > _DEPTH:
        raise InputError(f"{path}: archives inside archives, {_DEPTH} deep", "unpack it first")
    try:
        for name, stream in files(file):
            _list_member(f"{path}{SEPARATOR}{name}", stream, depth, found)
    except broken() as error:
        found.problems.append((path, f"the archive is broken: {str(error)[:200]}"))


def _list_member(path: str, stream: Callable[[], Any], depth: int, found: Members) -> None:
    """Add a file of an archive, or all that are in it."""
    if len(found.paths) == _MOST_MEMBERS:
        raise InputError(f"{outer(path)}: more than {_MOST_MEMBERS:,} files", "unpack it first")
    before = len(found.paths), len(found.problems)
    try:
        with stream() as opened, seekable(opened, _largest()) as nested:
            if nested:
                _list(path, nested, depth + 1, found)
    except broken():
        pass  # whoever reads it will say why
    if before == (len(found.paths), len(found.problems)):
        found.paths.append(path)


def opened(path: str) -> BinaryIO:
    """The bytes of a member, as the archive holds them.

    Raises InputError when it is not there or cannot be unpacked.
    """
    try:
        return cast(BinaryIO, _Member(*_parts(path)))
    except Exception as error:
        if not isinstance(error, (OSError, *broken())):
            raise
        raise InputError(
            f"{path}: {str(error)[:200]}", "Check the archive, or unpack it first."
        ) from error


class _Member(io.RawIOBase):
    """A stream over one file of an archive, which ends with an error behind the limit."""

    def __init__(self, path: str, inner: str) -> None:
        self._archive, self._files = _taken(path)
        self._left, self._is_whole = limit(), True
        try:
            self._stream = self._files.open(inner)
        except BaseException:
            self._files.close()
            raise

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        import tarfile  # not at the top: few logs stand in archives

        self._is_whole = False  # unless what follows goes well
        try:
            piece = some(self._stream, min(len(buffer), _PIECE))
        except tarfile.TarError as error:
            raise EOFError("the archive is cut off or damaged here") from error
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {limit() / (1 << 30):g} GB ({SETTING})")
        buffer[: len(piece)] = piece
        self._is_whole = True
        return len(piece)

    def close(self) -> None:
        """Leave the archive to whoever reads the next of its files."""
        if not self.closed:
            self._stream.close()
            if self._is_whole:
                _leave(self._archive, self._files)
            else:
                self._files.close()
        super().close()


_Archive = tuple[int, str, int, int]
_LEFT: dict[_Archive, ArchiveFiles] = {}
"""The archive that this process read last, at the file behind the one that it read."""


def _taken(path: str) -> tuple[_Archive, ArchiveFiles]:
    """An archive, where this process left it if it is the same: a tar that is compressed can only
    be unpacked from its beginning on."""
    stat = Path(path).stat()
    archive = (os.getpid(), path, stat.st_size, stat.st_mtime_ns)
    found = _LEFT.pop(archive, None)
    if found is None:
        found = ArchiveFiles(cast(BinaryIO, Path(path).open("rb")), _largest())  # noqa: SIM115
    return archive, found


def _leave(archive: _Archive, files: ArchiveFiles) -> None:
    for other in list(_LEFT):
        if (old := _LEFT.pop(other, None)) is not None and other[0] == archive[0]:
            old.close()
    _LEFT[archive] = files


@atexit.register
def _close_left() -> None:
    """At the end nobody reads on."""
    while _LEFT:
        _LEFT.popitem()[1].close()


def _largest() -> int:
    """How large an archive inside another may be."""
    return min(_NESTED_MOST, limit())
