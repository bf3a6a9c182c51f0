"""A byte stream in, chunks of whole lines out, in bounded memory.

A chunk is about `CHUNK` bytes. A line that outgrows a chunk is dropped and counted, never held.
"""

from __future__ import annotations

import io
import mmap
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple, TypeAlias

from tuner.inputs import fields_below, traceback_ends
from tuner.lazy_patterns import lazy_pattern

CHUNK = 16 << 20
MAX_LINE = 1 << 20
TOO_LONG = "longer than 1 MiB"
"""Why a longer line is not read."""
DOCKER_SPLIT = 16_000
"""Docker's json-file driver splits records after 16 KB; a shorter entry is never a piece."""
_PIECE = 1 << 18
_LEAD = 1 << 16
"""Room before a block's bytes for the line that the block before ended in."""
Data: TypeAlias = bytes | memoryview


class ChunkOrigin(NamedTuple):
    """Where the lines of a chunk stood in the input that they were taken from (an export).

    `names` says what the input is, and what was done to it. `line` is the 1-based line of the
    input for each line of the chunk, `taken` how many lines of the input stand for it. `lines` and
    `size` (bytes) are what the chunk took of the input, `before` the lines of all chunks before
    it. `unread` counts lines that hold no text for a reader, by reason, and `places` has the first
    few of them. `stamped` lines begin with the export's time. `unordered`: the records do not
    stand in the order of their times; None if whoever reads the lines has to look.
    """

    names: tuple[str, ...]
    line: array[int]
    taken: array[int]
    lines: int
    size: int
    before: int
    unread: Counter[str]
    places: tuple[tuple[int, bytes], ...] = ()
    stamped: int = 0
    unordered: bool | None = False


class Chunk(NamedTuple):
    """Whole lines. `dropped` lines too long to hold stood before `data` and are gone.

    `data` is a view of memory that the next chunk is read into: keep what you need as `bytes`.
    `raw` is how many bytes of the (possibly compressed) file have been read so far.
    `problem` says why the stream ended early; "" while it did not. `packed` is the compression.
    `at` is the place in the (unpacked) stream after `data`. A `waiting` chunk is not finished: more
    may come to its last record, so that a later run has to read it again. `origin`: where its lines
    stood, if they are not the input's own. It `begins` a file of an archive. `carried` names what
    was undone of how the log stood in the input.
    """

    data: Data
    dropped: int = 0
    raw: int = 0
    problem: str = ""
    packed: str = ""
    at: int = 0
    waiting: bool = False
    origin: ChunkOrigin | None = None
    begins: bool = False
    carried: tuple[str, ...] = ()

    def place(self, line: int, before: int) -> int:
        """The line of the input, 1-based, that a line of the chunk stands for; `before` is how many
        lines the chunks before it have."""
        return before + line if self.origin is None else self.origin.line[line - 1]


def chunks(stream: BinaryIO, total: Callable[[], int], size: int = CHUNK) -> Iterator[Chunk]:
    """Cut a stream into chunks that end at a line's end; the last line may lack its newline.

    A chunk never ends between the pieces of a split container line, so that every chunk can be
    understood alone. A stream that breaks gives what was read before, then the reason.
    """
    rest, dropped, skipping, problem = b"", 0, False, ""
    read, torn = 0, False
    for block, end, reason in _blocks(stream, size):
        problem, begin = reason, _LEAD
        read += end - _LEAD
        if skipping:
            begin = block.find(b"\n", _LEAD, end) + 1
            skipping = begin == 0
            begin = begin or end
        block, begin, end = _led(rest, block, begin, end)
        cut = finished(block, begin, max(block.rfind(b"\n", begin, end) + 1, begin))
        rest = bytes(block[cut:end])
        if cut > begin or (dropped and not rest):
            data = memoryview(block)[begin:cut]
            yield Chunk(data, dropped, total(), at=read - len(rest), waiting=torn or skipping)
            dropped = 0
        if len(rest) > size + MAX_LINE:
            rest, dropped, skipping = rest[: rest.rfind(b"\n") + 1], dropped + 1, True
            torn = torn or bool(rest)  # a gap in what is held: its place is unknown from here on
    if rest or dropped or problem:
        yield Chunk(rest, dropped, total(), problem, at=read, waiting=True)


Space: TypeAlias = bytearray | mmap.mmap
Block = tuple[Space, int, str]


def _led(rest: bytes, block: Space, begin: int, end: int) -> tuple[Space, int, int]:
    """Put what is left of the block before in front of this one's bytes, in place if it fits."""
    if begin < len(rest):
        return bytearray(rest) + block[begin:end], 0, len(rest) + end - begin
    block[begin - len(rest) : begin] = rest
    return block, begin - len(rest), end


def _blocks(stream: Any, size: int) -> Iterator[Block]:
    """(block, where its bytes end, why the stream broke): about `size` bytes each, from _LEAD on.

    Always the same block: fresh memory would cost a page fault for every 4 KB, as much as the scan.
    A broken archive gives an error for the whole call, so unpacked streams are read in pieces.
    """
    block = _block(_LEAD + size)
    try:
        yield from _filled(stream, block, size)
    finally:
        _FREE.append(block)


_FREE: list[mmap.mmap] = []
"""Blocks that nobody reads into: for whoever reads next in this process."""


def _block(size: int) -> mmap.mmap:
    fits = [index for index, block in enumerate(_FREE) if len(block) == size]
    if fits:
        return _FREE.pop(fits[0])
    block = room(size)
    if hasattr(mmap, "MADV_HUGEPAGE"):  # all of it is used at once
        with suppress(OSError):  # a kernel without them
            block.madvise(mmap.MADV_HUGEPAGE)
    return block


