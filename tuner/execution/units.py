"""A unit of work in, its part of the result out: what one process or one machine does at a time.

A unit is a byte range of a plain file, or all of a stream from some place on. Parts of one input,
joined in order in any grouping, equal the part of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import NamedTuple

from tuner.errors import InputError
from tuner.execution import call_chunks
from tuner.execution.call_chunks import Origin
from tuner.inputs import chunks, mapped_chunks, streams, versions
from tuner.inputs.streams import KNOWN_BYTES
from tuner.reading import careful
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary.summary import Summary

FAST_BYTES = 32 << 20
"""From so many bytes on `fast` is not strict; see there for what that gives up."""
SMALL_BYTES = 1 << 19
"""Below this `reader` is done sooner than `fast` is loaded."""


class Job(NamedTuple):
    """How every unit is to be read.

    `fast`: from the first byte on. `resume`: also tell where a later run can go on. `may_die`: by
    a process that another takes the place of, so that files may be mapped.
    """

    only: Filter = EVERYTHING
    slow_ms: float = 1000.0
    fast: bool = False
    resume: bool = False
    may_die: bool = False


class Unit(NamedTuple):
    """Bytes `start` to `end` of a plain file; without `end` all that comes, once unpacked.

    `version` is the one that was there when the work was planned, "" if that does not matter.
    """

    path: str
    start: int = 0
    end: int | None = None
    version: str = ""


class Part(NamedTuple):
    """What a unit gave: its summary, the bytes read from storage, and why it ended early.

    `at` is the place up to which `summary` reaches: None if nothing there is finished. `waiting`
    holds what stands behind it and may go on. `head` and `tail` are the bytes at the beginning of
    the input and before `at`.
    """

    summary: Summary
    raw: int = 0
    problem: str = ""
    at: int | None = None
    waiting: Summary | None = None
    head: bytes = b""
    tail: bytes = b""


def join(first: Part, later: Part) -> Part:
    """The part of two neighbouring stretches. `first` is used up."""
    done, waiting = first.summary, first.waiting
    if later.at is None:
        waiting = _merged(waiting, later.waiting)
    else:
        _merged(_merged(done, waiting), later.summary)
        waiting = later.waiting
    last = first if later.at is None else later
    return Part(
        done,
        first.raw + later.raw,
        first.problem or later.problem,
        last.at,
        waiting,
        first.head or later.head,
        last.tail,
    )


def _merged(first: Summary | None, later: Summary | None) -> Summary | None:
    if first is None or later is None:
        return later if first is None else first
    first.merge(later)
    return first


class Piece(NamedTuple):
    """A chunk, and how many more bytes of storage it took; `head` and `tail` as in `Part`.

    `origin` says what the lines were made of; None if they are the input's own.
    """

    chunk: chunks.Chunk
    raw: int = 0
    head: bytes = b""
    tail: bytes = b""
    origin: Origin | None = None


def whole(unit: Unit, job: Job) -> Part:
    """Read a unit and return its one part."""
    empty = Part(Summary(job.slow_ms, from_start=unit.start == 0))
    return reduce(join, (part(piece, job) for piece in pieces(unit, job.may_die)), empty)


def part(piece: Piece, job: Job) -> Part:
    """The part of one chunk."""
    chunk = piece.chunk
    summary = _summarize(chunk, job)
    call_chunks.describe(summary, piece.origin)
    if chunk.packed:
        summary.wrappers[chunk.packed] += 1
    if not job.resume:
        return Part(summary, piece.raw, chunk.problem, chunk.at)
    if chunk.waiting:
        return Part(Summary(job.slow_ms), piece.raw, chunk.problem, waiting=summary)
    return Part(summary, piece.raw, chunk.problem, chunk.at, None, piece.head, piece.tail)


def _summarize(chunk: chunks.Chunk, job: Job) -> Summary:
    strict = not job.fast and (chunk.at or 0) < FAST_BYTES
    if strict and len(chunk.data) < SMALL_BYTES:
        return careful.summarize(chunk, job.only, job.slow_ms)
    from tuner.reading import fast  # what small logs do not need

    return fast.summarize(chunk, job.only, job.slow_ms, strict)


def pieces(unit: Unit, may_die: bool = False) -> Iterator[Piece]:
    """The chunks of a unit; what went wrong comes with the last one, which may be empty."""
    before, packed, tail, problem = 0, "", b"", ""
    try:
        with streams.opened(unit.path, unit.start, unit.end) as opened:
            tail, packed = opened.before, opened.packed
            for chunk, origin in _made(opened, unit, may_die):
                tail = _tail(tail, chunk)
                head = b"" if opened.start or before or chunk.dropped else _head(chunk)
                placed = chunk._replace(packed=packed, at=opened.start + chunk.at, problem="")
                yield Piece(placed, chunk.raw - before, head, tail, origin)
                before, problem = chunk.raw, problem or chunk.problem
    except InputError as error:
        problem = str(error).removeprefix(f"{unit.path}: ")
    problem = versions.change(unit.path, unit.version, bool(packed)) or problem
    if problem:
        yield Piece(chunks.Chunk(b"", problem=problem, waiting=True))


def _made(
    log: streams.Opened, unit: Unit, may_die: bool
) -> Iterator[tuple[chunks.Chunk, Origin | None]]:
    """The chunks of an open log, or those that are made of what it is instead."""
    source = None
    if unit.start == 0 and unit.end is None:
        log, source = call_chunks.sampled(log)
    if source is not None:
        yield from call_chunks.chunks(log, source)
    else:
        yield from ((chunk, None) for chunk in _cut(log, may_die))


def _cut(log: streams.Opened, may_die: bool) -> Iterator[chunks.Chunk]:
    """The chunks of an open log: as many as can be mapped, and the rest of its stream."""
    done = 0
    if may_die and log.range is not None:
        file, start, end, skip = log.range
        for chunk in mapped_chunks.chunks(file, start, end):
            done = chunk.at
            yield chunk
        skip(done)
    for chunk in chunks.chunks(log.stream, log.total):
        yield chunk._replace(at=chunk.at + done)


def _head(chunk: chunks.Chunk) -> bytes:
    return bytes(chunk.data[:KNOWN_BYTES])


def _tail(before: bytes, chunk: chunks.Chunk) -> bytes:
    """The last bytes of the stream; where a line was dropped, they begin anew."""
    if len(chunk.data) >= KNOWN_BYTES or chunk.dropped:
        return bytes(chunk.data[-KNOWN_BYTES:])
    return (before + bytes(chunk.data))[-KNOWN_BYTES:]
