"""Unwrapped lines in, records out: what stands on several lines is put together.

A record may go on below its first line: with columns of a Rich screen, with fields (pino-pretty),
with a traceback. A line that begins with a blank but stands below nothing that it could belong to
is not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import json_lines, records, rich_rows, text_lines, tracebacks
from tuner.lines.find_layouts import plain_text
from tuner.lines.layouts import FOUND, Layouts
from tuner.lines.open_records import MOST_BELOW, WITH_FIELDS_BELOW, OpenRecord
from tuner.lines.parsed import Parsed, Unwrapped
from tuner.lines.programs import Program, Programs
from tuner.lines.rich_records import OpenRow
from tuner.model import Record

UNPLACED = "indented, below no record"
MOST_REPEATED = 100_000
"""So many records that rsyslog counted only are believed among the lines of a chunk."""
_CODE_SPAN = lazy_pattern(rb"`\s*([^`]{20,}?)\s*`")
_OWN_TEXT = (text_lines.DEV, text_lines.COMPACT)
"""Their records without fields may have them behind the traceback below."""
_REPEATED = lazy_pattern(rb"message repeated (\d{1,6}) times: \[ (.*)\]")
_MESSAGE = b'"message": "'
_LIVEKIT_JSON = b"{" + _MESSAGE
_MAYBE_ROW = lazy_pattern(
    rb"(?:\x1b\[[\d;?]*[A-Za-z])*+[ >|]{0,8}(?:\x1b\[[\d;?]*[A-Za-z])*+(?:\d\d?:\d\d:\d\d| {8})"
)


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
        if line.peeled.stream != state.program.name:
            state.turn_to(line)
        found = [*state.add(line, damage(line.raw))]  # which may find another program
        yield from found if state.programs is None else state.programs.in_order(found, line.line)
    yield from state.rest()


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
        self._layouts, self.program = layouts, Program(time=above)
        self.programs: Programs | None = None
        self._below = 0 if continued else MOST_BELOW

    def turn_to(self, line: Unwrapped) -> None:
        """The next line may be one of another program than the one before."""
        if self.programs is None and self.program.open is None:
            self.program.name = line.peeled.stream
            return
        self.programs = self.programs or Programs(self.program)
        self.program = self.programs.of(line, self.program)

    def add(self, line: Unwrapped, damage: str) -> Iterator[Parsed]:
        """Take the next line; give what is finished. A line with a `damage` cannot be read: what
        stands below may belong to it."""
        if damage:
            yield from self._close()
            self._below = 0
            yield Parsed(damage, *line)
            return
        text = line.peeled.text
        if text[:1] == b"{" and not self._is_below_row(text):
            found = [*_objects(line, text)]
            if not self._is_between(found[0].record):
                yield from self._close()
            self._below, self.program.in_traceback = MOST_BELOW, False  # JSON does not go on below
            yield from found
            return
        self.program.in_traceback = self._goes_on(text)
        if self._is_taken(line, text):
            return
        if self.program.in_traceback:
            yield from self._close()
            yield Parsed(self._placed(records.CONTINUATION, text), *line)
        else:
            yield from self._begin(line, text)

    def _is_taken(self, line: Unwrapped, text: bytes) -> bool:
        """Whether the line belongs to the open record."""
        record = self.program.open
        if record is None or not record.takes(
            plain_text(text), line.lines, self.program.in_traceback
        ):
            return False
        self._below = 0
        return True

    def _is_below_row(self, text: bytes) -> bool:
        """Whether an object belongs to the row of a screen above it."""
        row = self.program.open.record if self.program.open is not None else None
        return isinstance(row, OpenRow) and row.has_fields_at_margin(plain_text(text))

    def _goes_on(self, text: bytes) -> bool:
        """Whether the line goes on with the traceback of the record above, whose fields it may
        have. What an exception says can be a record of its own in a layout of the file."""
        above = self.program.open
        if not self.program.in_traceback:
            is_below = above is not None or self._below < MOST_BELOW
            return is_below and text.startswith(tracebacks.BEGINS)
        if not tracebacks.goes_on(text):
            return False
        if text.startswith(tracebacks.BEGINS):
            return True
        if above is not None and not isinstance(above.record, OpenRow):
            above.fields.update(tracebacks.fields_behind(text))
        return not self._is_record(text)

    def _is_record(self, text: bytes) -> bool:
        """Whether a record begins on a line."""
        if _MAYBE_ROW.match(text) and rich_rows.row(plain_text(text)) is not None:
            return True
        return isinstance(records.parse(text, self._layouts), Record)

    def _begin(self, line: Unwrapped, text: bytes) -> Iterator[Parsed]:
        """Take a line on which no record goes on."""
        row, bare = self._row(text), text.strip()
        pieces = json_lines.several(bare) if bare.count(_MESSAGE) > 1 else []
        found = row or (None if pieces else self._record(text, bare))
        if not self._is_between(found):
            yield from self._close()
        if isinstance(found, str):
            yield Parsed(self._placed(found, text), *line)
            return
        self._below = self._below if pieces and not row else 0
        if found is None:
            yield from _several(line, pieces)
        elif isinstance(found, OpenRow) or (_may_go_on(found) and self.program.open is None):
            self.program.open = OpenRecord(line, found, line.lines)
        else:
            yield Parsed(found, *line)

    def _row(self, text: bytes) -> OpenRow | None:
        """The record whose row of a screen is on a line."""
        plain = plain_text(text) if _MAYBE_ROW.match(text) else ""
        columns = rich_rows.row(plain) if plain else None
        if columns is None:
            return None
        self.program.time = columns.time or self.program.time
        return OpenRow(columns, plain, self.program.time)

    def _record(self, text: bytes, bare: bytes) -> Record | str:
        """The record on a line, or why it is none."""
        record = records.parse(bare if bare[:2] == b'{"' else text, self._layouts)
        if isinstance(record, str):
            record = _behind_anything(bare) or record
        if isinstance(record, str) or (record.shape == FOUND and record.time is None):
            record = _in_a_code_span(bare) or record
        return record

    def _is_between(self, found: OpenRow | Record | str | None) -> bool:
        """Whether a line is nobody's, or another program's, and stands between a record and what
        belongs to it. The record then began before that of the other program."""
        above = self.program.open
        if above is None or isinstance(found, OpenRow) or found is None:
            return False
        if isinstance(found, str):
            return found == records.UNKNOWN and above.goes_on_behind()
        if not isinstance(above.record, OpenRow) or not above.goes_on_behind():
            return False
        self.programs = self.programs or Programs(self.program)
        return True

    def _placed(self, reason: str, text: bytes) -> str:
        """Why a line is no record; CONTINUATION if it belongs to the record above."""
        if reason != records.CONTINUATION or not text.strip():
            self._below = self._below if reason == records.CONTINUATION else MOST_BELOW
            return reason
        indented = rich_rows.ANSI.sub("", text[:64].decode(errors="replace"))[:1].isspace()
        self._below = self._below + 1 if indented else 0
        return records.CONTINUATION if self._below <= MOST_BELOW else UNPLACED

    def _close(self) -> Iterator[Parsed]:
        """Give the open record."""
        if self.program.open is not None:
            yield self.program.open.closed()
            self.program.open = None

    def rest(self) -> Iterator[Parsed]:
        """Give the records that are still open."""
        yield from self._close() if self.programs is None else self.programs.rest()


def _may_go_on(record: Record) -> bool:
    """Whether more of a record may stand below its line."""
    is_own = record.shape in _OWN_TEXT and not record.body
    return is_own or record.shape in WITH_FIELDS_BELOW


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
