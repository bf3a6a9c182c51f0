"""One chunk of lines in, its summary out: lines are unwrapped, parsed, read and counted.

Every line is read alone here, in any layout and wrapper. `fast.py` does the same for the two
layouts that fill terabytes, and comes here for whatever it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from tuner.exports.ordering import Order
from tuner.inputs import chunks
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import clocks, events, find_layouts, look, records, text_lines
from tuner.lines.assemble import assemble
from tuner.lines.layouts import FOUND, NONE, Layouts, both
from tuner.lines.message_starts import find_message
from tuner.lines.parsed import Parsed, Unwrapped
from tuner.lines.unwrap import Unwrapper
from tuner.lines.wrappers import Peeled
from tuner.model import Event, Record
from tuner.reading import guard
from tuner.reading.record_filter import EVERYTHING, Filter
from tuner.summary import event_counting
from tuner.summary.summary import Summary, call_key

NO_FAULTS: Mapping[bytes, str] = {}
_GOES_ON = lazy_pattern(
    r"\W|\d|[A-Z]{4,8}\b|[\w.@/-]{1,60}[:>|-]{1,3}\s|[A-Z]{2}_\w{6,60}\s"
    r"|.{0,60}?(?:livekit|openai|httpx|httpcore)"
)
"""How what is left of a layout begins: with a sign, a time, a level, a name, an id, or before long
with a logger. To look for known messages takes as long as all else that is done with a line."""


class ParsedLine(NamedTuple):
    """One record with its event (if it reports one), its 1-based line and its bytes.

    `lines` is how many lines it took: more than one when a container runtime split it.
    """

    record: Record
    event: Event | None
    line: int
    raw: bytes
    lines: int


def summarize(
    chunk: chunks.Chunk,
    only: Filter,
    slow_ms: float,
    layouts: Layouts = NONE,
    unread: guard.Faults = NO_FAULTS,
) -> Summary:
    """Return the summary of one chunk of whole lines; some are known to be left `unread`.

    Lines in layouts that the file did not begin with are read in a second pass.
    """

    def read_with(chunk: chunks.Chunk, faults: guard.Faults) -> Summary:
        faults = {**unread, **faults} if unread else faults
        unplaced: list[bytes] = []
        summary = _summarize(chunk, only, slow_ms, layouts, unplaced, faults)
        more = with_found(layouts, unplaced)
        if more is layouts:
            return summary
        return _summarize(chunk, only, slow_ms, more, [], faults)

    return guard.read(read_with, chunk)


def with_found(layouts: Layouts, unplaced: Sequence[bytes]) -> Layouts:
    """The layouts and those found in lines that were in none of them; the same if there are none.

    Whoever gets others than before has to read the chunk again.
    """
    more = find_layouts.find(look.plain(unplaced))
    return both(layouts, more) if more.found else layouts


def _summarize(
    chunk: chunks.Chunk,
    only: Filter,
    slow_ms: float,
    layouts: Layouts,
    unplaced: list[bytes],
    faults: guard.Faults,
) -> Summary:
    summary = Summary(slow_ms)
    summary.bytes, summary.taken = len(chunk.data), chunk.origin and chunk.origin.taken
    order = Order()
    if chunk.dropped:
        summary.skip(chunks.TOO_LONG, chunk.dropped)
    for parsed in read_chunk(chunk, summary, layouts, unplaced, faults):
        count(summary, parsed, only)
        _add_time(order, parsed.record)
    summary.unordered = order.broken
    return summary


def _add_time(order: Order, record: Record) -> None:
    if record.time is None:
        return
    if record.clock in ("utc", "naive", "yearless"):
        order.add(record.time, record.clock + call_key(record))
    elif record.clock == "day":
        order.add_time_of_day(record.time, record.clock + call_key(record))


def count(summary: Summary, parsed: ParsedLine, only: Filter = EVERYTHING) -> None:
    """Add one record and its event, if the filter keeps it."""
    record, event = parsed.record, parsed.event
    if only is not EVERYTHING and not only.keeps(record):
        summary.understand(parsed.lines)
        return
    call = summary.add_record(record, event.kind if event is not None else None, parsed.lines)
    if event is None:
        if record.level != "DEBUG":
            _listed_in(summary, record).other_lines.read(record, call_key(record))
        return
    if (listed := _listed_in(summary, record)) is not summary:
        summary, call = listed, listed.call("")
    event_counting.add(summary, event, record, call, parsed.line, parsed.raw)


def read_chunk(
    chunk: chunks.Chunk,
    summary: Summary,
    layouts: Layouts,
    unplaced: list[bytes],
    faults: guard.Faults = NO_FAULTS,
) -> Iterator[ParsedLine]:
    """As `read`; unless the input begins with it, a chunk may continue the record before it."""
    continued = chunk.at != len(chunk.data)
    return read(bytes(chunk.data), summary, layouts, continued, unplaced, faults)


def _listed_in(summary: Summary, record: Record) -> Summary:
    """Where the record counts: plain text without ids may be a second print of other records."""
    if record.shape in (text_lines.PYTHON, FOUND) and not call_key(record):
        return summary.plain_text()
    return summary


def read(
    data: bytes,
    summary: Summary,
    layouts: Layouts = NONE,
    continued: bool = False,
    unplaced: list[bytes] | None = None,
    faults: guard.Faults = NO_FAULTS,
    above: str = "",
) -> Iterator[ParsedLine]:
    """Every record of a chunk; lines that are none are counted in `summary`.

    `continued`: the first lines may belong to a record before the chunk, whose time, if a screen
    leaves it out where it is the same, is `above`. Lines in no known layout
    are added to `unplaced`, as many as are needed to find theirs. `faults` are not looked at.
    """
    why = _undamaged if is_clean(data) else damage
    offset = summary.lines
    lines = _unwrapped(split(data), layouts, faults)
    parsed = assemble(lines, layouts, lambda raw: faults.get(raw) or why(raw), continued, above)
    for record, line, raw, pieces, peeled in _on_one_clock(map(_filled, parsed), layouts):
        if isinstance(record, Record):
            if peeled.names:
                summary.wrappers.update(peeled.names)
            event = events.read(record)
            if event is None and unplaced is not None and _is_in_part(record):
                _keep(raw, unplaced)
            yield ParsedLine(record, event, line + offset, raw, pieces)
        elif record == records.CONTINUATION:
            summary.understand(pieces)
        else:
            if unplaced is not None:
                _keep(raw, unplaced)
            summary.skip(record, pieces, line + offset, raw)


def _is_in_part(record: Record) -> bool:
    """Whether a known message stands inside of what is taken for one, since its layout begins as
    one of our list does and goes on otherwise (`[INFO] 2026-01-30 16:20:00 name: `)."""
    if record.shape != text_lines.PYTHON or not _GOES_ON.match(record.message):
        return False
    found = find_message(record.message)
    return found is not None and found[0] > 0


def _keep(raw: bytes, unplaced: list[bytes]) -> None:
    if len(unplaced) < find_layouts.MOST_LINES:
        unplaced.append(raw)


def _unwrapped(
    lines: Sequence[bytes], layouts: Layouts, faults: guard.Faults
) -> Iterator[Unwrapped]:
    """The lines without their wrappers; LiveKit's own layout, unwrapped, has none."""
    unwrapper: Unwrapper | None = None
    for number, raw in enumerate(lines, 1):
        if raw in faults or (raw.startswith(b'{"message"') and raw.endswith(b"}")):
            yield Unwrapped(number, raw, 1, Peeled(raw))
            continue
        unwrapper = unwrapper or Unwrapper(layouts.wrappers)
        if (line := unwrapper.add(number, raw)) is not None:
            yield from _each(line) if b"\n" in line.peeled.text else (line,)
    if unwrapper is not None:
        yield from unwrapper.rest()


