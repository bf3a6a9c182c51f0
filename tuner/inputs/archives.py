"""Zip and tar in, their files out, as inputs of their own: `logs.zip!agent.log`.

An archive is recognised by its content, also in a compressed file or in another archive. What one
of them unpacks to is limited, so that a bomb stops (the setting TUNER_UNPACK_LIMIT_GB).
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from tuner.errors import InputError
from tuner.inputs import archive_files
from tuner.inputs.archive_files import ArchiveFiles, broken

SEPARATOR = "!"
SETTING = "TUNER_UNPACK_LIMIT_GB"
DEFAULT_GB = 64.0
_NESTED_MOST = 2 << 30
"""An archive inside another is copied to a temporary file, which is never larger than this."""
_DEPTH = 3
_MOST_MEMBERS = 100_000


def limit() -> int:
    """How many bytes a member of an archive may unpack to."""
    text = os.environ.get(SETTING, "")
    try:
        return int(float(text or DEFAULT_GB) * (1 << 30))
    except (ValueError, OverflowError):
        raise InputError(f"{SETTING}: {text!r} is no number", "give gigabytes, as 64") from None


def is_member(path: str) -> bool:
    """Whether a path names a file inside an archive."""
    outer, mark, inner = path.partition(SEPARATOR)
    return bool(mark and inner) and not Path(path).exists() and Path(outer).is_file()


def members(path: str) -> list[str]:
    """The paths of all files inside an archive; none if the file is no archive.

    Raises InputError for a broken archive, or one of too many files.
    """
    try:
        with Path(path).open("rb") as file:
            return list(_listed(path, cast(BinaryIO, file), 0))
    except OSError:
        return []  # whoever reads it will say why
    except broken() as error:
        raise InputError(f"{path}: the archive is broken: {str(error)[:200]}") from error


def _listed(path: str, file: BinaryIO, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        raise InputError(f"{path}: archives inside archives, {_DEPTH} deep", "unpack it first")
    for number, (name, stream) in enumerate(archive_files.files(file)):
        if number == _MOST_MEMBERS:
            raise InputError(f"{path}: more than {_MOST_MEMBERS:,} files", "unpack it first")
        inside = f"{path}{SEPARATOR}{name}"
        with stream() as opened, archive_files.seekable(opened, _largest()) as nested:
            found = list(_listed(inside, nested, depth + 1)) if nested else []
        yield from found or [inside]


def opened(path: str) -> BinaryIO:
    """The bytes of a member, as the archive holds them.

    Raises InputError when it is not there or cannot be unpacked.
    """
    outer, *names = path.split(SEPARATOR)
    try:
        return cast(BinaryIO, _Member(outer, names))
    except OSError as error:
        raise InputError(f"{path}: {str(error)[:200]}", "check the archive") from error
    except broken() as error:
        raise InputError(f"{path}: {str(error)[:200]}", "check the archive") from error


class _Member(io.RawIOBase):
    """A stream over one file of an archive, which ends with an error behind the limit."""

    def __init__(self, path: str, names: list[str]) -> None:
        self._archive, self._files = _taken(path)
        self._left, self._is_whole = limit(), True
        try:
            self._stream = self._files.open(names)
        except BaseException:
            self._files.close()
            raise

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        whole, self._is_whole = self._is_whole, False  # unless what follows goes well
        piece = self._stream.read(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {limit() / (1 << 30):g} GB ({SETTING})")
        buffer[: len(piece)] = piece
        self._is_whole = whole
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


def _largest() -> int:
    """How large an archive inside another may be."""
    return min(_NESTED_MOST, limit())
