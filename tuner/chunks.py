"""A byte stream in, chunks of whole lines out, in bounded memory.

A chunk is about `CHUNK` bytes. A line that outgrows a chunk is dropped and counted, never held.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

CHUNK = 4 << 20
MAX_LINE = 1 << 20
DOCKER_SPLIT = 16_000
"""Docker's json-file driver splits records after 16 KB; a shorter entry is never a piece."""
_PIECE = 1 << 18


class Chunk(NamedTuple):
    """Whole lines. `dropped` lines too long to hold stood before `data` and are gone.

    `raw` is how many bytes of the (possibly compressed) file have been read so far.
    `problem` says why the stream ended early; "" while it did not. `packed` is the compression.
    """

    data: bytes
    dropped: int = 0
    raw: int = 0
    problem: str = ""
    packed: str = ""


def chunks(stream: BinaryIO, total: Callable[[], int], size: int = CHUNK) -> Iterator[Chunk]:
    """Cut a stream into chunks that end at a line's end; the last line may lack its newline.

    A chunk never ends between the pieces of a split container line, so that every chunk can be
    understood alone. A stream that breaks gives what was read before, then the reason.
    """
    rest, dropped, skipping, problem = b"", 0, False, ""
    for block, reason in _blocks(stream, size):
        problem = reason
        if skipping:
            _, newline, block = block.partition(b"\n")
            skipping = not newline
        cut = block.rfind(b"\n") + 1
        if cut:
            whole = b"".join((rest, memoryview(block)[:cut]))
            data, rest = _hold_partial(whole, block[cut:])
            if data or dropped:
                yield Chunk(data, dropped, total())
            dropped = 0
        else:
            rest += block
        if len(rest) > size + MAX_LINE:
            rest, dropped, skipping = rest[: rest.rfind(b"\n") + 1], dropped + 1, True
    if rest or dropped or problem:
        yield Chunk(rest, dropped, total(), problem)


def _blocks(stream: Any, size: int) -> Iterator[tuple[bytes, str]]:
    """Blocks of about `size` bytes; a break of the stream comes with the last block as a reason.

    Unpacked streams are read in small pieces, because what a broken archive gave before it broke
    is lost with the call; plain ones at once, because copying 4 MB twice takes as long as a scan.
    """
    piece = size if isinstance(stream, io.RawIOBase) else _PIECE
    while True:
        pieces: list[bytes] = []
        got, problem = 0, ""
        try:
            while got < size and (data := _some(stream, piece)):
                pieces.append(data)
                got += len(data)
        except Exception as error:  # zlib.error, lzma.LZMAError and ZstdError share no other base
            problem = _reason(error)
        if got or problem:
            yield pieces[0] if len(pieces) == 1 else b"".join(pieces), problem
        if problem or not got:
            return


def _some(stream: Any, size: int) -> bytes:
    found = stream.read(size) if isinstance(stream, io.RawIOBase) else stream.read1(size)
    return found or b""


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
