"""An open zip or tar in, the files in it out, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from tuner.inputs.unpack import CountedStream, is_packed, some, unpack

if TYPE_CHECKING:
    import tarfile

SEPARATOR = "!"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HEADER = 512
_Opener = Callable[[], Any]


def broken() -> tuple[type[Exception], ...]:
    """What an archive raises that cannot be read."""
    import tarfile
    import zipfile

    return (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, ValueError)


class ArchiveFiles:
    """The files of an open archive. Who asks for them in their order has nothing unpacked twice.

    An archive inside it is copied to a temporary file of at most `largest` bytes.
    """

    def __init__(self, file: BinaryIO, largest: int) -> None:
        self._file, self._largest = file, largest
        self._opened = ExitStack()
        self._begin()

    def _begin(self) -> None:
        self._file.seek(0)
        self._left, self._passed = files(self._file), set[str]()
        self._inside: tuple[str, ArchiveFiles] | None = None

    def open(self, inner: str) -> IO[bytes]:
        """The bytes of a file, which may stand in an archive inside: `inner.zip!agent.log`.

        Raises FileNotFoundError if there is no such file.
        """
        if self._inside is not None and inner.startswith(self._inside[0]):
            return self._inside[1].open(inner.removeprefix(self._inside[0]))
        if inner in self._passed:
            self._begin()
        from_start = not self._passed
        found = self._next(inner)
        if found is None and not from_start:
            self._begin()
            found = self._next(inner)
        if found is None:
            raise FileNotFoundError(f"no file {inner!r} in the archive")
        return found

    def _next(self, inner: str) -> IO[bytes] | None:
        """The same if it stands behind all files that were given; else None."""
        for name, stream in self._left:
            self._passed.add(name)
            if name == inner:
                return cast(IO[bytes], stream())
            if inner.startswith(name + SEPARATOR) and (nested := self._nested(stream)) is not None:
                self._inside = name + SEPARATOR, nested
                return nested.open(inner.removeprefix(name + SEPARATOR))
        return None

    def _nested(self, stream: _Opener) -> ArchiveFiles | None:
        self._opened.close()
        opened = self._opened.enter_context(stream())
        copy = self._opened.enter_context(seekable(opened, self._largest))
        return None if copy is None else ArchiveFiles(copy, self._largest)

    def close(self) -> None:
        """Close the archive."""
        self._opened.close()
        self._file.close()


@contextmanager
def seekable(opened: IO[bytes], largest: int) -> Iterator[BinaryIO | None]:
    """A copy of a member that is an archive itself; None if it is none, or too large."""
    head = some(opened, _HEADER)
    if not (head.startswith(_ZIP) or _is_tar(head) or is_packed(head)):
        yield None
        return
    import tempfile  # here and below: what few logs need takes as long to load as many to read

    with tempfile.TemporaryFile() as copy:
        copy.write(head)
        for piece in iter(partial(some, opened, 1 << 20), b""):
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
        import zipfile

        with zipfile.ZipFile(file) as archive:
            for name in [entry.filename for entry in archive.infolist() if not entry.is_dir()]:
                yield name, partial(archive.open, name)
        return
    stream = _UpToDamage(unpack(CountedStream(file))[0])
    if _is_tar(stream.head):
        import tarfile

        with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|") as tar:
            yield from _tar_files(tar, stream)


def _tar_files(tar: tarfile.TarFile, stream: _UpToDamage) -> Iterator[tuple[str, _Opener]]:
    from tarfile import TarError

    try:
        for entry in tar:
            if entry.isfile():
                yield entry.name, partial(tar.extractfile, entry)
    except TarError:
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
