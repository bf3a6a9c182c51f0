"""Unwrapped lines in, records out: what stands on several lines is put together.

A record may go on below its first line: with columns of a Rich screen, with fields (pino-pretty),
with a traceback. A line that begins with a blank but stands below nothing that it could belong to
is not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any, NamedTuple

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import json_lines, records, rest_of_line, rich_rows, text_lines, tracebacks
from tuner.lines.find_layouts import plain_text
from tuner.lines.layouts import FOUND, Layouts
from tuner.lines.rich_records import OpenRow
from tuner.lines.wrappers import Peeled
from tuner.model import Record

UNPLACED = "indented, below no record"
MOST_BELOW = 1_000
"""More lines of a traceback are not believed."""
MOST_REPEATED = 100_000
"""So many records that rsyslog counted only are believed among the lines of a chunk."""
_FIELD = lazy_pattern(r'\s+"?([A-Za-z_][\w.\-]*)"?: (\S.*?),?\s*$')
_CODE_SPAN = lazy_pattern(rb"`\s*([^`]{20,}?)\s*`")
WITH_FIELDS_BELOW = (FOUND, text_lines.PYTHON)
"""Layouts of records that may have a line for each field below them."""
_OWN_TEXT = (text_lines.DEV, text_lines.COMPACT)
"""Their records without fields may have them behind the traceback below."""
_REPEATED = lazy_pattern(rb"message repeated (\d{1,6}) times: \[ (.*)\]")
_LIVEKIT_JSON = b'{"message": "'
_MAYBE_ROW = lazy_pattern(
    rb"(?:\x1b\[[\d;?]*[A-Za-z])*+[ >|]{0,8}(?:\x1b\[[\d;?]*[A-Za-z])*+(?:\d\d?:\d\d:\d\d| {8})"
)


def is_field_below(line: bytes) -> bool:
    """Whether a line can hold a field of the record above it."""
    return _FIELD.match(plain_text(line)) is not None


class Unwrapped(NamedTuple):
    """A line without its wrappers: its 1-based number, its bytes, how many lines it took."""

    line: int
    raw: bytes
    lines: int
    peeled: Peeled


class Parsed(NamedTuple):
    """A record, CONTINUATION, or why the lines were not understood; and where they stand."""

    record: Record | str
    line: int
    raw: bytes
    lines: int
    peeled: Peeled


class _Open(NamedTuple):
    """A record to which more lines may belong, and its first line."""

    start: Unwrapped
    record: Record | OpenRow
    fields: dict[str, Any]
    lines: int


def assemble(
    lines: Iterable[Unwrapped],
    layouts: Layouts,
    damage: Callable[[bytes], str],
    continued: bool = False,
    above: str = "",
) -> Iterator[Parsed]:
    """Put the lines of each record together. `continued`: a record may have begun before; `above`
    is the time of the row of a screen before the lines."""
    state = _State(layouts, continued, above)
    for line in _each_time(lines):
        if reason := damage(line.raw):
            yield from state.close()
            state.lose()
            yield Parsed(reason, *line)
        else:
            yield from state.add(line)
    yield from state.close()


def _each_time(lines: Iterable[Unwrapped]) -> Iterator[Unwrapped]:
    """The lines; where rsyslog counted ("message repeated 3 times: [ text]"), as many of them."""
    left = MOST_REPEATED
    for line in lines:
        text = line.peeled.text
        repeated = _REPEATED.fullmatch(text) if text.startswith(b"message repeated ") else None
        times = int(repeated[1]) if repeated else 0
        if repeated is None or not 0 < times <= left:
            yield line
            continue
        left -= times
        one = line._replace(peeled=line.peeled._replace(text=repeated[2]))
        yield one
        yield from repeat(one._replace(lines=0), times - 1)


class _State:
    """What has to be known of the lines above."""

    def __init__(self, layouts: Layouts, continued: bool, above: str) -> None:
        self._layouts, self._time = layouts, above
        self._open: _Open | None = None
        self._below = 0 if continued else MOST_BELOW
        self._in_traceback = False

    def add(self, line: Unwrapped) -> Iterator[Parsed]:
        """Take the next line; give what is finished."""
        text = line.peeled.text
        if text[:1] == b"{" and not self._is_below_row(text):
            yield from self.close()
            self._below, self._in_traceback = MOST_BELOW, False  # JSON does not go on below
            yield from _objects(line, text)
            return
        self._in_traceback = self._goes_on(text)
        if self._open is not None and self._taken(text, line.lines):
            return
        yield from self.close()
        if self._in_traceback:
            yield Parsed(self._placed(records.CONTINUATION, text), *line)
        else:
            yield from self._begin(line, text)

    def _is_below_row(self, text: bytes) -> bool:
        """Whether an object belongs to the row of a screen above it."""
        row = self._open.record if self._open is not None else None
        return isinstance(row, OpenRow) and row.has_fields_at_margin(plain_text(text))

    def _goes_on(self, text: bytes) -> bool:
        """Whether the line goes on with the traceback of the record above, whose fields it may
        have. What an exception says can be a record of its own in a layout of the file."""
        if not self._in_traceback:
            return self._below < MOST_BELOW and text.startswith(tracebacks.BEGINS)
        if not tracebacks.goes_on(text):
            return False
        if text.startswith(tracebacks.BEGINS):
            return True
        if self._open is not None and not isinstance(self._open.record, OpenRow):
            self._open.fields.update(tracebacks.fields_behind(text))
        return not self._is_record(text)

    def _is_record(self, text: bytes) -> bool:
        """Whether a record begins on a line."""
        if _MAYBE_ROW.match(text) and rich_rows.row(plain_text(text)) is not None:
            return True
        return isinstance(records.parse(text, self._layouts), Record)

    def lose(self) -> None:
        """A line could not be read: what stands below may belong to it."""
        self._below = 0

    def _taken(self, raw: bytes, lines: int) -> bool:
        """Whether the line belongs to the open record."""
        assert self._open is not None
        start, record, fields, n = self._open
        text = plain_text(raw)
        if isinstance(record, OpenRow):
            taken = rich_rows.row(text) is None and record.takes(text)
        elif self._in_traceback:
            taken = n < MOST_BELOW
        else:
            field = _FIELD.match(text) if record.shape in WITH_FIELDS_BELOW else None
            taken = field is not None and n < MOST_BELOW
            if field is not None:
                fields[field[1]] = rest_of_line.value(field[2])
        if taken:
            self._open = _Open(start, record, fields, n + lines)
        return taken

    def _begin(self, line: Unwrapped, text: bytes) -> Iterator[Parsed]:
        if _MAYBE_ROW.match(text):
            plain = plain_text(text)
            if (columns := rich_rows.row(plain)) is not None:
                self._time = columns.time or self._time
                row = OpenRow(columns, plain, self._time)
                self._open, self._below = _Open(line, row, {}, line.lines), 0
                return
        bare = text.strip()
        if bare.count(_LIVEKIT_JSON) > 1 and (pieces := json_lines.several(bare)):
            yield from _several(line, pieces)
            return
        record = records.parse(bare if bare[:2] == b'{"' else text, self._layouts)
        if isinstance(record, str):
            record = _behind_anything(bare) or record
        if isinstance(record, str) or (record.shape == FOUND and record.time is None):
            record = _in_a_code_span(bare) or record
        if isinstance(record, str):
            yield Parsed(self._placed(record, text), *line)
            return
        self._below = 0
        if record.shape in WITH_FIELDS_BELOW or (record.shape in _OWN_TEXT and not record.body):
            self._open = _Open(line, record, {}, line.lines)
        else:
            yield Parsed(record, *line)

    def _placed(self, reason: str, text: bytes) -> str:
        """Why a line is no record; CONTINUATION if it belongs to the record above."""
        if reason != records.CONTINUATION or not text.strip():
            self._below = self._below if reason == records.CONTINUATION else MOST_BELOW
            return reason
        indented = rich_rows.ANSI.sub("", text[:64].decode(errors="replace"))[:1].isspace()
        self._below = self._below + 1 if indented else 0
        return records.CONTINUATION if self._below <= MOST_BELOW else UNPLACED

    def close(self) -> Iterator[Parsed]:
        """Give the open record."""
        if self._open is None:
            return
        start, record, fields, lines = self._open
        self._open = None
        if isinstance(record, OpenRow):
            record = record.record()
        elif fields:
            _add_fields(record, fields)
        yield Parsed(record, start.line, start.raw, lines, start.peeled)


def _behind_anything(text: bytes) -> Record | None:
    """LiveKit's JSON behind a prefix that no other line has."""
    start = text.find(_LIVEKIT_JSON) if text.endswith(b"}") else -1
    record = json_lines.parse(text[start:]) if start > 0 else ""
    return record if isinstance(record, Record) else None


