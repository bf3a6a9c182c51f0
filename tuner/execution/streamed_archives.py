"""An archive that comes as a stream in, the files in it out, one after the other.

A file of this machine is taken apart before: each file inside is an input of its own. An object
behind a URL, or what comes on stdin, is one input; it is copied to a temporary file first, which is
never larger than the limit for what archives unpack to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from tuner.errors import InputError, fault, named
from tuner.exports import blocks
from tuner.inputs import archives
from tuner.inputs.chunks import Chunk
from tuner.inputs.packed import SETTING, limit
from tuner.inputs.streams import Opened
from tuner.inputs.unpack import CountedStream, unpack

_NAMED = 5
"""Files that cannot be read: so many are named, the others counted."""


def cut(head: bytes, log: Opened, cut_file: Callable[[Opened], Iterator[Chunk]]) -> Iterator[Chunk]:
    """The chunks of the files in an archive, as `cut_file` makes them of each. What cannot be read
    costs no other file, and is named in an empty chunk at the end.

    Raises InputError where the archive is empty, or larger than the limit as it is.
    """
    done, problems, is_empty = 0, list[str](), True
    with _copied(head, log.stream) as archive:
        for inside in archives.all_files(archive):
            at, begins = 0, True
            for chunk in _chunks(inside, log, cut_file):
                problems += [_of(inside.name, chunk.problem)] if chunk.problem else []
                at, is_empty = max(at, chunk.at), False
                yield chunk._replace(at=done + at, begins=begins, problem="")
                begins = False
            done += at
    if is_empty:
        raise InputError("an archive without a file that can be read", "Name the logs themselves.")
    if problems:
        yield Chunk(b"", problem=_joined(problems), at=done, waiting=True)


def _chunks(
    inside: archives.Inside, log: Opened, cut_file: Callable[[Opened], Iterator[Chunk]]
) -> Iterator[Chunk]:
    try:
        if inside.stream is not None:
            yield from cut_file(log._replace(stream=unpack(_Limited(inside.stream))[0]))
        problem = inside.problem
    except InputError as error:
        problem = str(error)
    except Exception as error:
        problem = fault(error)
    if problem:
        yield Chunk(b"", problem=problem)


def _of(name: str, problem: str) -> str:
    return f"{named(name)}: {problem}" if name else problem


def _joined(problems: list[str]) -> str:
    rest = len(problems) - _NAMED
    return "; ".join(problems[:_NAMED]) + (f"; and {rest:,} more" if rest > 0 else "")


@contextmanager
def _copied(head: bytes, stream: Any) -> Iterator[BinaryIO]:
    """The archive as a file that can be read in any order; `head` was read of it already."""
    import tempfile  # few archives are not packed

    with tempfile.TemporaryFile() as copy:
        for piece in blocks.Blocks(stream, head):
            copy.write(piece)
            if copy.tell() > limit():
                raise _too_large()
        copy.seek(0)
        yield cast(BinaryIO, copy)


class _Limited(CountedStream):
    """A file of an archive, which ends with an error behind the limit."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw, limit())
        self._behind = raw

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; 0 at the end. Raises InputError if there is more than the limit."""
        n = super().readinto(buffer)
        if not n and len(buffer) and self.total() == limit() and self._behind.read(1):
            raise _too_large()
        return n


def _too_large() -> InputError:
    why = f"it unpacks to more than {limit() / (1 << 30):g} GB ({SETTING})"
    return InputError(why, "Download it, and unpack what can be unpacked.")
