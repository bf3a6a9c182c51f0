"""Records whose lines a shipper wrapped one by one in, each on one wrapped line out.

An app that prints its records on several lines has one entry a line in Docker, Kubernetes, syslog.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from tuner.exports import finding
from tuner.exports.plain_lines import split
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import wrappers
from tuner.lines.undecodable import UNDECODABLE

_OPENS = lazy_pattern(rb"[^\n]\{(?:\\n\"|\r?\n)")
"""A line that ends in a brace behind something else, or Docker's of a brace."""
_MOST_LINES, _LONGEST, _MOST_OPEN = 1_000, 1 << 16, 32
"""An object of more lines, or with a longer one, is none that an app wrote for people to read."""
_LONGEST_BEFORE = 300
"""What stands before a brace becomes a pattern: no shipper writes as much."""
_MOST_BETWEEN = 200
"""Behind so many lines of others the line that opened an object goes on as it was."""
Lines = Sequence[bytes]
Key = tuple[str, ...] | bytes


def are_wrapped(head: bytes) -> bool:
    """Whether the lines of records on several lines stand behind a shipper's words."""
    return bool(_OPENS.search(head)) and any(record for _, record in _grouped([head]))


def joined(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, those of each record on its first one; as many lines as there were."""
    for lines, record in _grouped(blocks):
        if record:
            yield _of(lines[0], record) + b"\n" * len(lines)
        else:
            yield b"".join(line + b"\n" for line in lines)


def _grouped(blocks: Iterable[bytes]) -> Iterator[tuple[Lines, bytes]]:
    """The lines of each record and the record; or a line, or lines that are none, without one."""
    opened: dict[Key, tuple[list[bytes], list[bytes]]] = {}
    between = 0
    for line in split(blocks):
        between = between + 1 if opened else 0
        if between > _MOST_BETWEEN:
            yield from ((lines, b"") for lines, _ in opened.values())
            opened.clear()
        key, text = _apart(line.rstrip(b"\r"), opened)
        if key in opened and text[:1] not in (b" ", b"\t", b"}"):
            yield opened.pop(key)[0], b""
        if key in opened:
            lines, texts = opened[key]
            between = 0
            lines.append(line)
            texts.append(text.strip())
            if text[:1] == b"}" or len(lines) > _MOST_LINES or len(text) > _LONGEST:
                yield _closed(*opened.pop(key))
        elif text.rstrip() == b"{" and key is not None and len(opened) < _MOST_OPEN:
            opened[key] = [line], [b"{"]
        else:
            yield [line], b""
    for lines, _ in opened.values():
        yield lines, b""


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
    if bare[-1:] == b"{" and len(bare) < _LONGEST_BEFORE and bare[:-1].strip():
        return bare[:-1], b"{"
    return None, line


@lru_cache(_MOST_OPEN)
def _begins_as(before: bytes) -> re.Pattern[bytes]:
    """What matches the beginning of lines that is this one but for its digits."""
    return re.compile(re.sub(rb"\d+", rb"\\d+", re.escape(before)))


def _closed(lines: list[bytes], texts: list[bytes]) -> tuple[Lines, bytes]:
    record = b"".join(texts)
    return lines, record if finding.is_record(record) else b""


def _of(line: bytes, record: bytes) -> bytes:
    """The line of a shipper with a record for its brace."""
    try:
        entry = msgspec.json.decode(line)
    except UNDECODABLE:
        return line.rstrip()[:-1] + record
    return msgspec.json.encode({**entry, "log": _of(entry["log"].encode(), record).decode() + "\n"})
