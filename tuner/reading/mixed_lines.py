"""A chunk in which plain text and LiveKit's JSON take turns in, the lines of each out.

So is what a log of Pipecat becomes: its own lines, and between them those of the turn log. The scan
knows one layout at a time; where no line depends on one of the other kind, each is scanned alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from tuner.inputs.chunks import ChunkOrigin
from tuner.reading import careful
from tuner.reading.rich_regions import is_screen
from tuner.summary.summary import Summary

_JSON = b'{"message": "'
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


def split(data: bytes) -> tuple[Lines, Lines] | None:
    """The lines of text and those of JSON; None if there are few of one, or if a line may belong
    to one of the other kind."""
    text: list[bytes] = []
    made: list[bytes] = []
    numbers = (array("Q"), array("Q"))
    was_json = False
    for number, line in enumerate(careful.split(data), 1):
        is_json = line.startswith(_JSON) and line.endswith(b"}")
        if was_json and not is_json and not line[:1].isalnum():
            return None
        (made if is_json else text).append(line)
        numbers[is_json].append(number)
        was_json = is_json
    if min(map(len, numbers)) < _FEWEST:
        return None
    plain, records = (b"\n".join([*lines, b""]) for lines in (text, made))
    return None if is_screen(plain) else (Lines(plain, numbers[0]), Lines(records, numbers[1]))


def join(summary: Summary, made: Summary, text: Lines, json: Lines) -> None:
    """Add the summary of the JSON to that of the text, both by the lines of the chunk."""
    for one, lines in ((summary, text), (made, json)):
        for found in filter(None, (one, one.echo)):
            _renumber(found, lines.numbers)
            found.lines = 0
    summary.merge(made)
    summary.lines = len(text.numbers) + len(json.numbers)


def _renumber(summary: Summary, numbers: Sequence[int]) -> None:
    for name, places in summary.evidence.items():
        summary.evidence[name] = [(numbers[line - 1], raw) for line, raw in places]
