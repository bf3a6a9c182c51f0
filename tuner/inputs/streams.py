"""Paths in, open byte streams out: files, folders, globs, URLs and stdin, plain or compressed.

Compression is told by magic bytes, never by name.
"""

from __future__ import annotations

import bz2
import glob
import io
import lzma
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from tuner.errors import InputError
from tuner.inputs import remote
from tuner.inputs.chunks import is_partial

STDIN = "-"
_PIECE = 1 << 16
KNOWN_BYTES = 1 << 16
"""How much of an input's beginning, and of what was read last, tells it from others."""


def find(paths: Sequence[str | Path]) -> tuple[list[str], list[tuple[str, str]]]:
    """Expand folders and globs; return (files in order, each once) and (path, problem) pairs."""
    files: dict[str, None] = {}
    problems: list[tuple[str, str]] = []
    for given in map(str, paths):
        found, problem = _expand(given)
        files.update(dict.fromkeys(found))
        if problem:
            problems.append((given, problem))
    return list(files), problems


def _expand(given: str) -> tuple[list[str], str]:
    if remote.is_url(given):
        return _expand_url(given)
    path = Path(given)
    if given == STDIN or path.is_file():
        return [given], ""
    if path.is_dir():
        inside = sorted(str(p) for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
        return inside, "" if inside else "the folder holds no files"
    if glob.has_magic(given):
        # glob.glob keeps the pattern's own spelling and takes absolute patterns, Path.glob not
        matched = sorted(p for p in glob.glob(given, recursive=True) if Path(p).is_file())  # noqa: PTH207
        return matched, "" if matched else "no file matches this pattern"
    return ([given], "") if path.exists() else ([], "no such file or folder")


def _expand_url(url: str) -> tuple[list[str], str]:
    try:
        found = remote.find(url)
    except InputError as error:
        return [], f"{_why(error, url)} {error.next_step}".strip()
    return found, "" if found else "no object matches"


def _why(error: InputError, path: str) -> str:
    return str(error).removeprefix(f"{path}: ")


def _hidden(path: Path, top: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(top).parts)


def plain_size(path: str) -> int | None:
    """The size of a plain file, which may be read in ranges; None for anything else."""
    if path == STDIN or not (remote.is_url(path) or Path(path).is_file()):
        return None
    try:
        if remote.is_url(path) and not remote.ranged(path):
            return None
        with _raw(path, parts=True) as file:
            return None if _is_packed(file.read(6)) else int(file.seek(0, io.SEEK_END))
    except (OSError, InputError):
        return None  # whoever reads it will say why


def _is_packed(head: bytes) -> bool:
    return head[:2] in _UTF16 or any(head.startswith(magic) for magic, _, _ in _MAGIC)


class Range(NamedTuple):
    """Bytes `start` to `end` of an open local file; `skip` passes over as many of its stream."""

    file: int
    start: int
    end: int
    skip: Callable[[int], None]


class Opened(NamedTuple):
    """An open log: UTF-8 bytes, the name of its compression ("" if plain), and a byte counter.

    The stream begins at `start` of the unpacked log; `before` are the bytes just before that. Of a
    plain local file of which a range was asked for, `range` is that.
    """

    stream: BinaryIO
    packed: str
    total: Callable[[], int]
    start: int = 0
    before: bytes = b""
    range: Range | None = None


@contextmanager
def opened(
    path: str, start: int = 0, end: int | None = None, little: bool = False
) -> Iterator[Opened]:
    """Open a log from a place on, or of a plain file the whole lines that begin in the range.

    `little`: not all will be read, so of an object only parts are fetched. Raises InputError when
    it cannot be opened.
    """
    some = start > 0 or little
    parts = end is not None or (some and remote.is_url(path) and remote.ranged(path))
    raw = _raw(path, parts)
    try:
        try:
            log = _placed(raw, start, end, parts or not remote.is_url(path))
        except Exception as error:  # stores and decompressors have no common error
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise InputError(f"{path}: reading stopped early: {reason}") from error
        yield log
    finally:
        if raw is not sys.stdin.buffer:
            raw.close()


def _raw(path: str, parts: bool = False) -> Any:
    """An unbuffered stream over the bytes in storage; with `parts` it can seek."""
    if remote.is_url(path):
        return remote.opened(path, parts)
    try:
        return sys.stdin.buffer if path == STDIN else Path(path).open("rb", buffering=0)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: {reason}", "check the path and its permissions") from error


def _placed(raw: Any, start: int, end: int | None, seekable: bool) -> Opened:
    """The log from a place on: a plain one goes there at once, an archive is unpacked up to it."""
    if end is not None:
        return _range(raw, start, end)
    if not start:
        return _unpack(_Counted(raw))
    at = 0
    if seekable and not _is_packed(raw.read(6)):
        at = max(start - KNOWN_BYTES, 0)
        raw.seek(at)
        counted = _Counted(raw)
        log = Opened(cast(BinaryIO, counted), "", counted.total)
    else:
        if seekable:
            raw.seek(0)
        log = _unpack(_Counted(raw))
    skipped, before = skip(log.stream, start - at)
    return log._replace(start=at + skipped, before=before)


def skip(stream: BinaryIO, size: int) -> tuple[int, bytes]:
    """Read over so many bytes; how many there were, and the last of them."""
    skipped, last = 0, b""
    while skipped < size and (piece := stream.read(min(size - skipped, _PIECE))):
        skipped += len(piece)
        last = (last + piece)[-KNOWN_BYTES:]
    return skipped, last


def _range(raw: Any, start: int, end: int) -> Opened:
    buffered = io.BufferedReader(raw)
    first, last = (lines_begin(buffered, at) for at in (start, end))
    buffered.detach()
    before = _exactly(raw, max(first - KNOWN_BYTES, 0), first)
    counted = _Counted(raw, max(last - first, 0))
    local = Range(raw.fileno(), first, last, counted.skip) if isinstance(raw, io.FileIO) else None
    return Opened(cast(BinaryIO, counted), "", counted.total, first, before, local)


def _exactly(raw: Any, start: int, end: int) -> bytes:
    """The bytes of a range; the stream stands behind it then."""
    raw.seek(start)
    return skip(raw, end - start)[1]


def lines_begin(file: Any, at: int) -> int:
    """The first place from `at` on where a line begins that needs no line before it, or the end.

    Every reader of a range finds the same places, so that ranges share no line and lose none.
    """
    while at > 0:
        file.seek(max(at - _PIECE, 0))
        before = file.read(min(at, _PIECE))
        line = before[before.rfind(b"\n", 0, -1) + 1 :]
        if line.endswith(b"\n") and not is_partial(line):
            break
        following = _after_newline(file, at)
        if following == at:
            break
        at = following
    return at


def _after_newline(file: Any, at: int) -> int:
    """The place after the next newline from `at` on, or the end of the file."""
    file.seek(at)
    while piece := file.read(_PIECE):
        found = int(piece.find(b"\n"))
        if found >= 0:
            return at + found + 1
        at += len(piece)
    return at


def _unpack(counted: _Counted) -> Opened:
    stream = io.BufferedReader(cast(io.RawIOBase, counted), 1 << 20)
    head = stream.peek(6)[:6]
    for magic, name, opener in _MAGIC:
        if head.startswith(magic):
            return Opened(opener(cast(BinaryIO, stream)), name, counted.total)
    if head[:2] in _UTF16:
        text = io.TextIOWrapper(cast(Any, stream), _UTF16[head[:2]], errors="replace", newline="")
        return Opened(_Generated(_encoded(text)), "utf-16", counted.total)
    return Opened(cast(BinaryIO, stream), "", counted.total)


def _gz(raw: BinaryIO) -> BinaryIO:
    from isal import igzip

    return cast(BinaryIO, cast(Any, igzip).GzipFile(fileobj=raw))


def _zst(raw: BinaryIO) -> BinaryIO:
    return _Generated(_zst_pieces(raw))


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


_MAGIC: tuple[tuple[bytes, str, Callable[[BinaryIO], BinaryIO]], ...] = (
    (b"\x1f\x8b", "gz", _gz),
    (b"\x28\xb5\x2f\xfd", "zst", _zst),
    (b"BZh", "bz2", lambda raw: cast(BinaryIO, bz2.BZ2File(raw))),
    (b"\xfd7zXZ\x00", "xz", lambda raw: cast(BinaryIO, lzma.LZMAFile(raw))),  # noqa: SIM115
)
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class _Counted(io.RawIOBase):
    """A raw stream that knows how many bytes went through it, and ends after `most` of them."""

    def __init__(self, raw: Any, most: int | None = None) -> None:
        self._raw, self._total, self._most = raw, 0, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._most is not None:
            buffer = memoryview(buffer)[: max(self._most - self._total, 0)]
        n = int(self._raw.readinto(buffer) or 0) if len(buffer) else 0
        self._total += n
        return n

    def skip(self, size: int) -> None:
        self._raw.seek(size, io.SEEK_CUR)
        self._total += size

    def total(self) -> int:
        return self._total


class _Generated(io.RawIOBase, BinaryIO):
    """A stream over pieces of bytes that a generator makes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
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
