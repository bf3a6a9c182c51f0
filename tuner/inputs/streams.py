"""A path in, an open stream of its unpacked bytes out, from any place on."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from tuner.errors import InputError
from tuner.inputs import archives, fields_below, remote, traceback_ends
from tuner.inputs.chunks import first_row, is_partial
from tuner.inputs.find import STDIN
from tuner.inputs.unpack import HEAD_BYTES, CountedStream, is_packed, unpack

_PIECE = 1 << 16
KNOWN_BYTES = 1 << 16
"""How much of an input's beginning, and of what was read last, distinguishes it from others."""


def plain_size(path: str) -> int | None:
    """The size of a plain file, which may be read in ranges; None for anything else."""
    if path == STDIN or not (remote.is_url(path) or Path(path).is_file()):
        return None
    try:
        if remote.is_url(path) and not remote.ranged(path):
            return None
        with _raw(path, parts=True) as file:
            return None if is_packed(file.read(HEAD_BYTES)) else int(file.seek(0, io.SEEK_END))
    except (OSError, InputError):
        return None  # whoever reads it will say why


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
    path: str,
    start: int = 0,
    end: int | None = None,
    little: bool = False,
    exact: bool = False,
) -> Iterator[Opened]:
    """Open a log from a place on, or of a plain file the whole lines that begin in the range.

    `little`: not all will be read, so of an object only parts are fetched. `exact`: the range ends
    where it says, which is where records begin. Raises InputError when it cannot be opened.
    """
    some = start > 0 or little
    parts = end is not None or (some and remote.is_url(path) and remote.ranged(path))
    raw = _raw(path, parts)
    try:
        try:
            seekable = parts or (not remote.is_url(path) and raw.seekable())
            is_range = exact and end is not None
            log = (
                _range(raw, start, end or 0)
                if is_range
                else _placed(raw, start, end, little, seekable)
            )
        except Exception as error:  # stores and decompressors have no common error
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            why = f"{path}: reading stopped early: {reason}"
            raise InputError(why, "check the file") from error
        yield log
    finally:
        if raw is not sys.stdin.buffer:
            raw.close()


def _raw(path: str, parts: bool = False) -> Any:
    """An unbuffered stream over the bytes in storage; with `parts` it can seek."""
    if remote.is_url(path):
        return remote.opened(path, parts)
    if archives.is_member(path):
        return archives.opened(path)
    try:
        return _no_device(sys.stdin.buffer if path == STDIN else Path(path).open("rb", buffering=0))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: {reason}", "check the path and its permissions") from error


def _no_device(file: Any) -> Any:
    """The file, unless it is a device like /dev/zero, which gives bytes without an end."""
    try:
        device = stat.S_ISCHR(os.fstat(file.fileno()).st_mode)
    except (OSError, ValueError):  # a stream without a file
        return file
    if device and not file.isatty() and not _is_empty(file):
        if file is not sys.stdin.buffer:
            file.close()
        raise OSError(errno.EINVAL, "a device, and no log")
    return file


def _is_empty(file: Any) -> bool:
    """Whether nothing comes of a device; what does is lost, since it is not read."""
    return not (file.peek(1) if hasattr(file, "peek") else file.read(1))


def _placed(raw: Any, start: int, end: int | None, little: bool, seekable: bool) -> Opened:
    """The log from a place on: a plain one goes there at once, an archive is unpacked up to it."""
    if end is not None:
        return _range(raw, *_lines(raw, start, end))
    if not start:
        return _unpacked(raw, little)
    at = 0
    if seekable and not is_packed(raw.read(HEAD_BYTES)):
        at = max(start - KNOWN_BYTES, 0)
        raw.seek(at)
        counted = CountedStream(raw)
        log = Opened(cast(BinaryIO, counted), "", counted.total)
    else:
        if seekable:
            raw.seek(0)
        log = _unpacked(raw)
    skipped, before = skip(log.stream, start - at)
    return log._replace(start=at + skipped, before=before)


def _unpacked(raw: Any, little: bool = False) -> Opened:
    """The whole log, from its beginning."""
    counted = CountedStream(raw)
    stream, packed = unpack(counted, _PIECE) if little else unpack(counted)
    return Opened(stream, packed, counted.total)


def skip(stream: BinaryIO, size: int) -> tuple[int, bytes]:
    """Read over so many bytes; how many there were, and the last of them."""
    skipped, last = 0, b""
    while skipped < size and (piece := stream.read(min(size - skipped, _PIECE))):
        skipped += len(piece)
        last = (last + piece)[-KNOWN_BYTES:]
    return skipped, last


def lines(path: str) -> int:
    """How many lines an input has."""
    with opened(path) as log:
        found, last = 0, b"\n"
        while piece := log.stream.read(_PIECE):
            found, last = found + piece.count(b"\n"), piece[-1:]
    return found + (last != b"\n")


def _lines(raw: Any, start: int, end: int) -> tuple[int, int]:
    """The ends of a range, moved to where lines begin."""
    buffered = io.BufferedReader(raw)
    first, last = (lines_begin(buffered, at) for at in (start, end))
    buffered.detach()
    return first, last


def _range(raw: Any, first: int, last: int) -> Opened:
    before = _exactly(raw, max(first - KNOWN_BYTES, 0), first)
    counted = CountedStream(raw, max(last - first, 0))
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
    if not at:
        return at
    below = first_row(file, at) or traceback_ends.bytes_below(file, at)
    return at + (below or fields_below.bytes_below(file, at))


def _after_newline(file: Any, at: int) -> int:
    """The place after the next newline from `at` on, or the end of the file."""
    file.seek(at)
    while piece := file.read(_PIECE):
        found = int(piece.find(b"\n"))
        if found >= 0:
            return at + found + 1
        at += len(piece)
    return at
