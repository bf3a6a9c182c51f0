"""Packed bytes in, unpacked pieces out, up to the byte where the data breaks.

A packed file is a row of parts: members of gzip, frames of zstd, streams of bzip2 and xz. Of a
file that is cut off, damaged, or followed by other bytes comes all that the format's own program
gives, and then a ValueError that names the byte.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from tuner.errors import InputError
from tuner.plain_numbers import plain_number

SETTING = "TUNER_UNPACK_LIMIT_GB"
DEFAULT_GB = 64.0
_MOST_GB = 1e9
_CAREFUL = 1 << 9
"""So many bytes at once where a decoder cannot be led to the damaged byte a second time."""


class Packing(NamedTuple):
    """A format: how its parts begin, what unpacks one, and how many bytes to give it at once.

    Other parts may begin with `more`. `padded`: zeros may stand between parts and at the end.
    """

    name: str
    magic: bytes
    decoder: Callable[[], Any]
    piece: int
    padded: bool = False
    more: tuple[bytes, ...] = ()

    def begins(self, data: bytes) -> bool:
        """Whether a part may begin so; of a file that is cut off, there may be little to see."""
        starts = (self.magic, *self.more)
        return any(data.startswith(start) or start.startswith(data) for start in starts)


def limit() -> int:
    """How many bytes a packed file, or a file of an archive, may unpack to."""
    text = os.environ.get(SETTING, "")
    gigabytes = plain_number(text) if text else DEFAULT_GB
    if not 0 < gigabytes < _MOST_GB:
        raise InputError(f"{SETTING}: {text!r} is no size", "Give gigabytes, as 64.")
    return int(gigabytes * (1 << 30))


def pieces(stream: BinaryIO, packing: Packing) -> Iterator[bytes]:
    """What a packed stream unpacks to; an error at its end if it breaks, or is above the limit."""
    feed, unpacked, most = _Feed(stream, packing.piece), 0, limit()
    while _another(feed, packing):
        for piece in _part(feed, packing):
            unpacked += len(piece)
            if unpacked > most:
                raise ValueError(f"it unpacks to more than {most / (1 << 30):g} GB ({SETTING})")
            yield piece


def _another(feed: _Feed, packing: Packing) -> bool:
    """Whether a part follows."""
    data = feed.next()
    while packing.padded and data and not (data := data.lstrip(b"\0")):
        data = feed.next()
    feed.give_back(data)
    if data and not packing.begins(data):
        raise ValueError(f"what follows byte {feed.at:,} is no {packing.name} data")
    return bool(data)


def _part(feed: _Feed, packing: Packing) -> Iterator[bytes]:
    """What one part unpacks to; where it breaks, all up to the broken byte and then an error."""
    start, given, decoder = feed.at, 0, packing.decoder()
    while not decoder.eof:
        before, data = feed.at, feed.next()
        try:
            piece = _unpacked(decoder, data)
        except Exception as error:  # the decoders share no other base
            if feed.go_to(start):
                yield from _again(feed, packing.decoder(), before, given)
            raise ValueError(_why(error, packing.name, feed.at)) from error
        given += len(piece)
        yield piece
    feed.give_back(decoder.unused_data)


def _unpacked(decoder: Any, data: bytes) -> bytes:
    if not data:
        raise EOFError
    return bytes(decoder.decompress(data))


def _again(feed: _Feed, decoder: Any, careful_from: int, given: int) -> Iterator[bytes]:
    """Unpack a part that breaks once more, without what was given: at last byte by byte, because a
    decoder that meets a broken one gives nothing of what it was handed with it."""
    done, careful_from = 0, max(careful_from - feed.piece, feed.at)
    try:
        while data := feed.next(1 if feed.at >= careful_from else careful_from - feed.at):
            piece = decoder.decompress(data)
            yield piece[max(given - done, 0) :]
            done += len(piece)
    except Exception:  # the error is known already
        return


def _why(error: Exception, name: str, at: int) -> str:
    if isinstance(error, EOFError):
        return f"the {name} data is cut off after byte {at:,}"
    return f"the {name} data is damaged at byte {at:,} ({str(error)[:100]})"


class _Feed:
    """Packed bytes, piece by piece; `at` is how many were handed out."""

    def __init__(self, stream: BinaryIO, piece: int) -> None:
        self._stream, self._rest, self.at = stream, b"", 0
        self.piece = piece if stream.seekable() else min(piece, _CAREFUL)

    def next(self, most: int = 0) -> bytes:
        """The next piece, of `most` bytes at the most; nothing at the end."""
        most = min(most or self.piece, self.piece)
        data = self._rest or self._stream.read(most)
        data, self._rest = data[:most], data[most:]
        self.at += len(data)
        return data

    def give_back(self, data: bytes) -> None:
        """The end of what was handed out comes again."""
        self._rest = data + self._rest
        self.at -= len(data)

    def go_to(self, at: int) -> bool:
        """Go back to a place; false where the stream cannot."""
        try:
            self._stream.seek(at)
        except (OSError, ValueError):
            return False
        self._rest, self.at = b"", at
        return True
