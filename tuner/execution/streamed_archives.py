"""An archive that comes as a stream in, the files in it out, one after the other.

A file of this machine is taken apart before: each file inside is an input of its own. An object
behind a URL, or what comes on stdin, is one input; it is copied to a temporary file first, which is
never larger than the limit for what archives unpack to.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from tuner.errors import InputError
from tuner.exports import blocks
from tuner.inputs import archives
from tuner.inputs.chunks import Chunk
from tuner.inputs.packed import SETTING, limit
from tuner.inputs.streams import Opened
from tuner.inputs.unpack import CountedStream, unpack


def cut(head: bytes, log: Opened, cut_file: Callable[[Opened], Iterator[Chunk]]) -> Iterator[Chunk]:
    """The chunks of the files in an archive, as `cut_file` makes them of each.

    Raises InputError where the archive is empty or broken, or unpacks to more than the limit.
    """
    done, is_empty = 0, True
    with _copied(head, log.stream) as archive:
        for stream in _each(archive):
            at, begins = 0, True
            for chunk in cut_file(log._replace(stream=stream)):
                at, is_empty = chunk.at, False
                yield chunk._replace(at=done + at, begins=begins)
                begins = False
            done += at
    if is_empty:
        raise InputError("an archive without a file that can be read", "Name the logs themselves.")


@contextmanager
def _copied(head: bytes, stream: Any) -> Iterator[BinaryIO]:
    """The archive as a file that can be read in any order; `head` was read of it already."""
    with tempfile.TemporaryFile() as copy:
        for piece in blocks.Blocks(stream, head):
            copy.write(piece)
            if copy.tell() > limit():
                raise _too_large()
        copy.seek(0)
        yield cast(BinaryIO, copy)


def _each(file: BinaryIO) -> Iterator[BinaryIO]:
    """The unpacked bytes of each file of an archive, those of archives inside it, too.

    Each has to be read before the next is asked for. Raises InputError where an archive is broken
    or unpacks to more than the limit.
    """
    left = limit()
    for opened in archives.all_files(file):
        counted = CountedStream(opened, left + 1)
        yield unpack(counted)[0]
        left -= counted.total()
        if left < 0:
            raise _too_large()


def _too_large() -> InputError:
    why = f"it unpacks to more than {limit() / (1 << 30):g} GB ({SETTING})"
    return InputError(why, "Download it, and unpack what can be unpacked.")
