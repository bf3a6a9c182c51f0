"""An input in, the call records that a container runtime, a store or a logger wrapped out.

The wrapper stands before each line (Compose, CRI, kubectl, syslog, any that comes again), or
the record is a value of JSON or of a column of CSV. Only what the beginning shows is taken so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

from tuner.call_records import detection, span_formats
from tuner.call_records.documents import WholeLines, documents
from tuner.errors import InputError
from tuner.exports import column_texts, lines_behind, values_of_key
from tuner.exports.plain_beginnings import BOM
from tuner.exports.plain_lines import split
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import records, wrappers
from tuner.model import Record

_OTLP = lazy_pattern(rb'(?m)^[\s\[,]{0,40}\{\s*"(?:resourceSpans|resource_spans|scopeSpans)"\s*:')
_JSON = lazy_pattern(rb'\s*(?:\{|\[\s*["{\[])')
_DATE = lazy_pattern(r"\d{4}-\d\d-\d\d ")
_LOOKED_AT = 50
_MOST_HELD = 256 << 20
_TOO_MANY = "lines of call records, the newest first, may have 256 MiB"
Way = Callable[[Iterable[bytes]], Iterator[bytes]]


def are_wrapped(head: bytes) -> bool:
    """Whether an input that begins like this holds call records behind a wrapper."""
    may_be = b"pipecat" in head or detection.may_hold(head)
    return may_be and _way(head) is not None


def unwrapped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The call records of such an input, and its other lines, as if they stood alone."""
    blocks = iter(blocks)
    head = next(blocks, b"")
    way = _way(head)
    return chain([head], blocks) if way is None else way(chain([head.removeprefix(BOM)], blocks))


@lru_cache(2)  # whoever plans to read an input asks more than once
def _way(head: bytes) -> Way | None:
    """How the records are taken out; None if they stand alone, or there are none."""
    head = head.removeprefix(BOM)
    if not detection.may_hold(head):
        return _way_to_pipecat(head)
    if _holds_record(head):
        return None
    if (way := _way_to(head, _holds_record)) is not None:
        return way
    backwards = _way_to(head, _holds_spans_backwards)
    return None if backwards is None else lambda blocks: _turned(backwards(blocks))


def _way_to(head: bytes, holds: Callable[[bytes], bool]) -> Way | None:
    if _JSON.match(head):
        return values_of_key.way(head, holds)
    return column_texts.way(head, holds) or lines_behind.way(head, holds)


def _way_to_pipecat(head: bytes) -> Way | None:
    """The same of a Pipecat log, which is read from behind other words as it is."""
    if _JSON.match(head):
        return None if _is_read(head) else values_of_key.way(head, _is_pipecat)
    return column_texts.way(head, _is_pipecat)


def _holds_spans_backwards(text: bytes) -> bool:
    """Whether a store gave the lines of spans the last one first."""
    return b"span_id" in text and _holds_span(b"\n".join(reversed(text.split(b"\n"))))


def _turned(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines the last one first, which are held: stores give some ten thousand at a time."""
    held: list[bytes] = []
    size = 0
    for line in split(pieces):
        held.append(line + b"\n")
        size += len(line) + 1
        if size > _MOST_HELD:
            raise InputError(_TOO_MANY, "export the oldest first")
    yield from reversed(held)


def _holds_record(text: bytes) -> bool:
    """Whether a text begins as a session report, or as a log of spans."""
    source = detection.detect(text)
    if source is None or source.is_log:
        return False
    return source.module != "spans" or _OTLP.search(text) is not None or _holds_span(text)


def _holds_span(text: bytes) -> bool:
    found = islice(documents(WholeLines(1, text)), _LOOKED_AT)
    return any(span_formats.parse(each, line) is not None for line, each in found)


def _is_read(head: bytes) -> bool:
    """Whether the reader of lines finds the messages in these records: more stands beside them."""
    lines = (wrappers.peel(line).text for line in head.split(b"\n", _LOOKED_AT)[:_LOOKED_AT])
    found = (record for line in lines if isinstance(record := records.parse(line), Record))
    return any(record.level and not _DATE.match(record.message) for record in found)


def _is_pipecat(text: bytes) -> bool:
    source = detection.detect(text)
    return source is not None and source.is_log
