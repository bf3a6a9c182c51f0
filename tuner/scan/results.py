"""What the scan finds in a chunk, as Python's values."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A distinct text of a chunk, and how often it came.

    `key` of a call is what it is known by (0 nothing, 1 job, 2 room, 3 pid), of a message the place
    of its kind. Of a call also: what came in it; by generation whether it had request lines, and
    the place of the answer (from 1 on, 0 for none) that waits for one; its first and last time in
    epoch seconds.
    """

    text: str
    n: int
    key: int
    turns: int
    vad_slow: int
    syncs: int
    timed: int
    slow: int
    touched_old: int
    touched_new: int
    open_old: int
    open_new: int
    first: float
    last: float


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


class Answer(NamedTuple):
    """One response, as its line with headers tells, or its request line, or both.

    `call` and `message` are places in their tables, `message` -1 without a request line; `ms` is
    openai-processing-ms, -1 if there is none; `generation` is a place in GENERATIONS.
    """

    call: int
    message: int
    generation: int
    status: int
    ms: float
