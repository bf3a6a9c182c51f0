"""Records whose lines a shipper wrapped one by one in, each on one wrapped line out.

An app that prints its records on several lines has one entry a line in Docker, Kubernetes, syslog.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice

import msgspec

from tuner.exports import finding, objects_at_once
from tuner.exports.entries import ExportEntry
from tuner.exports.objects_at_once import LONGEST, LONGEST_BEFORE, MOST_LINES
from tuner.exports.plain_lines import PlainLines, whole_lines
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import look, wrappers
from tuner.lines.undecodable import UNDECODABLE

_OPENS = lazy_pattern(rb"[^\n]\{(?:\\n\"|\r?\n)")
"""A line that ends in a brace behind something else, or Docker's of a brace."""
_MOST_OPEN, _LOOKED_AT = 32, 200
_MOST_BETWEEN = 200
"""Behind so many lines of others the line that opened an object goes on as it was."""
Key = tuple[str, ...] | bytes


def are_wrapped(head: bytes) -> bool:
    """Whether the lines of records on several lines stand behind a shipper's words."""
    return bool(_OPENS.search(head)) and any(lines > 1 for _, lines in grouped([head]))


class WrappedObjects(PlainLines):
    """As `PlainLines`, but each record is one entry of all its lines."""

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a record, one a line of others."""
        found = grouped(self._blocks)
        first = list(islice(found, _LOOKED_AT))
        head = b"".join(text + b"\n" for text, _ in first)
        self._layouts = look.look(head[: look.HEAD_BYTES])
        for text, lines in chain(first, found):
            if lines == 1:
                yield from self._add(text)
            else:
                yield from self._rest()
                yield ExportEntry(text, self._time(text), self.lines + 1, lines)
                self.lines += lines
        yield from self._rest()


def grouped(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """The lines of a stream, and how many each stands for: those of a record on its first one."""
    open_ones = _OpenObjects()
    for data in whole_lines(blocks):
        at = 0
        while at < len(data):
            whole = None if open_ones.any else objects_at_once.find(data, at)
            if whole is not None:
                yield whole.text, whole.lines
                at = whole.end
                continue
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            yield from open_ones.add(data[at:end])
            at = end + 1
    yield from open_ones.rest()


class _OpenObjects:
    """Objects of which the last line has not come yet, by what their lines begin with."""

    def __init__(self) -> None:
        self._opened: dict[Key, tuple[list[bytes], list[bytes]]] = {}
        self._between = 0

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self._opened)

    def add(self, line: bytes) -> Iterator[tuple[bytes, int]]:
        """Take the next line; give what is finished."""
        opened = self._opened
        self._between = self._between + 1 if opened else 0
        if self._between > _MOST_BETWEEN:
            yield from self.rest()
        key, text = _apart(line.rstrip(b"\r"), opened)
        if key in opened and text[:1] not in (b" ", b"\t", b"}"):
            yield from _each(opened.pop(key)[0])
        if key in opened:
            yield from self._go_on(key, line, text)
        elif text.rstrip() == b"{" and key is not None and len(opened) < _MOST_OPEN:
            opened[key] = [line], [b"{"]
        else:
            yield line, 1

    def _go_on(self, key: Key, line: bytes, text: bytes) -> Iterator[tuple[bytes, int]]:
        lines, texts = self._opened[key]
        self._between = 0
        lines.append(line)
        texts.append(text.strip())
        if text[:1] == b"}" or len(lines) > MOST_LINES or len(text) > LONGEST:
            del self._opened[key]
            yield from _closed(lines, b"".join(texts))

    def rest(self) -> Iterator[tuple[bytes, int]]:
        """Give the lines of those whose last one never came."""
        for lines, _ in self._opened.values():
            yield from _each(lines)
        self._opened.clear()


def _each(lines: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
    return ((line, 1) for line in lines)


def _closed(lines: Sequence[bytes], record: bytes) -> Iterable[tuple[bytes, int]]:
    if finding.is_record(record):
        return ((_of(lines[0], record), len(lines)),)
    return _each(lines)


def _apart(line: bytes, opened: Iterable[Key]) -> tuple[Key | None, bytes]:
    """What stands before a line's own text, its digits aside, and that text. Of a shipper that is
    not in our list it is what stands before a brace, and again on the lines below."""
    peeled = wrappers.peel(line)
    key = (*peeled.names, peeled.stream, peeled.pid) if peeled.names else ()
    if key and (key in opened or peeled.text.rstrip() == b"{"):
        return key, peeled.text
    for other in opened:
        if isinstance(other, bytes) and (found := _begins_as(other).match(line)):
            return other, line[found.end() :]
    bare = line.rstrip()
    if bare[-1:] == b"{" and len(bare) < LONGEST_BEFORE and bare[:-1].strip():
        return bare[:-1], b"{"
    return None, line


@lru_cache(_MOST_OPEN)
def _begins_as(before: bytes) -> re.Pattern[bytes]:
    """What matches the beginning of lines that is this one but for its digits."""
    return re.compile(re.sub(rb"\d+", rb"\\d+", re.escape(before)))


def _of(line: bytes, record: bytes) -> bytes:
    """The line of a shipper with a record for its brace."""
    try:
        entry = msgspec.json.decode(line)
    except UNDECODABLE:
        return line.rstrip()[:-1] + record
    return msgspec.json.encode({**entry, "log": _of(entry["log"].encode(), record).decode() + "\n"})
