"""Zip and tar in, their files out, as inputs of their own: `logs.zip!agent.log`.

An archive is recognised by its content, also in a compressed file or in another archive. What one
of them unpacks to is limited, so that a bomb stops (the setting TUNER_UNPACK_LIMIT_GB). Of a broken
archive, the files before the damage are read.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, cast

from tuner.errors import InputError
from tuner.inputs.packed import SETTING, limit
from tuner.inputs.unpack import CountedStream, is_packed, some, unpack

SEPARATOR = "!"
_NESTED_MOST = 2 << 30
"""An archive inside another is copied to a temporary file, which is never larger than this."""
_DEPTH = 3
_MOST_MEMBERS = 100_000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HEADER = 512
_PIECE = 1 << 12
"""What is read of a member at once: so much is lost where a checksum is wrong."""
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, ValueError)


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
        for name, stream in _files(file):
            _list_member(f"{path}{SEPARATOR}{name}", stream, depth, found)
    except _BROKEN as error:
        found.problems.append((path, f"the archive is broken: {str(error)[:200]}"))


def _list_member(path: str, stream: _Opener, depth: int, found: Members) -> None:
    """Add a file of an archive, or all that are in it."""
    if len(found.paths) == _MOST_MEMBERS:
        raise InputError(f"{outer(path)}: more than {_MOST_MEMBERS:,} files", "unpack it first")
    before = len(found.paths), len(found.problems)
    try:
        with stream() as opened, _seekable(opened) as nested:
            if nested:
                _list(path, nested, depth + 1, found)
    except _BROKEN:
        pass  # whoever reads it will say why
    if before == (len(found.paths), len(found.problems)):
        found.paths.append(path)


@contextmanager
def _seekable(opened: IO[bytes]) -> Iterator[BinaryIO | None]:
    """A copy of a member that is an archive itself; None if it is none."""
    head = some(opened, _HEADER)
    if not (head.startswith(_ZIP) or _is_tar(head) or is_packed(head)):
        yield None
        return
    with tempfile.TemporaryFile() as copy:
        copy.write(head)
        for piece in iter(partial(some, opened, 1 << 20), b""):
            copy.write(piece)
            if copy.tell() > min(_NESTED_MOST, limit()):
                yield None
                return
        copy.seek(0)
        yield cast(BinaryIO, copy)


_Opener = Callable[[], Any]


def _files(file: BinaryIO) -> Iterator[tuple[str, _Opener]]:
    """(name, how to open it) of each file of an archive, in its order; nothing for other files."""
    head = file.read(4)
    file.seek(0)
    if head.startswith(_ZIP):
        with zipfile.ZipFile(file) as archive:
            for name in [entry.filename for entry in archive.infolist() if not entry.is_dir()]:
                yield name, partial(archive.open, name)
        return
    stream = _UpToDamage(unpack(CountedStream(file))[0])
    if _is_tar(stream.head):
        with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|") as tar:
            yield from _tar_files(tar, stream)


def _tar_files(tar: tarfile.TarFile, stream: _UpToDamage) -> Iterator[tuple[str, _Opener]]:
    try:
        for entry in tar:
            if entry.isfile():
                yield entry.name, partial(tar.extractfile, entry)
    except tarfile.TarError:
        raise stream.damage or EOFError("the tar is cut off") from None


class _UpToDamage:
    """A stream that ends where its compression is damaged; `head` stays to be read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._rest = stream, b""
        self.damage: Exception | None = None
        self.head = self._rest = self.read(_HEADER)

    def read(self, size: int) -> bytes:
        """So many bytes; fewer at the end, or before the damage."""
        data, self._rest = self._rest[:size], self._rest[size:]
        try:
            while len(data) < size and (piece := some(self._stream, size - len(data))):
                data += piece
        except Exception as error:  # decompressors have no common error
            self.damage = error
        return data


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def is_archive(head: bytes) -> bool:
    """Whether what begins like this, once unpacked, is an archive."""
    return head.startswith(_ZIP) or _is_tar(head)


def opened(path: str) -> BinaryIO:
    """The bytes of a member, as the archive holds them.

    Raises InputError when it is not there or cannot be unpacked.
    """
    try:
        return cast(BinaryIO, _Member(*_parts(path)))
    except (OSError, *_BROKEN) as error:
        raise InputError(
            f"{path}: {str(error)[:200]}", "Check the archive, or unpack it first."
        ) from error


class _Member(io.RawIOBase):
    """A stream over one file of an archive, which ends with an error behind the limit."""

    def __init__(self, path: str, inner: str) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115
        self._steps = _walk(cast(BinaryIO, self._file), inner)
        self._left = limit()
        try:
            self._stream = next(self._steps)
        except BaseException:
            self._file.close()
            raise

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        try:
            piece = some(self._stream, min(len(buffer), _PIECE))
        except tarfile.TarError as error:
            raise EOFError("the archive is cut off or damaged here") from error
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {limit() / (1 << 30):g} GB ({SETTING})")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the archive, too."""
        if not self.closed:
            self._steps.close()
            self._file.close()
        super().close()


def _walk(file: BinaryIO, inner: str) -> Any:
    """Yields the stream of a member; archives inside archives are gone through one by one."""
    for name, stream in _files(file):
        if inner == name or inner.startswith(name + SEPARATOR):
            with stream() as found:
                if inner == name:
                    yield found
                    return
                with _seekable(found) as nested:
                    if nested is not None:
                        yield from _walk(nested, inner[len(name) + 1 :])
                        return
    raise FileNotFoundError(f"no file {inner!r} in the archive")
