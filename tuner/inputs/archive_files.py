"""An open zip or tar in, the files in it out, one after the other."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import IO, Any, BinaryIO, cast

from tuner.inputs.unpack import CountedStream, unpack

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_HEADER = 512
_Opener = Callable[[], Any]


class ArchiveFiles:
    """The files of an open archive. Who asks for them in their order has nothing unpacked twice.

    An archive inside it is copied to a temporary file of at most `largest` bytes.
    """

    def __init__(self, file: BinaryIO, largest: int) -> None:
        self._file, self._largest = file, largest
        self._inside: tuple[str, ArchiveFiles] | None = None
        self._opened = ExitStack()
        self._begin()

    def _begin(self) -> None:
        self._file.seek(0)
        self._left, self._passed = files(self._file), set[str]()

    def open(self, names: Sequence[str]) -> IO[bytes]:
        """The bytes of a file; `names` lead to it through archives inside archives.

        Raises FileNotFoundError if there is no such file.
        """
        name, *inner = names
        if not inner:
            return cast(IO[bytes], self._find(name)())
        if self._inside is None or self._inside[0] != name:
            self._inside = name, self._nested(name)
        return self._inside[1].open(inner)

    def _find(self, name: str) -> _Opener:
        if name in self._passed:
            self._begin()
        for found, stream in self._left:
            self._passed.add(found)
            if found == name:
                return stream
        raise FileNotFoundError(f"no file {name!r} in the archive")

    def _nested(self, name: str) -> ArchiveFiles:
        self._opened.close()
        stream = self._opened.enter_context(self._find(name)())
        copy = self._opened.enter_context(seekable(stream, self._largest))
        if copy is None:
            raise FileNotFoundError(f"no archive {name!r} in the archive")
        return ArchiveFiles(copy, self._largest)

    def close(self) -> None:
        """Close the archive."""
        self._opened.close()
        self._file.close()


@contextmanager
def seekable(opened: IO[bytes], largest: int) -> Iterator[BinaryIO | None]:
    """A copy of a file that is an archive itself; None if it is none, or too large."""
    head = opened.read(_HEADER)
    if not (head.startswith(_ZIP) or _is_tar(head) or head.startswith(_PACKED)):
        yield None
        return
    with tempfile.TemporaryFile() as copy:
        copy.write(head)
        while piece := opened.read(1 << 20):
            copy.write(piece)
            if copy.tell() > largest:
                yield None
                return
        copy.seek(0)
        yield cast(BinaryIO, copy)


def files(file: BinaryIO) -> Iterator[tuple[str, _Opener]]:
    """(name, how to open it) of each file of an archive, in its order; nothing for other files.

    Each has to be opened before the next is asked for.
    """
    head = file.read(4)
    file.seek(0)
    if head.startswith(_ZIP):
        import zipfile  # what few logs stand in

        with zipfile.ZipFile(file) as archive:
            for name in [entry.filename for entry in archive.infolist() if not entry.is_dir()]:
                yield name, partial(archive.open, name)
        return
    stream = io.BufferedReader(cast(io.RawIOBase, unpack(CountedStream(file))[0]), _HEADER)
    if _is_tar(_peeked(stream)):
        import tarfile

        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for entry in tar:
                if entry.isfile():
                    yield entry.name, partial(tar.extractfile, entry)


def broken() -> tuple[type[Exception], ...]:
    """What an archive raises that cannot be read."""
    import tarfile
    import zipfile

    return (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, ValueError)


def _peeked(stream: Any) -> bytes:
    try:
        return bytes(stream.peek(_HEADER)[:_HEADER])
    except Exception:  # a compressed file that is broken: whoever reads it will say so
        return b""


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"
