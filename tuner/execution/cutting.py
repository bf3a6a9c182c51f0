"""An input in, its chunks of whole lines out, however it holds them.

It may be lines, a call record, an export or an archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from tuner.call_records import detection
from tuner.call_records.detection import Many
from tuner.errors import InputError
from tuner.execution import call_chunks, sorted_calls, streamed_archives
from tuner.exports import blocks, doubling, numbers_before, pasted_stretches, second_prints
from tuner.exports import reading as exports
from tuner.exports.plain_beginnings import is_plain
from tuner.inputs import archive_files, chunks, mapped_chunks, streams
from tuner.inputs.streams import KNOWN_BYTES
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.exports.plain_lines import KnownLines
    from tuner.exports.ranges import Ranges
    from tuner.lines.layouts import Layouts

DOUBLED = "doubled"
_TIME_ABOVE = rb"\W{0,8}\d{4}-\d\d-\d\d[T ][\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d)?\s*\n\{\s*\n"
"""A time alone above an object over many lines."""
_SENTENCE = rb"[A-Z][a-z]+ [a-z]+ |[A-Za-z-]+: [A-Z][a-z]{2}, "
"""How a sentence, or a header of HTTP with a date, begins."""
_NO_WORDS = lazy_pattern(
    rb"(?!" + _TIME_ABOVE + rb")\s*(?:[{\[\"\d<|]|(?!" + _SENTENCE + rb")[^\n]*\d:\d\d:\d\d)"
)
_TWO_TIMES = lazy_pattern(rb"\d\d:\d\d:\d\d[^\n]{29,}?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_ELEMENT = lazy_pattern(rb"(?:\xef\xbb\xbf)?\s*<[?A-Za-z]")
_VALUE = lazy_pattern(
    rb"\s*(?:[\"'\[({]|[bu]['\"]|(?:\w{1,40} ){0,2}\w{1,40} ?= ?[\[({'\"]|[A-Z]\w{0,40} \{"
    rb"|(?:From |[A-Za-z][\w-]{1,40}: )[^\n]*\n[A-Za-z][\w-]{1,40}:)"
)
"""What looks as values begin that are printed, or that hold a text, or as a mail does."""


def kind_of(path: str) -> str:
    """How to read an input: "ranges" for an export that can be cut, "falling" for one with the
    newest records first, "whole" for one that cannot, for a call record and for a log out of order,
    "" for any other."""
    try:
        kind = kind_of_head(_first(path))
    except InputError:
        return ""  # whoever reads it will say why
    return "whole" if kind == DOUBLED else kind


def kind_of_head(head: bytes) -> str:
    """The same of what begins like this; `DOUBLED` where lines stand twice that are read as they
    are."""
    if _is_whole(head):
        return "whole"
    if not exports.is_export(head):
        return DOUBLED if _is_doubled(head) else ""
    from tuner.exports.ranges import Ranges

    ranges = Ranges(head)
    if not ranges.possible or _is_doubled(ranges.text):
        return "whole"
    return "falling" if ranges.falls else "ranges"


def _is_whole(head: bytes) -> bool:
    """Whether an input has to be read from its beginning: it is not of lines, or in parts only."""
    return (
        _has_fence(head)
        or _words_before(head) > 0
        or _is_carried(head)
        or detection.detect(head) is not None
        or archive_files.is_archive(head)
        or numbers_before.numbers(head) is not None
    )


def _first(path: str) -> bytes:
    with streams.opened(path, little=True) as log:
        return streams.skip(log.stream, KNOWN_BYTES)[1]


def of_export(path: str, start: int, end: int | None) -> tuple[Ranges, int, int | None]:
    """What reads a range of an export, and its ends moved to where records begin."""
    from tuner.exports.ranges import Ranges

    ranges = Ranges(_first(path))
    begin = _record(path, start, ranges) if start else 0
    size = streams.plain_size(path) or 0
    return ranges, begin, end if end is None or end >= size else _record(path, end, ranges)


def in_range(ranges: Ranges, log: streams.Opened) -> Iterator[chunks.Chunk]:
    """The chunks of a range; of records that are put in order of time nothing stands twice."""
    every = ranges.chunks(log.stream, log.total, is_first=not log.start)
    if not ranges.falls:
        return every
    return pasted_stretches.single(second_prints.single(every, KNOWN_BYTES))


def _record(path: str, at: int, ranges: Ranges) -> int:
    """The place of the first record from a place on."""
    from tuner.exports.ranges import REACH

    with streams.opened(path, at, at + REACH) as log:
        return log.start + ranges.begins(log.stream.read())


def whole(
    log: streams.Opened, sort: bool, may_die: bool, many: Many = map
) -> Iterator[chunks.Chunk]:
    """The chunks of an open log: those of the lines that a call record or an export holds, which
    are put in order of time first where `sort` asks for it. `many`: see `call_chunks`."""
    head = blocks.first(log.stream, KNOWN_BYTES)
    if archive_files.is_archive(head):  # those in files were taken apart before
        yield from streamed_archives.cut(head, log, lambda inner: whole(inner, sort, False))
        return
    names: tuple[str, ...] = ()
    if _has_fence(head):
        log, head = _without_fences(log, head)
    if (before := numbers_before.numbers(head)) is not None:
        log, head = _begun(log, numbers_before.without(head, log.stream, before))
        names = (numbers_before.NAME,)
    if (size := _words_before(head)) > 0:
        from tuner.exports import words_before

        stream = blocks.Rewound(words_before.blanked(head, size), log.stream)
        log, head = _begun(log, stream)
    if _is_carried(head):
        log, head, more = _taken_out(log, head)
        names = (*names, *more)
    source = detection.detect(head)
    if source is not None:
        how = sorted_calls if source.is_log and sorted_calls.are_shuffled(head) else call_chunks
        every = how.chunks(source, head, log, many)
    else:
        every = second_prints.single(_lines(log, head, sort, may_die), KNOWN_BYTES)
        every = pasted_stretches.single(every)
    for chunk in every:
        waiting = chunk.waiting or bool(names)  # places in a carried log are none of the input
        yield chunk._replace(waiting=waiting, carried=(*names, *chunk.carried)) if names else chunk


def _lines(log: streams.Opened, head: bytes, sort: bool, may_die: bool) -> Iterator[chunks.Chunk]:
    """The chunks of lines, those of an export taken out of it."""
    found = exports.opened(head, log.stream, log.total, sort, _learnt)
    if isinstance(found, exports.Plain):
        yield from plain(log._replace(stream=found.stream), may_die)
    else:
        yield from found


def _learnt(layouts: Layouts, lines: Sequence[bytes]) -> KnownLines | None:
    """How lines of a text begin that has to be put in order of time; None if nobody can know."""
    from tuner.reading import dated_lines  # what most logs do not need

    return dated_lines.of(layouts, lines)


def _is_doubled(head: bytes) -> bool:
    """Whether each record of an input was printed twice."""
    return doubling.doubled(head) is not None


def _is_carried(head: bytes) -> bool:
    """Whether an input is a value that carries a log as its text."""
    if b"pipecat" in head or detection.may_hold(head):
        from tuner.exports import wrapped_call_records

        if wrapped_call_records.are_wrapped(head):
            return True
    is_docker = head.startswith(b'{"log":')
    if head[:1] not in (b"{", b"[") and _TWO_TIMES.search(head):  # perhaps two records on a line
        from tuner.exports import joined_lines

        if joined_lines.are_joined(head):
            return True
    if (b"O+" in head or b"E+" in head) and b"Z 0" in head:  # perhaps lines that go on
        from tuner.exports import continued_lines

        if continued_lines.are_continued(head):
            return True
    if _ELEMENT.match(head):
        from tuner.exports import xml_records

        return xml_records.are_records(head)
    if not _VALUE.match(head) or (b"\\n" not in head if is_docker else is_plain(head)):
        return False
    from tuner.exports import carried

    return carried.is_carried(head)


def _taken_out(log: streams.Opened, head: bytes) -> tuple[streams.Opened, bytes, tuple[str, ...]]:
    """The log that an input carries, what it begins with, and the names of what carried it."""
    from tuner.exports import carried

    head, stream, names = carried.taken_out(head, log.stream, KNOWN_BYTES)
    return log._replace(stream=cast(BinaryIO, stream), range=None), head, names


def _has_fence(head: bytes) -> bool:
    """Whether an input stands in a Markdown fence."""
    if b"```" not in head and b"~~~" not in head:
        return False
    from tuner.exports import fences

    return fences.has_fence(head)


def _without_fences(log: streams.Opened, head: bytes) -> tuple[streams.Opened, bytes]:
    """The same log without its fences, and what it begins with."""
    from tuner.exports import fences

    return _begun(log, fences.Unfenced(blocks.Rewound(head, log.stream)))


def _begun(log: streams.Opened, stream: Any) -> tuple[streams.Opened, bytes]:
    """The same log of another stream, and what that begins with."""
    head = blocks.first(stream, KNOWN_BYTES)
    return log._replace(stream=cast(BinaryIO, stream), range=None), head


def _words_before(head: bytes) -> int:
    """How many bytes of words stand before an export, or a value that carries a log."""
    if _NO_WORDS.match(head) or is_plain(head) or _is_carried(head) or detection.detect(head):
        return 0
    from tuner.exports import words_before

    return words_before.size(head, _is_other)


def _is_other(head: bytes) -> bool:
    """Whether what begins like this is no log that is read as it is."""
    return exports.is_export(head) or _is_carried(head) or detection.detect(head) is not None


def plain(log: streams.Opened, may_die: bool) -> Iterator[chunks.Chunk]:
    """The chunks of a log of lines: as many as can be mapped (`may_die`, see `units.Job`), and the
    rest of the stream."""
    done = 0
    if may_die and log.range is not None:
        file, start, end, skip = log.range
        for chunk in mapped_chunks.chunks(file, start, end):
            done = chunk.at
            yield chunk
        skip(done)
    for chunk in chunks.chunks(log.stream, log.total):
        yield chunk._replace(at=chunk.at + done)
