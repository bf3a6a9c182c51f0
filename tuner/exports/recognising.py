"""The beginning of an input in, who translates it out; None for a log that is read as it is.

An export is recognised by its content, never by its name. `reading` loads this for any beginning
but the most frequent one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from tuner.exports import (
    blank_breaks,
    counted_messages,
    csv_columns,
    csv_dates,
    csv_rows,
    cut_beginnings,
    finding,
    labelled_lines,
    lines_at_once,
    names,
    open_telemetry,
    record_blocks,
    rich_handler,
    taking,
    terminal_recordings,
    text_frames,
    times,
    wrapped_objects,
)
from tuner.exports.finding import FIELDS, KNOWN_LAYOUT, OBJECT, SURE
from tuner.exports.journal_export import START, JournalExport
from tuner.exports.json_documents import Documents
from tuner.exports.plain_beginnings import BOM, has_spread_records, is_plain
from tuner.exports.plain_lines import PlainLines
from tuner.exports.rewritten_lines import PAIRS, QUOTED, Rewriting, ended, rewriting
from tuner.exports.rewritten_text import RewrittenLines, RewrittenRecords
from tuner.exports.translating import Translator
from tuner.exports.typed_records import decoded
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import prefixes, records, wrappers
from tuner.model import Record

_SAMPLE, _LONGEST_TIME = 60, 64
Maker = Callable[[Iterable[bytes]], Translator]
_NUL_LINES = lazy_pattern(rb"(?:[^\0\n]{20,}+\0\n?)+[^\0\n]*")


def translator(head: bytes) -> Maker | None:
    """Who makes entries of an input that begins like this."""
    if is_plain(head):
        return None
    head = head.removeprefix(BOM).lstrip()
    if b"\n" not in head and head.count(b"\r") > 1:
        return _with_newlines(head, b"\r", b"\n")
    if _ends_in_nul(head):
        return _with_newlines(head, b"\0", b"" if b"\0\n" in head else b"\n")
    if wrapped_objects.are_wrapped(head):
        return wrapped_objects.WrappedObjects
    first = head.partition(b"\n")[0]
    if START.match(head):
        return JournalExport
    if (form := record_blocks.form_of(head)) is not None:
        return lambda blocks: record_blocks.RecordBlocks(blocks, form)
    if QUOTED.looks.match(head) and (broken := _wrapped(b"".join(QUOTED.lines([head])))):
        return lambda blocks: broken(QUOTED.lines(blocks))
    if (change := rewriting(head)) is not None:
        return (_wrapped(head) if change.name == PAIRS else None) or _rewritten(head, change)
    if terminal_recordings.is_recording(head):
        played = b"".join(terminal_recordings.played([head]))
        inner = translator(played) or PlainLines
        return lambda blocks: inner(terminal_recordings.played(blocks))
    if rich_handler.is_handler(head):
        return rich_handler.RichHandlerRows
    if head[:1] == b"{" or _is_array(head):
        return (_wrapped(head) if first[:2] == b'{"' else None) or _json(head)
    if (begins := cut_beginnings.of_document(head)) and _json(head[begins:].lstrip()) is Documents:
        return cut_beginnings.CutDocuments
    if counted_messages.is_counted(head):
        return counted_messages.CountedMessages
    if labelled_lines.is_labelled(head):
        return labelled_lines.LabelledLines
    if (made := _csv(head)) is None and (change := ended(head)) is not None:
        return _rewritten(head, change)
    return made or _wrapped(head)


def _with_newlines(head: bytes, sign: bytes, newline: bytes) -> Maker:
    """Who makes entries of lines that end in another sign, a carriage return or NUL."""
    inner = translator(head.replace(sign, newline)) or PlainLines
    return lambda blocks: inner(block.replace(sign, newline) for block in blocks)


def _ends_in_nul(head: bytes) -> bool:
    """Whether a NUL ends each line, alone or before the newline (`find -print0`, `xargs -0`)."""
    return b"\0" in head and _NUL_LINES.fullmatch(head) is not None and not START.match(head)


def _rewritten(head: bytes, change: Rewriting) -> Maker:
    """Who makes entries of the lines as they were."""
    inner = translator(b"".join(change.lines([head])))
    if inner is None:
        at_once = change.name in lines_at_once.CHANGES
        return partial(lines_at_once.LinesAtOnce if at_once else RewrittenLines, change=change)
    if inner is Documents:
        return partial(RewrittenRecords, change=change)
    return lambda blocks: inner(change.lines(blocks))


def _wrapped(head: bytes) -> Maker | None:
    if (form := blank_breaks.form_of(head)) is not None:
        return partial(blank_breaks.BrokenAtBlanks, form=form)
    if not (width := text_frames.width(head)):
        return None
    ends = b"\r " if text_frames.is_padded(head) else b"\r"
    return lambda blocks: text_frames.WrappedLines(blocks, width, ends)


def _is_array(head: bytes) -> bool:
    """Whether an array begins, and not a level or a time in brackets."""
    return head[:1] == b"[" and head[1:].lstrip()[:1] in (b"{", b"[", b'"', b"")


def _json(head: bytes) -> Maker | None:
    first, newline, _ = head.partition(b"\n")
    if head.startswith(open_telemetry.START):
        return Documents
    if head[:1] == b"[":
        return Documents
    try:
        msgspec.json.decode(first)
    except msgspec.DecodeError as error:
        if text_frames.is_cut(head):
            return None
        begun = "truncated" in str(error) or "trailing characters" in str(error)
        is_document = begun and _is_spread(head) and not cut_beginnings.are_lines(head)
        return Documents if is_document else None
    except (UnicodeDecodeError, RecursionError):
        return None
    return Documents if not newline or _is_wrapped(head) or has_spread_records(head) else None


def _is_spread(head: bytes) -> bool:
    """Whether records stand on several lines, all or some of them, or inside of others."""
    return not _is_a_line_each(head) or _is_wrapped(head) or has_spread_records(head)


def _is_a_line_each(head: bytes) -> bool:
    """Whether there are objects that stand on a line each."""
    lines = head.split(b"\n")[1:_SAMPLE]
    return any(line[:1] == b"{" and finding.is_record(line) for line in lines)


def _is_wrapped(head: bytes) -> bool:
    """Whether the agent's lines stand inside the objects that each line is."""
    for line in islice(head.split(b"\n"), _SAMPLE):
        value = decoded(line)
        record = taking.as_record(value)
        way = finding.find(record) if record else None
        if way is None or way.kind == FIELDS:
            holds = _lists_records(value) if way is None else finding.holds_records(value)
            if holds:
                return True
        if way is not None and way.strength >= SURE:
            return not (way.kind == OBJECT and not way.path)
    return False