def _in_a_code_span(text: bytes) -> Record | None:
    """A record that stands as code among the words of a post."""
    for span in _CODE_SPAN.findall(text) if text.count(b"`") > 1 else ():
        is_json = span[:1] == b"{"
        record = json_lines.parse(span) if is_json else text_lines.parse_own(span)
        if isinstance(record, Record):
            return record
    return None


def _objects(line: Unwrapped, text: bytes) -> Iterator[Parsed]:
    """The record on a line, or the records where a chat or a page took the newlines away."""
    record = json_lines.parse(text)
    pieces = json_lines.several(text) if isinstance(record, str) else []
    yield from _several(line, pieces)
    if not pieces:
        yield Parsed(record, *line)


def _several(line: Unwrapped, pieces: Iterable[bytes]) -> Iterator[Parsed]:
    for number, piece in enumerate(pieces):
        one = line._replace(raw=piece, lines=0 if number else line.lines)
        yield Parsed(json_lines.parse(piece), *one)


def _add_fields(record: Record, fields: dict[str, Any]) -> None:
    """Add what stands below a record in the layouts of pino-pretty and its like."""
    before = msgspec.json.decode(record.body) if record.body else {}
    record.body = msgspec.json.encode({**before, **fields})
    ids = text_lines.context(record.body) or text_lines.Context()
    record.job = record.job or ids.job_id or ""
    record.room = record.room or ids.room or ""
    record.pid = record.pid or ("" if ids.pid is None else str(ids.pid))
