"""A zip without its list of files in, its files out, as each stands behind a header of its own.

The list stands at the end, so a zip that is cut off has none. What a header says is believed as
far as it goes; of a file that was packed in one go (its size stands behind it) the packed data
itself says where it ends.
"""

from __future__ import annotations

import bz2
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any, BinaryIO, NamedTuple, cast

from tuner.inputs.unpack import GeneratedStream
from tuner.lazy_patterns import lazy_pattern

_MAGIC, _LIST, _BEHIND = b"PK\x03\x04", (b"PK\x01\x02", b"PK\x05\x06"), b"PK\x07\x08"
_HEADER = struct.Struct("<4s5H3L2H")
_LARGE = struct.Struct("<QQ")
_IN_EXTRA = 0xFFFFFFFF
_ENCRYPTED, _SIZE_BEHIND, _UTF8 = 1, 8, 0x800
_PIECE = 1 << 10
"""Some packings make a hundred kilobytes of one byte."""
_NAME = lazy_pattern(r"[^\x00-\x1f\x7f-\x9f]{1,255}")
_MOST = 1 << 62


class _File(NamedTuple):
    """A file of the archive: where its packed bytes begin, and what its header says."""

    info: zipfile.ZipInfo
    start: int
    is_whole: bool

    @property
    def end(self) -> int:
        """Where its packed bytes end."""
        return self.start + self.info.compress_size


def entries(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """(name, how to open it) of each file; at the end BadZipFile, which says where it breaks."""
    at, size = 0, file.seek(0, io.SEEK_END)
    while (found := _file(file, at, size)) is not None:
        if not found.info.filename.endswith("/"):
            yield found.info.filename, partial(_open, file, found, size)
        if not found.is_whole:
            raise zipfile.BadZipFile(f"the zip is cut off after byte {size:,}")
        at = _behind(file, found)
    raise zipfile.BadZipFile(_why(file, at, size))


def _file(file: BinaryIO, at: int, size: int) -> _File | None:
    """The file whose header stands at this place; None if none does."""
    header = _read(file, at, _HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        return None
    _, _, flags, method, _, _, crc, packed, plain, name_size, extra_size = _HEADER.unpack(header)
    rest = _read(file, at + len(header), name_size + extra_size)
    start = at + len(header) + name_size + extra_size
    if start > size:
        return None
    name = rest[:name_size].decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    if not _NAME.fullmatch(name):  # its length is damaged, and it is what stands behind the name
        return None
    info = zipfile.ZipInfo(name)
    info.flag_bits, info.compress_type, info.CRC = flags, method, crc
    info.compress_size, info.file_size = packed, plain
    if flags & _SIZE_BEHIND:
        return _File(info, start, _measured(file, info, start))
    if _IN_EXTRA in (packed, plain):
        info.file_size, info.compress_size = _large(rest[name_size:])
    return _File(info, start, start + info.compress_size <= size)


def _large(extra: bytes) -> tuple[int, int]:
    """The sizes of a file above 4 GB, plain and packed."""
    at = 0
    while at + 4 + _LARGE.size <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            plain, packed = _LARGE.unpack_from(extra, at + 4)
            return plain, packed
        at += 4 + size
    return _MOST, _MOST


def _measured(file: BinaryIO, info: zipfile.ZipInfo, start: int) -> bool:
    """Give a file the sizes that its data has; whether it is all there.

    Only deflate says where it ends; other data is taken to go on to the end of the archive.
    """
    del info.CRC  # it stands behind the data, which ends as it should if this finds its end
    info.file_size = info.compress_size = _MOST
    if info.compress_type != zipfile.ZIP_DEFLATED or info.flag_bits & _ENCRYPTED:
        return False
    decoder, plain = zlib.decompressobj(-zlib.MAX_WBITS), 0
    file.seek(start)
    while not decoder.eof:
        data = decoder.unconsumed_tail or file.read(_PIECE)
        if not data:
            return False
        try:
            plain += len(decoder.decompress(data, _PIECE))
        except zlib.error:  # whoever reads it will say why
            return False
    end = file.tell() - len(decoder.unused_data)
    info.file_size, info.compress_size = plain, end - start
    return True


def _behind(file: BinaryIO, found: _File) -> int:
    """Where the next header stands: behind the sizes, if they follow the data."""
    if not found.info.flag_bits & _SIZE_BEHIND:
        return found.end
    following = _read(file, found.end, 28)
    for size in (12, 16, 20, 24):  # with a mark or without, with sizes of 4 bytes or of 8
        if following[size : size + 4] in (_MAGIC, *_LIST):
            return found.end + size
    return found.end + (16 if following.startswith(_BEHIND) else 12)


def _why(file: BinaryIO, at: int, size: int) -> str:
    head = _read(file, at, 4)
    if head in _LIST:
        return f"the zip's list of files, from byte {at:,} on, is cut off or damaged"
    if at + _HEADER.size > size or any(magic.startswith(head) for magic in (_MAGIC, *_LIST)):
        return f"the zip is cut off after byte {size:,}"
    return f"the zip is damaged at byte {at:,}"


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _open(file: BinaryIO, found: _File, size: int) -> IO[bytes]:
    """A file of the archive. Raises RuntimeError if it is encrypted, or packed in a way unknown."""
    if found.info.flag_bits & _ENCRYPTED:
        raise RuntimeError(f"File {found.info.filename!r} is encrypted")
    file.seek(found.start)
    if found.is_whole:
        return cast(IO[bytes], zipfile.ZipExtFile(file, "r", found.info))
    if found.info.compress_type not in _DECODERS:
        raise RuntimeError("That compression method is not supported")
    return GeneratedStream(_begun(file, _DECODERS[found.info.compress_type](), size))


def _begun(file: BinaryIO, decoder: Any, size: int) -> Iterator[bytes]:
    """What can be unpacked of a file that is cut off, and an error at the end."""
    while data := file.read(_PIECE):
        yield decoder.decompress(data)
    raise EOFError(f"the zip is cut off after byte {size:,}")


class _Stored:
    """Unpacks what is not packed."""

    def decompress(self, data: bytes) -> bytes:
        """The same."""
        return data


_DECODERS: dict[int, Callable[[], Any]] = {
    zipfile.ZIP_STORED: _Stored,
    zipfile.ZIP_DEFLATED: partial(zlib.decompressobj, -zlib.MAX_WBITS),
    zipfile.ZIP_BZIP2: bz2.BZ2Decompressor,
    zipfile.ZIP_LZMA: lambda: cast(Any, zipfile).LZMADecompressor(),
}
