"""A unit of work in, its part of the result out: what one process or one machine does at a time.

A unit is a byte range of a plain file, or all of a stream from some place on. Parts of one input,
joined in order in any grouping, equal the part of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NamedTuple

from tuner.call_records import detection
from tuner.errors import InputError, fault
from tuner.execution import call_chunks, streamed_archives
from tuner.exports import blocks
from tuner.exports import reading as exports
from tuner.inputs import archive_files, chunks, mapped_chunks, streams, versions
from tuner.inputs.streams import KNOWN_BYTES
from tuner.lines import look
from tuner.lines.layouts import NONE, Layouts
from tuner.reading import careful, guard, translated
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
    `sort`: put the records in order of time first. `export`: the range is one of an export.
    """

    path: str
    start: int = 0
    end: int | None = None
    version: str = ""
    sort: bool = False
    export: bool = False


class Part(NamedTuple):
    """What a unit gave: its summary, the bytes read from storage, and why it ended early.

    `at` is the place up to which `summary` reaches: None if nothing there is finished. `waiting`
    holds what stands behind it and may continue. `head` and `tail` are the bytes at the beginning
    of the input and before `at`. `unordered`: records of a call are not in order of time.
    """

    summary: Summary
    raw: int = 0
    problem: str = ""
    at: int | None = None
    waiting: Summary | None = None
    head: bytes = b""
    tail: bytes = b""
    unordered: bool = False


def join(first: Part, later: Part) -> Part:
    """The part of two neighbouring stretches. `first` is used up."""
    unordered = first.unordered or later.unordered or _goes_back(first, later)
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
        unordered,
    )


def _goes_back(first: Part, later: Part) -> bool:
    """Whether a call has records in the later stretch that are before those in the first one."""
    mine = [part.calls for part in (first.summary, first.waiting) if part is not None]
    others = [part.calls for part in (later.summary, later.waiting) if part is not None]
    return any(
        calls[key].goes_back(call)
        for calls in mine
        for found in others
        for key, call in found.items()
        if key and key in calls
    )


def _merged(first: Summary | None, later: Summary | None) -> Summary | None:
    if first is None or later is None:
        return later if first is None else first
    first.merge(later)
    return first


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
        return _part(piece, job)
    except Exception as error:
        lost = Summary(job.slow_ms)
        lost.skip(fault(error), bytes(piece.chunk.data).count(b"\n"))
        return Part(lost, piece.raw, fault(error), piece.chunk.at)


def _part(piece: Piece, job: Job) -> Part:
    chunk = piece.chunk
    summary = _summarize(chunk, job, piece.layouts)
    if chunk.packed:
        summary.wrappers[chunk.packed] += 1
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


def _is_unordered(chunk: chunks.Chunk, summary: Summary) -> bool:
    if chunk.origin is not None:
        return chunk.origin.unordered
    return summary.unordered


def _summarize(chunk: chunks.Chunk, job: Job, layouts: Layouts = NONE) -> Summary:
    strict = not job.fast and (chunk.at or 0) < FAST_BYTES
    if strict and len(chunk.data) < SMALL_BYTES:
        return careful.summarize(chunk, job.only, job.slow_ms, layouts)
    from tuner.reading import fast  # what small logs do not need

    return fast.summarize(chunk, job.only, job.slow_ms, strict, layouts)


def pieces(unit: Unit, may_die: bool = False) -> Iterator[Piece]:
    """The chunks of a unit; what went wrong comes with the last one, which may be empty."""
    before, packed, tail, problem = 0, "", b"", ""
    layouts: Layouts | None = None
    try:
        ranges, unit = _of_export(unit) if unit.export else (None, unit)
        with streams.opened(unit.path, unit.start, unit.end) as log:
            tail, packed = log.before, log.packed
            found = ranges.chunks(log.stream, log.total) if ranges else _cut(log, unit, may_die)
            for chunk in found:
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


