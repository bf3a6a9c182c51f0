"""Zip and tar in, their files out, as inputs of their own: `logs.zip!agent.log`.

An archive is recognised by its content, also in a compressed file or in another archive. What one
of them unpacks to is limited, so that a bomb stops (the setting TUNER_UNPACK_LIMIT_GB).
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from tuner.errors import InputError
from tuner.inputs.unpack import CountedStream, unpack

SEPARATOR = "!"
SETTING = "TUNER_UNPACK_LIMIT_GB"
DEFAULT_GB = 64.0
_NESTED_MOST = 2 << 30
"""An archive inside another is copied to a temporary file, which is never larger than this."""
_DEPTH = 3
_MOST_MEMBERS = 100_000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HEADER = 512


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
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: the archive is broken: {str(error)[:200]}") from error


def _listed(path: str, file: BinaryIO, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        raise InputError(f"{path}: archives inside archives, {_DEPTH} deep", "unpack it first")
    for number, (name, stream) in enumerate(_files(file)):
        if number == _MOST_MEMBERS:
            raise InputError(f"{path}: more than {_MOST_MEMBERS:,} files", "unpack it first")
        inside = f"{path}{SEPARATOR}{name}"
        with stream() as opened, _seekable(opened) as nested:
            found = list(_listed(inside, nested, depth + 1)) if nested else []
        yield from found or [inside]


@contextmanager
def _seekable(opened: IO[bytes]) -> Iterator[BinaryIO | None]:
    """A copy of a member that is an archive itself; None if it is none."""
    head = opened.read(_HEADER)
    if not (head.startswith(_ZIP) or _is_tar(head) or head.startswith(_PACKED)):
        yield None
        return
    with tempfile.TemporaryFile() as copy:
        copy.write(head)
        while piece := opened.read(1 << 20):
            copy.write(piece)
            if copy.tell() > min(_NESTED_MOST, limit()):
                yield None
                return
        copy.seek(0)
        yield cast(BinaryIO, copy)


_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
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
    stream = io.BufferedReader(cast(io.RawIOBase, unpack(CountedStream(file))[0]), _HEADER)
    if _is_tar(_peeked(stream)):
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for entry in tar:
                if entry.isfile():
                    yield entry.name, partial(tar.extractfile, entry)


def _peeked(stream: Any) -> bytes:
    try:
        return bytes(stream.peek(_HEADER)[:_HEADER])
    except Exception:  # a compressed file that is broken: whoever reads it will say so
        return b""


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def opened(path: str) -> BinaryIO:
    """The bytes of a member, as the archive holds them.

    Raises InputError when it is not there or cannot be unpacked.
    """
    outer, *names = path.split(SEPARATOR)
    try:
        return cast(BinaryIO, _Member(outer, names))
    except (OSError, RuntimeError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise InputError(f"{path}: {str(error)[:200]}", "check the archive") from error


class _Member(io.RawIOBase):
    """A stream over one file of an archive, which ends with an error behind the limit."""

    def __init__(self, path: str, names: list[str]) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115
        self._steps = _walk(cast(BinaryIO, self._file), names)
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
        piece = self._stream.read(len(buffer))
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


def _walk(file: BinaryIO, names: list[str]) -> Any:
    """Yields the stream of a member; archives inside archives are gone through one by one."""
    for name, stream in _files(file):
        if name == names[0]:
            with stream() as found:
                if len(names) == 1:
                    yield found
                    return
                with _seekable(found) as nested:
                    if nested is not None:
                        yield from _walk(nested, names[1:])
                        return
    raise FileNotFoundError(f"no file {names[0]!r} in the archive")