def _lists_records(value: Any) -> bool:
    """Whether an object holds a list of records: events that were sent together."""
    lists = value.values() if isinstance(value, dict) else ()
    firsts = [item[0] for item in lists if isinstance(item, list) and item]
    ways = [finding.find(record) for first in firsts if (record := taking.as_record(first))]
    return any(way is not None and way.strength >= SURE for way in ways)


def _csv(head: bytes) -> Maker | None:
    lines = head.decode(errors="replace").split("\n")
    lines = [line + "\n" for line in lines[: max(len(lines) - 1, 1)]]
    found = next((mark for mark in csv_rows.DELIMITERS if _is_csv(lines, mark)), None)
    if found is None:
        return None
    dates = csv_dates.order(head)
    rows = _rows(lines, found)
    columns = [] if _names_a_record(rows[0]) else csv_columns.guessed(rows)
    return partial(csv_rows.Rows, delimiter=found, dates=dates, columns=columns)


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    """The first rows that are whole, up to those of another export that was put behind, and without
    one that names the delimiter."""
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a row that goes on behind the sample, or a broken one
        rows.extend(row for row in islice(csv_rows.rows(lines, delimiter), _SAMPLE) if row)
    names_delimiter = rows and rows[0][0].startswith("sep=")
    rows = rows[1:] if names_delimiter else rows
    others = (at for at, row in enumerate(rows[2:], 2) if csv_rows.is_header(row))
    return rows[: next(others, len(rows))]


def _is_csv(lines: list[str], delimiter: str) -> bool:
    """Whether the first rows have columns, and one of them the lines of an agent."""
    rows = _rows(lines, delimiter)
    is_quoted = any(f'{delimiter}"' in line for line in lines)
    if not rows:
        return False
    if not csv_rows.is_header(rows[0]) and _is_log(lines[0]):
        # unless each row has as many columns, some in quotes, commas make none
        same = all(len(row) == len(rows[0]) for row in rows)
        return is_quoted and same and bool(csv_columns.guessed(rows))
    header = rows[0] if csv_rows.is_header(rows[0]) else []
    if not header and (
        (delimiter == "|" and _has_padded_bar(lines[0])) or _is_in_a_time(delimiter, lines[0])
    ):
        return False  # it stands between the parts of a log's line, or of its time
    width = len(rows[0])
    body = [row for row in rows[bool(header) :] if len(row) == width]
    if width == 1 and not (header and _has_quoted_cells(lines[1:])):
        return False
    if len(body) * 2 <= len(rows) - 1 or not (header or any(map(_has_time, body))):
        return False
    if (body and _names_a_record(header)) or any(_holds_line(header, row) for row in body):
        return True
    return is_quoted and bool(csv_columns.guessed(rows))


def _has_padded_bar(line: str) -> bool:
    """Whether blanks stand around the first bar."""
    before, _, behind = line.partition("|")
    return before[-1:] == behind[:1] == " "


def _is_in_a_time(delimiter: str, line: str) -> bool:
    """Whether it is a comma of times (2026-11-20, 09:36:05): columns have no blank behind it."""
    pieces = prefixes.tokens(line[: prefixes.MOST_CHARACTERS])
    return any(piece.kind[0] == "T" and f"{delimiter} " in piece.text for piece in pieces)


def _has_quoted_cells(lines: list[str]) -> bool:
    """Whether the first line with a quote begins with it: cells that have none in them stand in
    none, and any other in quotes."""
    return next((line for line in lines if '"' in line), "")[:1] == '"'


def _has_time(row: list[str]) -> bool:
    """Whether a column of its own holds the time: else a comma in a log makes no columns."""
    short = (cell for cell in row if len(cell) <= _LONGEST_TIME)  # not a line that begins with one
    return any(times.parse(cell) is not None for cell in short)


def _names_a_record(header: list[str]) -> bool:
    """Whether the columns are those of log records, whatever the first of them say."""
    return any(map(names.message_rank, header)) and any(map(names.time_rank, header))


def _is_log(line: str) -> bool:
    return isinstance(
        records.parse(wrappers.peel(line.rstrip().encode(errors="replace")).text), Record
    )


def _holds_line(header: list[str], row: list[str]) -> bool:
    """Whether one of the cells is a line; where nothing names them one in a layout that we know:
    a line of any other may have commas, too."""
    keys = header or [str(at) for at in range(len(row))]
    way = finding.find(dict(zip(keys, row, strict=True)))
    return way is not None and way.strength >= (SURE if header else KNOWN_LAYOUT)