def _each(line: Unwrapped) -> Iterator[Unwrapped]:
    """The lines that one wrapper holds: shippers join a record with its traceback, or several."""
    for at, text in enumerate(line.peeled.text.split(b"\n")):
        lines = 0 if at else line.lines
        yield line._replace(lines=lines, peeled=line.peeled._replace(text=text.rstrip(b"\r")))


def _on_one_clock(parsed: Iterator[Parsed], layouts: Layouts) -> Iterator[Parsed]:
    """The records with their times on one clock: from the first on that has no date or no zone."""
    near: float | None = None
    for item in parsed:
        record = item.record
        if isinstance(record, Record):
            if record.clock != "utc":
                yield from clocks.placed(chain([item], parsed), layouts.clocks, near)
                return
            near = record.time
        yield item


def split(data: bytes) -> list[bytes]:
    """The lines of a chunk, without their newlines."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _undamaged(raw: bytes) -> str:
    """What `damage` says where no byte of the chunk is damaged."""
    return chunks.TOO_LONG if len(raw) > chunks.MAX_LINE else ""


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
        return chunks.TOO_LONG
    if b"\0" in raw:
        return "NUL bytes"
    return "" if _is_utf8(raw) else "invalid UTF-8"


def _filled(parsed: Parsed) -> Parsed:
    """The same with what the wrapper has and the record itself does not."""
    record, peeled = parsed.record, parsed.peeled
    if isinstance(record, Record):
        if peeled.time is not None:
            clocks.from_wrapper(record, peeled.time, peeled.clock)
        record.pid = record.pid or peeled.pid
    return parsed
