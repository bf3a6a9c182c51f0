"""Raw lines in, records without their wrappers out: the pieces of a split record are joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tuner.lines import wrappers


class UnwrappedLine(NamedTuple):
    """A record's last line by its 1-based `number` and bytes, and its text without wrappers.

    `number` is that of the first of its `lines` lines: a container runtime splits long records.
    """

    number: int
    raw: bytes
    lines: int
    peeled: wrappers.Peeled


def unwrapped(lines: Sequence[bytes]) -> Iterator[UnwrappedLine]:
    """Take the wrappers off every line; pieces of one record come as one.

    Pieces whose last one is missing come at the end, with empty `raw`.
    """
    waiting: dict[str, list[bytes]] = {}
    for number, raw in enumerate(lines, 1):
        line = raw.strip(b"\r\xef\xbb\xbf") if raw[:1] in b"\r\xef" or raw[-1:] == b"\r" else raw
        if line.startswith(b'{"message"'):  # LiveKit's own layout, unwrapped: nothing to peel
            yield UnwrappedLine(number, line, 1, wrappers.Peeled(line))
            continue
        peeled = wrappers.peel(line)
        if peeled.partial:
            waiting.setdefault(peeled.stream, []).append(peeled.text)
            continue
        pieces = waiting.pop(peeled.stream, [])
        if pieces:
            peeled = _joined(pieces, peeled)
        yield UnwrappedLine(number - len(pieces), line, 1 + len(pieces), peeled)
    for pieces in waiting.values():
        rest = wrappers.Peeled(b"".join(pieces))
        yield UnwrappedLine(len(lines) - len(pieces) + 1, b"", len(pieces), rest)


def _joined(pieces: Sequence[bytes], last: wrappers.Peeled) -> wrappers.Peeled:
    """The record whose pieces stood in several entries."""
    inner = wrappers.peel(b"".join(pieces) + last.text)
    return inner._replace(names=last.names + inner.names, time=inner.time or last.time)
