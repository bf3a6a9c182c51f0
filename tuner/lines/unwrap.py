"""The lines of a chunk in, the same without their wrappers out; pieces of a record are joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuner.lines import wrappers
from tuner.lines.assemble import Unwrapped
from tuner.lines.find_layouts import is_object, plain_text
from tuner.lines.layouts import Layout, read_prefix
from tuner.lines.wrappers import Peeled

PREFIX = "prefix"
"""What a wrapper is called that is in none of our lists, but was found in the log."""


def unwrap(lines: Sequence[bytes], outer: Sequence[Layout] = ()) -> Iterator[Unwrapped]:
    """Take the wrappers off: those of our list, and those that were found in the file."""
    waiting: dict[str, list[bytes]] = {}
    for number, raw in enumerate(lines, 1):
        line = raw.strip(b"\r\xef\xbb\xbf") if raw[:1] in b"\r\xef" or raw[-1:] == b"\r" else raw
        if line.startswith(b'{"message"'):  # LiveKit's own layout, unwrapped: nothing to peel
            yield Unwrapped(number, line, 1, Peeled(line))
            continue
        peeled = wrappers.peel(line)
        if outer:
            peeled = _without_prefix(peeled, outer)
        if peeled.partial:
            waiting.setdefault(peeled.stream, []).append(peeled.text)
            continue
        pieces = waiting.pop(peeled.stream, [])
        if pieces:
            peeled = _joined(pieces, peeled)
        yield Unwrapped(number - len(pieces), line, 1 + len(pieces), peeled)
    for pieces in waiting.values():
        yield Unwrapped(len(lines) - len(pieces) + 1, b"", len(pieces), Peeled(b"".join(pieces)))


def _without_prefix(peeled: Peeled, outer: Sequence[Layout]) -> Peeled:
    """The same without a prefix that was found in the file, if it stands there."""
    if peeled.text[:2] == b'{"':
        return peeled
    text = plain_text(peeled.text)
    if is_object(text):
        return peeled
    for layout in outer:
        prefix = read_prefix(layout, text)
        if prefix is None:
            continue
        rest = text[prefix.end :]
        rest = rest.lstrip() if rest[:4].lstrip()[:2] == '{"' else rest.removeprefix(" ")
        inner = Peeled(rest.encode(), (PREFIX,), prefix.time, prefix.clock, prefix.pid)
        return wrappers.nest(peeled, wrappers.nest(inner, wrappers.peel(inner.text)))
    return peeled


def _joined(pieces: Sequence[bytes], last: Peeled) -> Peeled:
    """The record whose pieces stood in several entries."""
    inner = wrappers.peel(b"".join(pieces) + last.text)
    return inner._replace(names=last.names + inner.names, time=inner.time or last.time)
