"""Zip and tar in, their files out, as inputs of their own: `logs.zip!agent.log`.

An archive is recognised by its content, also in a compressed file or in another archive. What one
of them unpacks to is limited, so that a bomb stops (the setting TUNER_UNPACK_LIMIT_GB). Of a broken
archive, the files before the damage are read.
"""

from __future__ import annotations

import atexit
import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from tuner.errors import InputError
from tuner.inputs.archive_files import PIECE, SEPARATOR, ArchiveFiles, files, is_archive, seekable
from tuner.inputs.packed import SETTING, limit
from tuner.inputs.unpack import CountedStream, is_packed, some, unpack

_NESTED_MOST = 2 << 30
"""An archive inside another is copied to a temporary file, which is never larger than this."""
_DEPTH = 3
_MOST_MEMBERS = 100_000


class Members(NamedTuple):
    """The paths of all files inside an archive, and (path, problem) of what cannot be had."""

    paths: list[str]
    problems: list[tuple[str, str]]


def is_member(path: str) -> bool:
    """Whether a path names a file inside an archive."""
    return SEPARATOR in path and not Path(path).exists() and bool(_parts(path)[1])


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
    with suppress(OSError), Path(path).open("rb") as file:  # whoever reads it will say why
        _list(path, cast(BinaryIO, file), 0, found)
    return found


def _list(path: str, file: BinaryIO, depth: int, found: Members) -> None:
    """Add the files of an archive; those before the damage, if it is broken."""
    if depth > _DEPTH:
        raise InputError(f"{path}: archives inside archives, {_DEPTH} deep", "unpack it first")
    try:
        for name, stream in files(file):
            _list_member(f"{path}{SEPARATOR}{name}", stream, depth, found)
    except InputError:
        raise
    except Exception as error:  # archives and decompressors have no common error
        found.problems.append((path, f"the archive is broken: {why(error)}"))


def _list_member(path: str, stream: Callable[[], Any], depth: int, found: Members) -> None:
    """Add a file of an archive, or all that are in it."""
    if len(found.paths) == _MOST_MEMBERS:
        raise InputError(f"{outer(path)}: more than {_MOST_MEMBERS:,} files", "unpack it first")
    before = len(found.paths), len(found.problems)
    try:
        with stream() as opened, seekable(opened, _largest()) as nested:
            if nested:
                _list(path, nested.file, depth + 1, found)
                if nested.damage and len(found.paths) > before[0]:
                    found.problems.append((path, f"the archive is broken: {why(nested.damage)}"))
    except InputError:
        raise
    except Exception:  # whoever reads it will say why
        pass
    if before == (len(found.paths), len(found.problems)):
        found.paths.append(path)


def why(error: Exception) -> str:
    """What is wrong with an archive. What Python says of headers that differ quotes the file."""
    text = " ".join(str(error).split())[:200] or type(error).__name__
    return "the headers of a file differ" if text.startswith("File name in directory") else text


class Inside(NamedTuple):
    """A file of an archive: its name, and its stream, or why it cannot be read."""

    name: str
    stream: Any
    problem: str = ""


def all_files(file: BinaryIO, name: str = "", depth: int = 0) -> Iterator[Inside]:
    """Every file of an open archive, which has this name, and of those inside it, in its order.

    Each has to be read before the next is asked for. One that cannot be read costs no other.
    """
    if depth > _DEPTH:
        yield Inside(name, None, f"archives inside archives, {_DEPTH} deep")
        return
    try:
        for number, (own, stream) in enumerate(files(file)):
            if number == _MOST_MEMBERS:
                yield Inside(name, None, f"more than {_MOST_MEMBERS:,} files")
                return
            yield from _all_inside(f"{name}{SEPARATOR}{own}" if name else own, stream, depth)
    except Exception as error:  # archives and decompressors have no common error
        yield Inside(name, None, f"the archive is broken: {why(error)}")


def _all_inside(name: str, stream: Callable[[], Any], depth: int) -> Iterator[Inside]:
    """A file of an archive, or all those in it."""
    try:
        with stream() as opened:
            yield from _unfolded(name, opened, depth)
    except Exception as error:  # it is encrypted, or packed in an unknown way
        yield Inside(name, None, why(error))


def _unfolded(name: str, opened: Any, depth: int) -> Iterator[Inside]:
    stream = io.BufferedReader(opened) if isinstance(opened, io.RawIOBase) else opened
    head = stream.peek(PIECE)
    if not is_packed(head) and not is_archive(head):
        yield Inside(name, stream)
        return
    with seekable(stream, _largest()) as nested:
        if nested is None:
            yield Inside(name, None, "an archive inside it is too large")
            return
        inside = is_archive(some(unpack(CountedStream(nested.file))[0], PIECE))
        nested.file.seek(0)
        one = [Inside(name, nested.file)]
        yield from all_files(nested.file, name, depth + 1) if inside else one
        if nested.damage:
            yield Inside(name, None, f"the archive is broken: {why(nested.damage)}")


def opened(path: str) -> BinaryIO:
    """The bytes of a member, as the archive holds them.

    Raises InputError when it is not there or cannot be unpacked.
    """
    try:
        return cast(BinaryIO, _Member(*_parts(path)))
    except Exception as error:  # archives and decompressors have no common error
        raise InputError(
            f"{path}: {why(error)}", "Check the archive, or unpack it first."
        ) from error


class _Member(io.RawIOBase):
    """A stream over one file of an archive, which ends with an error behind the limit."""

    def __init__(self, path: str, inner: str) -> None:
        self._archive, self._files = _taken(path)
        self._left = limit()
        self._error: Exception | None = None
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
        try:
            piece = self._piece(min(len(buffer), PIECE))
        except Exception as error:  # archives and decompressors have no common error
            self._error = error
            raise
        buffer[: len(piece)] = piece
        return len(piece)

    def _piece(self, size: int) -> bytes:
        """What comes next. An error comes again: who looks at the beginning only may ignore it."""
        import tarfile  # not at the top: few logs stand in archives

        if self._error is not None:
            raise self._error
        try:
            piece = some(self._stream, size)
        except tarfile.TarError as error:
            raise EOFError("the archive is cut off or damaged here") from error
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {limit() / (1 << 30):g} GB ({SETTING})")
        return piece

    def close(self) -> None:
        """Leave the archive to whoever reads the next of its files."""
        if not self.closed:
            self._stream.close()
            if self._error is None:
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
