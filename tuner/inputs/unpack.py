"""A raw stream in, its unpacked UTF-8 bytes out: gz, zst, bz2, xz and UTF-16.

Compression is detected from the first bytes, never from the name.
"""

from __future__ import annotations

import bz2
import io
import lzma
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

HEAD_BYTES = 6
"""So many bytes are enough to detect every format."""
_PIECE = 1 << 16


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is anything but plain UTF-8 text."""
    return bool(_utf16(head)) or any(head.startswith(magic) for magic, _, _ in _FORMATS)


def unpack(raw: io.RawIOBase) -> tuple[BinaryIO, str]:
    """The unpacked stream, and the name of its compression or encoding; "" for a plain one."""
    stream = io.BufferedReader(raw, 1 << 20)
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    for magic, name, opener in _FORMATS:
        if head.startswith(magic):
            return opener(cast(BinaryIO, stream)), name
    if encoding := _utf16(head):
        text = io.TextIOWrapper(cast(Any, stream), encoding, errors="replace", newline="")
        return GeneratedStream(_encoded(text)), "utf-16"
    return cast(BinaryIO, stream), ""


def _utf16(head: bytes) -> str:
    """The name of the encoding if it is UTF-16, marked at the beginning or not; else ""."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    halves = head[0:HEAD_BYTES:2], head[1:HEAD_BYTES:2]
    for zeros, letters, name in ((*halves[::-1], "utf-16-le"), (*halves, "utf-16-be")):
        if zeros == b"\0\0\0" and letters.isascii() and b"\0" not in letters:
            return name
    return ""


def _gz(raw: BinaryIO) -> BinaryIO:
    from isal import igzip

    return cast(BinaryIO, cast(Any, igzip).GzipFile(fileobj=raw))


def _zst(raw: BinaryIO) -> BinaryIO:
    return GeneratedStream(_zst_pieces(raw))


def _zst_pieces(raw: BinaryIO) -> Iterator[bytes]:
    """Decompress frame by frame: the library's own reader takes a truncated frame for an end."""
    import zstandard

    frame, waiting = zstandard.ZstdDecompressor().decompressobj(), False
    while data := raw.read(_PIECE):
        while data:
            yield frame.decompress(data)
            waiting, data = not frame.eof, frame.unused_data if frame.eof else b""
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
    if waiting:
        raise EOFError("the last zstd frame is cut off")


def _encoded(text: io.TextIOWrapper) -> Iterator[bytes]:
    while piece := text.read(_PIECE):
        yield piece.encode()


_FORMATS: tuple[tuple[bytes, str, Callable[[BinaryIO], BinaryIO]], ...] = (
    (b"\x1f\x8b", "gz", _gz),
    (b"\x28\xb5\x2f\xfd", "zst", _zst),
    (b"BZh", "bz2", lambda raw: cast(BinaryIO, bz2.BZ2File(raw))),
    (b"\xfd7zXZ\x00", "xz", lambda raw: cast(BinaryIO, lzma.LZMAFile(raw))),  # noqa: SIM115
)


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

    def skip(self, size: int) -> None:
        """Pass over so many bytes, which count as read."""
        self._raw.seek(size, io.SEEK_CUR)
        self._total += size

    def total(self) -> int:
        """How many bytes went through."""
        return self._total


class GeneratedStream(io.RawIOBase, BinaryIO):
    """A stream over pieces of bytes that a generator makes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """True: that is all it can do."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next piece, or as much of it as fits; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n
