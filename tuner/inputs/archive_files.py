"""An open zip or tar in, the files in it out, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from tuner.inputs.unpack import CountedStream, is_packed, some, unpack

if TYPE_CHECKING:
    import tarfile

SEPARATOR = "!"
PIECE = 1 << 12
"""What is read of a file at once: so much is lost where its data or checksum is wrong."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HEADER = 512
_Opener = Callable[[], Any]


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
        nested = self._opened.enter_context(seekable(opened, self._largest))
        return None if nested is None else ArchiveFiles(nested.file, self._largest)

    def close(self) -> None:
        """Close the archive."""
        self._opened.close()
        self._file.close()


class Nested(NamedTuple):
    """A copy of an archive inside another, up to where that is damaged, and the damage."""

    file: BinaryIO
    damage: Exception | None


@contextmanager
def seekable(opened: IO[bytes], largest: int) -> Iterator[Nested | None]:
    """A copy of a member that is an archive itself; None if it is none, or too large."""
    stream = _UpToDamage(cast(BinaryIO, opened), PIECE)
    if not (is_archive(stream.head) or is_packed(stream.head)):
        yield None
        return
    import tempfile  # here and below: what few logs need takes as long to load as many to read

    with tempfile.TemporaryFile() as copy:
        for piece in iter(partial(stream.read, 1 << 20), b""):
            copy.write(piece)
            if copy.tell() > largest:
                yield None
                return
        copy.seek(0)
        yield Nested(cast(BinaryIO, copy), stream.damage)


def files(file: BinaryIO) -> Iterator[tuple[str, _Opener]]:
    """(name, how to open it) of each file of an archive, in its order; nothing for other files.

    Each has to be opened before the next is asked for. A second file of a name is called
    `name (2)`.
    """
    given: dict[str, int] = {}
    for name, stream in _files(file):
        number, own = given.get(name, 0), name
        while own in given:
            number += 1
            own = f"{name} ({number + 1})"
        given[name], given[own] = number, 0
        yield own, stream


def _files(file: BinaryIO) -> Iterator[tuple[str, _Opener]]:
    head = file.read(4)
    file.seek(0)
    if head.startswith(_ZIP):
        yield from _zip_files(file)
        return
    stream = _UpToDamage(unpack(CountedStream(file))[0])
    if _is_tar(stream.head):
        import tarfile

        with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|") as tar:
            yield from _tar_files(tar, stream)


def _zip_files(file: BinaryIO) -> Iterator[tuple[str, _Opener]]:
    """... of a zip; without its list, those that can be found."""
    import zipfile

    from tuner.inputs import cut_zip

    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        yield from cut_zip.entries(file)
        return
    with archive:
        for entry in archive.infolist():
            if not entry.filename.endswith("/"):
                yield entry.filename, partial(archive.open, entry)


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

    def __init__(self, stream: BinaryIO, piece: int = 1 << 20) -> None:
        self._stream, self._piece, self._rest = stream, piece, b""
        self.damage: Exception | None = None
        self.head = self._rest = self.read(_HEADER)

    def read(self, size: int) -> bytes:
        """So many bytes; fewer at the end, or before the damage."""
        data, self._rest = self._rest[:size], self._rest[size:]
        try:
            while len(data) < size and (piece := self._some(size - len(data))):
                data += piece
        except Exception as error:  # decompressors have no common error
            self.damage = error
        return data

    def _some(self, size: int) -> bytes:
        return b"" if self.damage else some(self._stream, min(size, self._piece))


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def is_archive(head: bytes) -> bool:
    """Whether what begins like this, once unpacked, is an archive."""
    return head.startswith(_ZIP) or _is_tar(head)
