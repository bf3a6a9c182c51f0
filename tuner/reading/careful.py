"""One chunk of lines in, its summary out: lines are unwrapped, parsed, read and counted.

Every line is looked at alone here, in any shape and wrapper. `fast.py` does the same for the one
layout that fills terabytes, and comes here for whatever it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tuner.inputs import chunks
from tuner.lines import events, records, text_lines, wrappers
from tuner.lines.timestamps import DAY_S
from tuner.model import Event, Record
from tuner.summary import event_counting
from tuner.summary.summary import Summary

TOO_LONG = "longer than 1 MiB"


class Filter(NamedTuple):
    """Which records count: from `since` up to `until`, of one call (job, room or pid).

    Times are epoch seconds, or seconds since midnight UTC: then every day of the log counts.
    """

    since: float | None = None
    until: float | None = None
    call: str | None = None

    def keeps(self, record: Record) -> bool:
        """Whether the record counts; one without a time passes unless a time was asked for."""
        if self.call is not None and self.call not in (record.job, record.room, record.pid):
            return False
        if self.since is None and self.until is None:
            return True
        time = record.time
        if time is None:
            return False
        return (self.since is None or _on(self.since, time) >= self.since) and (
            self.until is None or _on(self.until, time) < self.until
        )


def _on(bound: float, time: float) -> float:
    """The time on the bound's clock: a bound within the first day is a time of day."""
    return time % DAY_S if bound <= DAY_S else time


EVERYTHING = Filter()


class ParsedLine(NamedTuple):
    """One record with its event (if it tells of one), its 1-based line and its bytes.

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
    summary.bytes = len(chunk.data)
    if chunk.dropped:
        summary.skip(TOO_LONG, chunk.dropped)
    for found in read(bytes(chunk.data), summary):
        count(summary, found, only)
    return summary


def count(summary: Summary, found: ParsedLine, only: Filter = EVERYTHING) -> None:
    """Add one record and its event, if the filter keeps it."""
    record, event = found.record, found.event
    if not only.keeps(record):
        summary.understand(found.lines)
        return
    call = summary.add_record(record, event.kind if event is not None else "", found.lines)
    if event is None:
        return
    if record.shape == text_lines.PYTHON and not record.call:
        summary = summary.aside()
        call = summary.call("")
    event_counting.add(summary, event, record, call, found.line, found.raw)


def read(data: bytes, summary: Summary) -> Iterator[ParsedLine]:
    """Every record of a chunk; lines that are none are counted in `summary`."""
    clean = is_clean(data)
    offset = summary.lines
    for line, raw, pieces, peeled in _unwrapped(split(data)):
        reason = "" if clean and len(raw) <= chunks.MAX_LINE else damage(raw)
        record = reason or records.parse(peeled.text)
        if isinstance(record, Record):
            _fill(record, peeled)
            if peeled.names:
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


def _unwrapped(lines: Sequence[bytes]) -> Iterator[tuple[int, bytes, int, wrappers.Peeled]]:
    """(1-based line, its bytes, how many lines it took, the unwrapped text); pieces are joined."""
    waiting: dict[str, list[bytes]] = {}
    for number, raw in enumerate(lines, 1):
        line = raw.strip(b"\r\xef\xbb\xbf") if raw[:1] in b"\r\xef" or raw[-1:] == b"\r" else raw
        if line.startswith(b'{"message"'):  # LiveKit's own layout, unwrapped: nothing to peel
            yield number, line, 1, wrappers.Peeled(line)
            continue
        peeled = wrappers.peel(line)
        if peeled.partial:
            waiting.setdefault(peeled.stream, []).append(peeled.text)
            continue
        pieces = waiting.pop(peeled.stream, [])
        if pieces:
            peeled = _joined(pieces, peeled)
        yield number - len(pieces), line, 1 + len(pieces), peeled
    for pieces in waiting.values():
        yield len(lines) - len(pieces) + 1, b"", len(pieces), wrappers.Peeled(b"".join(pieces))


def _joined(pieces: Sequence[bytes], last: wrappers.Peeled) -> wrappers.Peeled:
    """The record whose pieces stood in several entries."""
    inner = wrappers.peel(b"".join(pieces) + last.text)
    return inner._replace(names=last.names + inner.names, time=inner.time or last.time)


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


def _fill(record: Record, peeled: wrappers.Peeled) -> None:
    """Take from the wrapper what the record itself does not have."""
    if peeled.time is not None and record.clock in ("", "day"):
        record.time, record.clock = peeled.time, peeled.clock
    if not record.pid:
        record.pid = peeled.pid
