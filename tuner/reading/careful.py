"""One chunk of lines in, its summary out: lines are unwrapped, parsed, read and counted.

Every line is read alone here, in any layout and wrapper. `fast.py` does the same for the two
layouts that fill terabytes, and comes here for whatever it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tuner.exports.ordering import Order
from tuner.inputs import chunks
from tuner.lines import events, records, text_lines, wrappers
from tuner.lines.unwrap import unwrapped
from tuner.model import Event, Record
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary import event_counting
from tuner.summary.summary import Summary, call_key

TOO_LONG = "longer than 1 MiB"


class ParsedLine(NamedTuple):
    """One record with its event (if it reports one), its 1-based line and its bytes.

    `lines` is how many lines it took: more than one when a container runtime split it.
    """

    record: Record
    event: Event | None
    line: int
    raw: bytes
    lines: int


def summarize(chunk: chunks.Chunk, only: Filter, slow_ms: float) -> Summary:
    """Return the summary of one chunk of whole lines."""
    summary = Summary(slow_ms)
    summary.bytes, summary.taken = len(chunk.data), chunk.origin and chunk.origin.taken
    order = Order()
    if chunk.dropped:
        summary.skip(TOO_LONG, chunk.dropped)
    for parsed in read(bytes(chunk.data), summary):
        count(summary, parsed, only)
        if parsed.record.time is not None and parsed.record.clock in _DATED:
            order.add(parsed.record.time, parsed.record.clock + call_key(parsed.record))
    summary.unordered = order.broken
    return summary


_DATED = ("utc", "naive")


def count(summary: Summary, parsed: ParsedLine, only: Filter = EVERYTHING) -> None:
    """Add one record and its event, if the filter keeps it."""
    record, event = parsed.record, parsed.event
    if only is not EVERYTHING and not only.keeps(record):
        summary.understand(parsed.lines)
        return
    call = summary.add_record(record, event.kind if event is not None else None, parsed.lines)
    if event is None:
        return
    if record.shape == text_lines.PYTHON and not call_key(record):
        summary = summary.plain_text()
        call = summary.call("")
    event_counting.add(summary, event, record, call, parsed.line, parsed.raw)


def read(data: bytes, summary: Summary) -> Iterator[ParsedLine]:
    """Every record of a chunk; lines that are none are counted in `summary`."""
    clean = is_clean(data)
    offset = summary.lines
    for line, raw, pieces, peeled in unwrapped(split(data)):
        reason = "" if clean and len(raw) <= chunks.MAX_LINE else damage(raw)
        record = reason or records.parse(peeled.text)
        if isinstance(record, Record):
            if peeled.names:
                _take_from_wrapper(record, peeled)
                summary.wrappers.update(peeled.names)
            yield ParsedLine(record, events.read(record), line + offset, raw, pieces)
        elif record == records.CONTINUATION:
            summary.understand(pieces)
        else:
            summary.skip(record, pieces, line + offset, raw)


def split(data: bytes) -> list[bytes]:
    """The lines of a chunk, without their newlines."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def is_clean(data: bytes) -> bool:
    """Whether no line of the chunk can be damaged in its bytes: no NUL, valid UTF-8."""
    return b"\0" not in data and _is_utf8(data)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def damage(raw: bytes) -> str:
    """Why a line cannot be read as text; "" if it can."""
    if len(raw) > chunks.MAX_LINE:
        return TOO_LONG
    if b"\0" in raw:
        return "NUL bytes"
    return "" if _is_utf8(raw) else "invalid UTF-8"


def _take_from_wrapper(record: Record, peeled: wrappers.Peeled) -> None:
    """Take from the wrapper what the record itself does not have."""
    if peeled.time is not None and record.clock in ("", "day"):
        record.time, record.clock = peeled.time, peeled.clock
    if not record.pid:
        record.pid = peeled.pid
