"""A byte stream in, chunks of whole lines out, in bounded memory.

A chunk is about `CHUNK` bytes. A line that outgrows a chunk is dropped and counted, never held.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

CHUNK = 2 << 20
MAX_LINE = 1 << 20
DOCKER_SPLIT = 16_000
"""Docker's json-file driver splits records after 16 KB; a shorter entry is never a piece."""
_PIECE = 1 << 18


class Chunk(NamedTuple):
    """Whole lines. `dropped` lines too long to hold stood before `data` and are gone.

    `raw` is how many bytes of the (possibly compressed) file have been read so far.
    `problem` says why the stream ended early; "" while it did not. `packed` is the compression.
    `at` is the place in the (unpacked) stream after `data`. A `waiting` chunk is not finished: more
    may come to its last record, so that a later run has to read it again.
    """

    data: bytes
    dropped: int = 0
    raw: int = 0
    problem: str = ""
    packed: str = ""
    at: int = 0
    waiting: bool = False


def chunks(stream: BinaryIO, total: Callable[[], int], size: int = CHUNK) -> Iterator[Chunk]:
    """Cut a stream into chunks that end at a line's end; the last line may lack its newline.

    A chunk never ends between the pieces of a split container line, so that every chunk can be
    understood alone. A stream that breaks gives what was read before, then the reason.
    """
    rest, dropped, skipping, problem = b"", 0, False, ""
    seen, torn = 0, False
    for block, n, reason in _blocks(stream, size):
        problem, begin = reason, 0
        seen += n
        if skipping:
            begin = block.find(b"\n", 0, n) + 1
            skipping = begin == 0
            begin = begin or n
        cut = max(block.rfind(b"\n", begin, n) + 1, begin)
        # One copy from the block that is read into again and again: fresh memory for each block
        # would cost a page fault for every 4 KB, as much as the whole scan.
        with memoryview(block) as view:
            if cut > begin:
                data, rest = _hold_partial(b"".join((rest, view[begin:cut])), bytes(view[cut:n]))
            else:
                data, rest = b"", b"".join((rest, view[begin:n]))
        if data or (dropped and not rest):
            yield Chunk(data, dropped, total(), at=seen - len(rest), waiting=torn or skipping)
            dropped = 0
        if len(rest) > size + MAX_LINE:
            rest, dropped, skipping = rest[: rest.rfind(b"\n") + 1], dropped + 1, True
            torn = torn or bool(rest)  # a gap in what is held: its place cannot be told any more
    if rest or dropped or problem:
        yield Chunk(rest, dropped, total(), problem, at=seen, waiting=True)


Block = tuple[bytes | bytearray, int, str]


def _blocks(stream: Any, size: int) -> Iterator[Block]:
    """(block, how much of it is filled, why the stream broke): about `size` bytes each.

    A broken archive gives an error for the whole call, so unpacked streams are read in pieces.
    """
    block, plain = bytearray(size), isinstance(stream, io.RawIOBase)
    while True:
        got, problem = 0, ""
        try:
            while got < size:
                n = _fill(stream, block, got, size - got if plain else min(size - got, _PIECE))
                if not n:
                    break
                got += n
        except Exception as error:  # zlib.error, lzma.LZMAError and ZstdError share no other base
            problem = _reason(error)
        if got or problem:
            yield block, got, problem
        if problem or not got:
            return


def _fill(stream: Any, block: bytearray, start: int, most: int) -> int:
    """Read up to `most` bytes into the block at `start`; how many they were."""
    if isinstance(stream, io.RawIOBase):
        with memoryview(block) as view:
            return int(stream.readinto(view[start : start + most]) or 0)
    piece = stream.read1(most)
    block[start : start + len(piece)] = piece
    return len(piece)


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return f"reading stopped early: {text[:200]}"


_CRI_MARKS = (b" stdout P ", b" stderr P ")


def _hold_partial(data: bytes, rest: bytes) -> tuple[bytes, bytes]:
    """Move trailing lines that wait for their continuation from `data` to `rest`."""
    end = len(data)
    while end > 0 and len(data) - end < MAX_LINE:
        start = data.rfind(b"\n", 0, end - 1) + 1
        if not is_partial(data[start:end]):
            break
        end = start
    return data[:end], data[end:] + rest


def is_partial(line: bytes) -> bool:
    """Whether a container runtime split the record after this line (CRI "P", Docker at 16 KB)."""
    if any(mark in line[:80] for mark in _CRI_MARKS):
        return True
    return len(line) > DOCKER_SPLIT and is_docker(line) and b'\\n"' not in line


def is_docker(line: bytes) -> bool:
    """Whether the line is a Docker json-file entry, as its daemon writes them."""
    return line.startswith((b'{"log":"', b'{"log": "'))
