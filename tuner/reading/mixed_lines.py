"""A chunk in which plain text and LiveKit's JSON take turns in, the lines of each out.

So is what a log of Pipecat becomes: its own lines, and between them those of the turn log. The scan
knows one layout at a time; where no line depends on one of the other kind, each is scanned alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from tuner.inputs.chunks import ChunkOrigin
from tuner.reading.rich_regions import is_screen
from tuner.summary.summary import Summary

_JSON = b'{"message": "'
_ZONED = b'+00:00"}\n'
_FEWEST = 100
CLOCKS = {"utc", "naive", ""}
"""With others a time depends on the lines around it."""


class Lines(NamedTuple):
    """Lines of one kind, and of each its number in the chunk, from 1 on."""

    data: bytes
    numbers: Sequence[int]


def is_possible(origin: ChunkOrigin | None) -> bool:
    """Whether lines were made of a call record, which are put in order, and counted, one by one."""
    return origin is not None and not origin.stamped and max(origin.taken, default=1) == 1


class Mixed(NamedTuple):
    """The lines of text, and those of JSON by whether their times have a zone."""

    text: Lines
    zoned: Lines
    unzoned: Lines


def split(data: bytes) -> Mixed | None:
    """The lines of each kind; None if there are few of one, or if a line may belong to one of
    another kind."""
    data = data if data.endswith(b"\n") else data + b"\n"
    if _most_text(data) < _FEWEST:
        return None
    parts: tuple[list[bytes], list[bytes], list[bytes]] = ([], [], [])
    numbers = (array("Q"), array("Q"), array("Q"))
    done, number = 0, 1
    for start, end in chain(_json(data), [(len(data), len(data))]):
        if start > done:
            if done and not data[done : done + 1].isalnum():
                return None
            parts[0].append(data[done:start])
            lines = data.count(b"\n", done, start)
            numbers[0].extend(range(number, number + lines))
            number += lines
        if end > start:
            kind = 1 if data.startswith(_ZONED, end - len(_ZONED)) else 2
            parts[kind].append(data[start:end])
            numbers[kind].append(number)
        done, number = end, number + 1
    if min(len(numbers[0]), len(numbers[1]) + len(numbers[2])) < _FEWEST:
        return None
    found = Mixed(*(Lines(b"".join(part), n) for part, n in zip(parts, numbers, strict=True)))
    return None if is_screen(found.text.data) else found


def _most_text(data: bytes) -> int:
    """How many lines are no JSON at most, told at once: most exports hold nothing else. A line that
    is none has no JSON before it, or none behind it."""
    between = data.count(b"}\n" + _JSON)
    return 2 * (data.count(b"\n") - between)


def _json(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each line of JSON begins and ends, with its newline."""
    start = 0 if data.startswith(_JSON) else data.find(b"\n" + _JSON) + 1
    while start or data.startswith(_JSON, start):
        end = data.find(b"\n", start)
        if data.startswith(b"}", end - 1):
            yield start, end + 1
        start = data.find(b"\n" + _JSON, end) + 1
        if not start:
            return


def join(parts: Sequence[tuple[Summary, Lines]]) -> None:
    """Add the summaries of all to that of the first, by the lines of the chunk."""
    (summary, _), *others = parts
    for one, lines in parts:
        for found in filter(None, (one, one.echo)):
            _renumber(found, lines.numbers)
            found.lines = 0
    for other, _ in others:
        summary.merge(other)
    summary.lines = sum(len(lines.numbers) for _, lines in parts)


def _renumber(summary: Summary, numbers: Sequence[int]) -> None:
    for name, places in summary.evidence.items():
        summary.evidence[name] = [(numbers[line - 1], raw) for line, raw in places]
