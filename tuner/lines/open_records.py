"""A record to which lines below may still belong, and those lines, in; the whole record out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import rest_of_line, rich_rows, text_lines
from tuner.lines.find_layouts import plain_text
from tuner.lines.layouts import FOUND
from tuner.lines.parsed import Parsed, Unwrapped
from tuner.lines.rich_records import OpenRow
from tuner.model import Record

MOST_BELOW = 1_000
"""More lines of a traceback are not believed."""
_MOST_BETWEEN = 100
"""So many lines of others are believed to stand between a record and what belongs to it."""
WITH_FIELDS_BELOW = (FOUND, text_lines.PYTHON)
"""Layouts of records that may have a line for each field below them."""
_FIELD = lazy_pattern(r'\s+"?([A-Za-z_][\w.\-]*)"?: (\S.*?),?\s*$')
_CLOSES = lazy_pattern(r"\s+[\]}]+,?\s*")
"""What closes an object, or a list, among the fields."""


def is_field_below(line: bytes) -> bool:
    """Whether a line can hold a field of the record above it."""
    return _FIELD.match(plain_text(line)) is not None


@dataclass(slots=True)
class OpenRecord:
    """A record to which more lines may belong, its first line, and how many lines it has."""

    start: Unwrapped
    record: Record | OpenRow
    lines: int
    fields: dict[str, Any] = field(default_factory=dict)
    between: int = 0
    last: tuple[str, Any] = ("", None)
    """The field on the line above: agents-js prints a job, whose id is the call's, as an object."""

    def takes(self, text: str, lines: int, in_traceback: bool) -> bool:
        """Add a line if it belongs to the record; False if it does not."""
        if isinstance(self.record, OpenRow):
            taken = rich_rows.row(text) is None and self.record.takes(text)
        elif in_traceback:
            taken = self.lines < MOST_BELOW
        else:
            taken = self._takes_field(self.record, text)
        self.lines += lines if taken else 0
        return taken

    def _takes_field(self, record: Record, text: str) -> bool:
        if record.shape not in WITH_FIELDS_BELOW or self.lines >= MOST_BELOW:
            return False
        if (found := _FIELD.match(text)) is None:
            return bool(self.fields) and _CLOSES.fullmatch(text) is not None
        name, value = found[1], rest_of_line.value(found[2])
        is_of_job = name == "id" and self.last == ("job", "{")
        self.fields["job_id" if is_of_job else name] = value
        self.last = (name, value)
        return True

    def goes_on_behind(self) -> bool:
        """Whether lines may still belong to the record behind one that is nobody's: what an app
        prints, or another program's."""
        self.between += 1
        record = self.record
        if isinstance(record, OpenRow):
            return not record.is_whole and self.between <= _MOST_BETWEEN
        return record.shape in WITH_FIELDS_BELOW and self.between <= _MOST_BETWEEN

    def closed(self) -> Parsed:
        """The record with all that stands below it."""
        record = self.record
        if isinstance(record, OpenRow):
            record = record.record()
        elif self.fields:
            _add_fields(record, self.fields)
        return Parsed(record, self.start.line, self.start.raw, self.lines, self.start.peeled)


def _add_fields(record: Record, fields: dict[str, Any]) -> None:
    """Add what stands below a record in the layouts of pino-pretty and its like."""
    before = msgspec.json.decode(record.body) if record.body else {}
    record.body = msgspec.json.encode({**before, **fields})
    ids = text_lines.context(record.body) or text_lines.Context()
    record.job = record.job or ids.job_id or ""
    record.room = record.room or ids.room or ""
    record.pid = record.pid or ("" if ids.pid is None else str(ids.pid))
