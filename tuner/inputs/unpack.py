"""A raw stream in, its unpacked UTF-8 bytes out: gz, zst, bz2, xz, UTF-16 and
UTF-32.

Compression is detected from the first bytes, never from the name, also of what is unpacked.
"""

from __future__ import annotations

import bz2
import codecs
import io
import lzma
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from tuner.inputs import packed
from tuner.inputs.packed import Packing
from tuner.lazy_patterns import lazy_pattern

HEAD_BYTES = 6
"""So many bytes are enough to detect every format."""
_HELD, _BLANKS = 1 << 13, 3
_NO_ZEROS = lazy_pattern(rb"[^\0]{64,}")
_LITTLE_32 = lazy_pattern(rb"(?:[\t\r\n -~]\0\0\0)(?:[\t\r\n -~]\0)")
_BIG_32 = lazy_pattern(rb"\0\0\0[\t\r\n -~]\0\0")
_PIECE = 1 << 16
_DEPTH = 3
"""So often a file may be packed."""
_XZ_MEMORY = 1 << 29


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is anything but plain UTF-8 text."""
    return bool(_encoding(head)) or _packing(head) is not None


def unpack(raw: io.RawIOBase, ahead: int = 1 << 20) -> tuple[BinaryIO, str]:
    """The unpacked stream, and the name of its compression or encoding; "" for a plain one.

    `ahead` bytes are read at once, the first of them here.
    """
    stream: BinaryIO = cast(BinaryIO, io.BufferedReader(raw, ahead))
    head, names = cast(Any, stream).peek(HEAD_BYTES)[:HEAD_BYTES], list[str]()
    while (packing := _packing(head)) and len(names) < _DEPTH:
        unpacked = GeneratedStream(packed.pieces(stream, packing))
        stream, head = unpacked, unpacked.peek(HEAD_BYTES)
        names.append(packing.name)
    if encoding := _encoding(head):
        stream, names = GeneratedStream(_encoded(stream, encoding)), [*names, encoding[:6]]
    return stream, " in ".join(reversed(names))


def some(stream: Any, size: int) -> bytes:
    """Up to so many bytes, as one read gives them: a read of more would lose those that came before
    an error."""
    return bytes(getattr(stream, "read1", stream.read)(size) or b"")


def _encoding(head: bytes) -> str:
    """The name of the encoding if it is UTF-16 or UTF-32, marked at the beginning or not; else
    ""."""
    if head[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "utf-32"
    for form, name in ((_LITTLE_32, "utf-32-le"), (_BIG_32, "utf-32-be")):
        if form.match(head):
            return name
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    halves = head[0:HEAD_BYTES:2], head[1:HEAD_BYTES:2]
    for zeros, letters, name in ((*halves[::-1], "utf-16-le"), (*halves, "utf-16-be")):
        if zeros == b"\0\0\0" and letters.isascii() and b"\0" not in letters:
            return name
    return ""


def _packing(head: bytes) -> Packing | None:
    return next((each for each in _PACKINGS if head.startswith(each.magic)), None)


def _gz() -> Any:
    from isal import isal_zlib

    return isal_zlib.decompressobj(wbits=31)


def _zst() -> Any:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


def _xz() -> Any:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


_SKIPPED_FRAMES = tuple(bytes([kind]) + b"\x2a\x4d\x18" for kind in range(0x50, 0x60))
_PACKINGS = (
    Packing("gz", b"\x1f\x8b", _gz, 1 << 16, padded=True),
    # These can unpack a byte to a hundred kilobytes, so they are given fewer bytes at once.
    Packing("zst", b"\x28\xb5\x2f\xfd", _zst, 1 << 10, more=_SKIPPED_FRAMES),
    Packing("bz2", b"BZh", bz2.BZ2Decompressor, 1 << 10),
    Packing("xz", b"\xfd7zXZ\x00", _xz, 1 << 10, padded=True),
)


def _encoded(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """UTF-16 as UTF-8, up to where another program went on in UTF-8; UTF-32 to its end."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    if encoding.startswith("utf-32"):
        while piece := stream.read(_PIECE):
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
        return
    rest = b""
    while piece := stream.read(_PIECE):
        rest += piece
        if (end := _end_of_utf16(rest)) is not None:
            yield decoder.decode(rest[:end]).encode()
            yield rest[end:]
            yield from iter(lambda: stream.read(_PIECE), b"")
            return
        held = len(rest) - _HELD
        if held > 0:
            yield decoder.decode(rest[:held]).encode()
            rest = rest[held:]
    yield decoder.decode(rest, final=True).encode()


def _end_of_utf16(data: bytes) -> int | None:
    """Where lines of one byte a sign begin: some with blanks, and without the zeros that nearly all
    of such lines have in UTF-16."""
    found = (each for each in _NO_ZEROS.finditer(data) if each[0].isascii())
    return next((e.start() for e in found if b"\n" in e[0] and e[0].count(b" ") > _BLANKS), None)


class CountedStream(io.RawIOBase):
    """A raw stream that knows how many bytes went through it, and ends after `most` of them."""

    def __init__(self, raw: Any, most: int | None = None) -> None:
        self._raw, self._total, self._most = raw, 0, most

    def readable(self) -> bool:
        """True: that is all it can do."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or as much of it as may still be read; 0 at the end."""
        if self._most is not None:
            buffer = memoryview(buffer)[: max(self._most - self._total, 0)]
        n = int(self._raw.readinto(buffer) or 0) if len(buffer) else 0
        self._total += n
        return n

    def seekable(self) -> bool:
        """Whether it can go back."""
        return bool(self._raw.seekable())

    def tell(self) -> int:
        """How many bytes went through."""
        return self._total

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, counted from where the stream was when this one began."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only from the beginning")
        self._raw.seek(offset - self._total, io.SEEK_CUR)
        self._total = offset
        return offset

    def skip(self, size: int) -> None:
        """Pass over so many bytes, which count as read."""
        self._raw.seek(size, io.SEEK_CUR)
        self._total += size

    def total(self) -> int:
        """How many bytes went through."""
        return self._total


class GeneratedStream(io.RawIOBase, BinaryIO):
    """A stream over pieces of bytes that a generator makes. Its error comes at every later read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")
        self._error: Exception | None = None

    def readable(self) -> bool:
        """True: that is all it can do."""
        return True

    def peek(self, size: int) -> bytes:
        """Up to so many of the next bytes, which stay; an error is left to whoever reads them."""
        head = b""
        while len(head) < size and (piece := self._next()):
            head += piece
        self._rest = memoryview(head)
        return head[:size]

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next piece, or as much of it as fits; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(self._next())
        if not self._rest and self._error is not None:
            raise self._error
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n

    def _next(self) -> bytes:
        """The next piece that holds anything; b"" at the end, or at an error, which is kept."""
        try:
            return next(filter(None, self._pieces), b"")
        except Exception as error:
            self._error = error
            return b""
