"""What the scan finds in a chunk, as Python's values."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from tuner.lines.catalogue.row import CallFigure


class Entry(NamedTuple):
    """A distinct text of a chunk, and how often it came; `key` of a message, modulo
    `MOST_ROWS`: its row's place."""

    text: str
    n: int
    key: int


class Other(NamedTuple):
    """A message that is of no row, as it is written first, and how often it came.

    `source` is a place among the sources, `calls` are places among the calls.
    """

    text: bytes
    n: int
    source: int
    calls: list[int]


class Calls(NamedTuple):
    """The calls of a chunk, a column for each figure: some fifty lines make a call.

    `keys` say what a call is known by (0 nothing, 1 job, 2 room, 3 pid). `n` lines extended it, 0
    if Python has to read them all. By generation: whether it had request lines, and the place of
    the answer (from 1 on, 0 for none) that waits for one. Times are epoch seconds.
    """

    texts: list[str]
    n: list[int]
    keys: list[int]
    figures: dict[CallFigure, list[int]]
    timed: list[int]
    slow: list[int]
    touched: tuple[list[int], list[int]]
    open: tuple[list[int], list[int]]
    first: list[float]
    last: list[float]


class Leads(NamedTuple):
    """The first lines of HTTP in their calls, where those were request lines, a column for each
    figure (there may be one in every call): places of the call, the message and the generation."""

    calls: list[int]
    messages: list[int]
    generations: list[int]


class Place(NamedTuple):
    """A line: its number from 0 on, and where its bytes begin and end in the chunk.

    Its record is the text from `body` to `stop`, if that looks right: then `framed` is BARE, or 2
    where a wrapper stands around it; else 0.
    """

    line: int
    start: int
    end: int
    body: int
    stop: int
    framed: int


class Handed(NamedTuple):
    """A line that Python has to add, because the lines of its call have to be taken in order.

    `line` counts from 0 on, `start` and `end` are where its bytes stand, `call` and `row` are
    places; `values` are those of the row's HANDED fields, NAN where a field is absent or a text;
    of a text or an object `spans` has place and size (-1 and 0 where it is absent), one after the
    other.
    """

    line: int
    start: int
    end: int
    call: int
    row: int
    time: float
    values: tuple[float, ...]
    spans: tuple[int, ...]


AnswerRow: TypeAlias = tuple[int, int, int, int, float]
"""One response, by its line with headers, its request line, or both: (call, message, generation,
status, ms).

`call` and `message` are places in their tables, `message` -1 without a request line; `generation`
is a place in GENERATIONS; `ms` is openai-processing-ms, -1 if there is none.
"""
