"""A unit of work in, its part of the result out: what one process or one machine does at a time.

A unit is a byte range of a plain file, or all of a stream from some place on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache, partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tuner.call_records import detection
from tuner.call_records.detection import Many, Source
from tuner.errors import InputError, fault
from tuner.execution import cutting
from tuner.execution.kept_turn_logs import Kept, TurnLogLines, only_needed
from tuner.execution.parts import Part, join
from tuner.exports.ordering import OPEN_DATES
from tuner.inputs import chunks, streams, versions
from tuner.inputs.streams import KNOWN_BYTES
from tuner.lines import look
from tuner.lines.layouts import NONE, Layouts
from tuner.reading import careful, guard, reports_in_logs, translated
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary.summary import Summary

if TYPE_CHECKING:
    from tuner.exports.ranges import Ranges

FAST_BYTES = 32 << 20
"""From so many bytes on `fast` is not strict; see there for what that gives up."""
SMALL_BYTES = 1 << 19
"""Below this `reader` is done sooner than `fast` is loaded."""


class Job(NamedTuple):
    """How every unit is to be read.

    `fast`: from the first byte on. `resume`: also say where a later run can resume. `may_die`: by
    a process that another takes the place of, so that files may be mapped. `keep`: also give the
    lines that call records were translated to.
    """

    only: Filter = EVERYTHING
    slow_ms: float = 1000.0
    fast: bool = False
    resume: bool = False
    may_die: bool = False
    keep: bool = False


class Unit(NamedTuple):
    """Bytes `start` to `end` of a plain file; without `end` all that comes, once unpacked.

    `version` is the one that was there when the work was planned, "" if that does not matter.
    `sort`: put the records in order of time first. `export`: the range is one of an export, with
    both of one whose newest records come first: its places are counted from the end.
    `as_is`: its lines as they stand, even if records stand twice.
    """

    path: str
    start: int = 0
    end: int | None = None
    version: str = ""
    sort: bool = False
    export: bool = False
    as_is: bool = False


class Piece(NamedTuple):
    """A chunk, and how many more bytes of storage it took; `head` and `tail` as in `Part`.

    `layouts` are those of the beginning of its file.
    """

    chunk: chunks.Chunk
    raw: int = 0
    head: bytes = b""
    tail: bytes = b""
    layouts: Layouts = NONE


def whole(unit: Unit, job: Job) -> Part:
    """Read a unit and return its one part."""
    empty = Part(Summary(job.slow_ms, from_start=unit.start == 0))
    return reduce(join, (part(piece, job) for piece in pieces(unit, job.may_die)), empty)


def part(piece: Piece, job: Job) -> Part:
    """The part of one chunk. A fault that no line can be blamed for costs the chunk."""
    try:
        read, kept = _part(piece, job), _kept(piece) if job.keep else ()
        is_open = piece.layouts.open_dates or OPEN_DATES in read.summary.wrappers
        return read._replace(kept=kept, open_dates=is_open)
    except Exception as error:
        lost = Summary(job.slow_ms)
        lost.skip(fault(error), bytes(piece.chunk.data).count(b"\n"))
        return Part(lost, piece.raw, fault(error), piece.chunk.at)


def _part(piece: Piece, job: Job) -> Part:
    chunk = piece.chunk
    summary = _summarize(chunk, job, piece.layouts)
    if chunk.packed:
        summary.wrappers[chunk.packed] += 1
    summary.wrappers.update(chunk.carried)
    unordered = _is_unordered(chunk, summary)
    if chunk.origin is not None:
        translated.restore(summary, chunk.origin)
    if not job.resume:
        return Part(summary, piece.raw, chunk.problem, chunk.at, unordered=unordered)
    if chunk.waiting:
        nothing = Summary(job.slow_ms)
        return Part(nothing, piece.raw, chunk.problem, waiting=summary, unordered=unordered)
    done = (chunk.at, None, piece.head, piece.tail, unordered)
    return Part(summary, piece.raw, chunk.problem, *done)


def _kept(piece: Piece) -> Kept:
    """The lines of a chunk of a call record; None of any other that has lines."""
    chunk = piece.chunk
    if not len(chunk.data):
        return ()
    source = _source(chunk)
    if source is None:
        return None
    lines = bytes(chunk.data)
    return (TurnLogLines(only_needed(lines) if source.is_log else lines, piece.layouts),)


def is_translated_log(piece: Piece) -> bool:
    """Whether it is of a call record whose own lines count, too."""
    source = _source(piece.chunk)
    return source is not None and source.is_log


def _source(chunk: chunks.Chunk) -> Source | None:
    """The kind of call record that a chunk is of; None if it is of none."""
    names = chunk.origin.names if chunk.origin is not None else ()
    return detection.source_of(dict.fromkeys(names, 1))


def _is_unordered(chunk: chunks.Chunk, summary: Summary) -> bool:
    known = chunk.origin.unordered if chunk.origin is not None else None
    return summary.unordered if known is None else known


def _summarize(chunk: chunks.Chunk, job: Job, layouts: Layouts = NONE) -> Summary:
    strict = not job.fast and (chunk.at or 0) < FAST_BYTES
    unread = reports_in_logs.lines(chunk.data)
    if unread or (strict and len(chunk.data) < SMALL_BYTES):
        return careful.summarize(chunk, job.only, job.slow_ms, layouts, unread)
    from tuner.reading import fast, uncoloured  # what small logs do not need

    plain = uncoloured.taken_off(chunk) if layouts.coloured else chunk
    summary = fast.summarize(plain, job.only, job.slow_ms, strict, layouts)
    summary.bytes = len(chunk.data)
    return summary


def pieces(unit: Unit, may_die: bool = False, many: Many = map) -> Iterator[Piece]:
    """The chunks of a unit; what went wrong comes with the last one, which may be empty.

    `many` does what several processes can do of a unit at once.
    """
    before, packed, tail, problem = 0, "", b"", ""
    layouts: Layouts | None = None
    try:
        ranges, unit = _with_records(unit)
        exact = ranges is not None
        with streams.opened(unit.path, unit.start, unit.end, exact=exact) as log:
            tail, packed = log.before, log.packed
            for chunk in _chunks(log, ranges, unit, may_die, many):
                tail = _tail(tail, chunk)
                head = b"" if log.start or before or chunk.dropped else _head(chunk)
                placed = chunk._replace(packed=packed, at=log.start + chunk.at, problem="")
                if layouts is None or chunk.begins:
                    layouts = _layouts(unit, placed)
                yield Piece(placed, chunk.raw - before, head, tail, layouts)
                before, problem = chunk.raw, problem or chunk.problem
    except InputError as error:
        problem = str(error).removeprefix(f"{unit.path}: ")
    except Exception as error:
        problem = fault(error)
    problem = versions.change(unit.path, unit.version, bool(packed)) or problem
    if problem:
        yield Piece(chunks.Chunk(b"", problem=problem, waiting=True))


def _with_records(unit: Unit) -> tuple[Ranges | None, Unit]:
    """The unit, of an export with its ends where records begin, and what reads those."""
    if not unit.export:
        return None, unit
    ranges, start, end = cutting.of_export(unit.path, unit.start, unit.end)
    return ranges, unit._replace(start=start, end=end)


def _chunks(
    log: streams.Opened, ranges: Ranges | None, unit: Unit, may_die: bool, many: Many
) -> Iterator[chunks.Chunk]:
    if ranges is not None:
        return cutting.in_range(ranges, log)
    if unit.start or unit.end is not None or unit.as_is:
        return cutting.plain(log, may_die)
    return cutting.whole(log, unit.sort, may_die, many)


def _layouts(unit: Unit, first: chunks.Chunk) -> Layouts:
    """The layouts of the beginning of a file; whoever reads a part of it finds the same."""
    if not unit.start or first.origin is not None:
        path = "" if first.packed or first.origin is not None else unit.path
        return _looked(bytes(first.data[: look.HEAD_BYTES]), path)
    beginning = _beginning if unit.version else _beginning.__wrapped__
    return beginning(unit.path, unit.version)


@lru_cache(maxsize=4)  # a process reads many parts of one file
def _beginning(path: str, _version: str) -> Layouts:
    """The layouts of the beginning of a file that is still of this version."""
    with streams.opened(path, little=True) as log:
        return _looked(log.stream.read(look.HEAD_BYTES), "" if log.packed else path)


def _looked(head: bytes, path: str) -> Layouts:
    """The layouts of these lines; none where looking for them fails. The end of the file of this
    path, if it is one, may say more."""
    return guard.tried(lambda: look.look(head, partial(_end, path))) or NONE


def _end(path: str) -> bytes:
    """The last bytes of a file on this machine; none of anything else."""
    if not Path(path).is_file():
        return b""
    with Path(path).open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - look.HEAD_BYTES, 0))
        return file.read()


def _head(chunk: chunks.Chunk) -> bytes:
    return bytes(chunk.data[:KNOWN_BYTES])


def _tail(before: bytes, chunk: chunks.Chunk) -> bytes:
    """The last bytes of the stream; where a line was dropped, they begin anew."""
    if len(chunk.data) >= KNOWN_BYTES or chunk.dropped:
        return bytes(chunk.data[-KNOWN_BYTES:])
    return (before + bytes(chunk.data))[-KNOWN_BYTES:]