def kind_of(path: str) -> str:
    """How to read an input: "ranges" for an export that can be cut, "whole" for one that cannot,
    for a call record and for a log out of order, "" for any other."""
    try:
        head = _first(path)
    except InputError:
        return ""  # whoever reads it will say why
    if detection.detect(head) is not None or archive_files.is_archive(head):
        return "whole"
    if not exports.is_export(head):
        return ""
    from tuner.exports.ranges import Ranges

    return "ranges" if Ranges(head).possible else "whole"


def _first(path: str) -> bytes:
    with streams.opened(path, little=True) as log:
        return streams.skip(log.stream, KNOWN_BYTES)[1]


def _of_export(unit: Unit) -> tuple[Ranges, Unit]:
    """The unit with its ends moved to where records begin, and what reads it."""
    from tuner.exports.ranges import Ranges

    ranges = Ranges(_first(unit.path))
    start = _record(unit.path, unit.start, ranges) if unit.start else 0
    size = streams.plain_size(unit.path) or 0
    end = unit.end if unit.end is None or unit.end >= size else _record(unit.path, unit.end, ranges)
    return ranges, unit._replace(start=start, end=end)


def _record(path: str, at: int, ranges: Ranges) -> int:
    """The place of the first record from a place on."""
    from tuner.exports.ranges import REACH

    with streams.opened(path, at, at + REACH) as log:
        return log.start + ranges.begins(log.stream.read())


def _cut(log: streams.Opened, unit: Unit, may_die: bool) -> Iterator[chunks.Chunk]:
    """The chunks of an open log: those of the lines that a call record or an export holds."""
    if unit.start or unit.end is not None:
        yield from _cut_plain(log, may_die)
        return
    head = blocks.first(log.stream, KNOWN_BYTES)
    if archive_files.is_archive(head):  # those in files were taken apart before
        yield from streamed_archives.cut(head, log, lambda inner: _cut(inner, unit, False))
        return
    source = detection.detect(head)
    if source is not None:
        yield from call_chunks.chunks(source, head, log)
        return
    found = exports.opened(head, log.stream, log.total, unit.sort)
    if isinstance(found, exports.Plain):
        yield from _cut_plain(log._replace(stream=found.stream), may_die)
    else:
        yield from found


def _cut_plain(log: streams.Opened, may_die: bool) -> Iterator[chunks.Chunk]:
    """As many chunks as can be mapped, and the rest of the stream."""
    done = 0
    if may_die and log.range is not None:
        file, start, end, skip = log.range
        for chunk in mapped_chunks.chunks(file, start, end):
            done = chunk.at
            yield chunk
        skip(done)
    for chunk in chunks.chunks(log.stream, log.total):
        yield chunk._replace(at=chunk.at + done)


def _layouts(unit: Unit, first: chunks.Chunk) -> Layouts:
    """The layouts of the beginning of a file; whoever reads a part of it finds the same."""
    if not unit.start or first.origin is not None:
        return _looked(bytes(first.data[: look.HEAD_BYTES]))
    with streams.opened(unit.path, little=True) as log:
        return _looked(log.stream.read(look.HEAD_BYTES))


@lru_cache(maxsize=4)  # a process reads many parts of one file
def _looked(head: bytes) -> Layouts:
    """The layouts of these lines; none where looking for them fails."""
    return guard.tried(lambda: look.look(head)) or NONE


def _head(chunk: chunks.Chunk) -> bytes:
    return bytes(chunk.data[:KNOWN_BYTES])


def _tail(before: bytes, chunk: chunks.Chunk) -> bytes:
    """The last bytes of the stream; where a line was dropped, they begin anew."""
    if len(chunk.data) >= KNOWN_BYTES or chunk.dropped:
        return bytes(chunk.data[-KNOWN_BYTES:])
    return (before + bytes(chunk.data))[-KNOWN_BYTES:]