def room(size: int) -> mmap.mmap:
    """Memory of this process alone that takes no place until it is used."""
    if hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return mmap.mmap(-1, size)  # Windows, where no process is a fork of another


def _filled(stream: Any, block: mmap.mmap, size: int) -> Iterator[Block]:
    while True:
        got, problem = 0, ""
        try:
            while got < size:
                n = _fill(stream, block, _LEAD + got, size - got)
                if not n:
                    break
                got += n
        except Exception as error:  # zlib.error, lzma.LZMAError and ZstdError share no other base
            problem = stopped_early(error)
        if got or problem:
            yield block, _LEAD + got, problem
        if problem or not got:
            return


def _fill(stream: Any, block: mmap.mmap, start: int, most: int) -> int:
    """Read up to `most` bytes into the block at `start`, less if unpacked; how many they were."""
    if isinstance(stream, io.RawIOBase):
        with memoryview(block) as view:
            return int(stream.readinto(view[start : start + most]) or 0)
    piece = stream.read1(min(most, _PIECE))
    block[start : start + len(piece)] = piece
    return len(piece)


def stopped_early(error: Exception) -> str:
    """Why a stream broke, in one line."""
    text = str(error) or type(error).__name__
    return f"reading stopped early: {text[:200]}"


_CRI_MARKS = (b" stdout P ", b" stderr P ")
_WRAPPED = 400
"""So many bytes the wrappers take at most, one in another, that may stand before such a mark."""


_SCREEN_ROW = lazy_pattern(rb"\n    (?:\x1b\[[\d;]*m)*\d\d:\d\d:\d\d[. ]")
"""Where a record begins on the screens that livekit-agents 1.3.1 to 1.5.17 prints."""
_OTHER_ROW = lazy_pattern(
    rb"\n[^\n{]{1,120}?    (?:\x1b\[[\d;]*m)*\d\d:\d\d:\d\d[. ]"
    rb"|\n\d\d:\d\d:\d\d(?:\.\d{3})? [A-Z]{4,8}(?: {2,5}| ?\xe2\x80\xa6 )[a-z]"
)
"""The same behind what a shipper put before each row, or without the margin."""
_NO_OBJECT = lazy_pattern(rb"\n[^\n{]")
"""A line that such a prefix may begin; a log of JSON objects has none."""
_LAST_LINE = 200
_FEW_ROWS = 1000
SCREEN_SECOND = 1 << 20
"""In so many bytes of a screen the time changes: rows below one with the same time have none."""
_INDENTED = 1 << 16


def last_row(data: Any, begin: int, end: int) -> int:
    """Where the last record of a screen begins, of which more may follow; `end` if none does."""
    row = _SCREEN_ROW
    if data.rfind(b"\n    ", max(begin, end - _INDENTED), end) < 0:
        last = bytes(data[max(begin, end - _INDENTED) : end])
        if b"    " not in last[-_LAST_LINE:] or _NO_OBJECT.search(last) is None:
            return end
        row = _OTHER_ROW
    piece = bytes(data[max(begin, end - SCREEN_SECOND) : end])
    starts = [match.start() for match in row.finditer(piece)]
    return end - len(piece) + starts[-1] + 1 if starts else end


def first_row(file: Any, at: int) -> int:
    """How many bytes stand at a line's beginning that belong to the record of a screen before."""
    file.seek(max(at - _FEW_ROWS, 0))
    before = file.read(min(at, _FEW_ROWS))  # the last row of all may be "}" alone
    piece = b"\n" + file.read(_INDENTED)
    row = _SCREEN_ROW
    if b"\n    " not in before + piece:
        near = before + piece[:_FEW_ROWS]
        if b"    " not in near or _NO_OBJECT.search(before + piece) is None:
            return 0
        row = _OTHER_ROW
    rest = file.read(SCREEN_SECOND)
    match = row.search(piece + rest)
    if match is not None:
        return match.start()
    is_end = len(rest) < SCREEN_SECOND  # where one second may go on to the end
    return len(piece + rest) - 1 if is_end and _has_row(file, at, row) else 0


def _has_row(file: Any, at: int, row: re.Pattern[bytes]) -> bool:
    """Whether what stands before is a screen at all, and not a log with blanks in it."""
    file.seek(max(at - SCREEN_SECOND, 0))
    return row.search(b"\n" + file.read(min(at, SCREEN_SECOND))) is not None


def finished(data: Space, begin: int, end: int) -> int:
    """Where the lines end that need none behind them: before trailing pieces of a record."""
    cut = last_row(data, begin, end)
    cut = traceback_ends.begins(data, begin, end) if cut == end else cut
    cut = fields_below.begins(data, begin, end) if cut == end else cut
    while cut > begin and end - cut < MAX_LINE:
        start = max(data.rfind(b"\n", begin, cut - 1) + 1, begin)
        if not is_partial(data[start:cut]):
            break
        cut = start
    return cut


def is_partial(line: bytes | bytearray) -> bool:
    """Whether a container runtime split the record after this line (CRI "P", Docker at 16 KB)."""
    if any(mark in line[:_WRAPPED] for mark in _CRI_MARKS):
        return True
    return len(line) > DOCKER_SPLIT and is_docker(line) and b'\\n"' not in line


def is_docker(line: bytes | bytearray) -> bool:
    """Whether the line is a Docker json-file entry, as its daemon writes them."""
    return line.startswith((b'{"log":"', b'{"log": "'))
