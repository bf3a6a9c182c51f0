"""The beginning of an input in, who translates it out; None for a log that is read as it is.

An export is recognised by its content, never by its name. `reading` loads this for any beginning
but the most frequent one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from tuner.exports import (
    blank_breaks,
    counted_messages,
    csv_beginnings,
    csv_rows,
    cut_beginnings,
    double_spaced,
    finding,
    heads_above,
    labelled_lines,
    lines_at_once,
    open_telemetry,
    record_blocks,
    records_in_a_row,
    rich_handler,
    taking,
    terminal_recordings,
    text_frames,
    uniq_counts,
    wrapped_objects,
)
from tuner.exports.finding import FIELDS, OBJECT, SURE
from tuner.exports.journal_export import START, JournalExport
from tuner.exports.json_documents import Documents
from tuner.exports.line_ends import ended
from tuner.exports.margins import margins
from tuner.exports.plain_beginnings import BOM, has_spread_records, is_plain
from tuner.exports.plain_lines import PlainLines
from tuner.exports.rewritten_lines import PAIRS, QUOTED, TABBED, Rewriting, rewriting
from tuner.exports.rewritten_text import RewrittenLines, RewrittenRecords
from tuner.exports.translating import Translator
from tuner.exports.typed_records import decoded
from tuner.lazy_patterns import lazy_pattern

_SAMPLE, _DEEPEST = 60, 6
Maker = Callable[[Iterable[bytes]], Translator]
_NUL_LINES = lazy_pattern(rb"(?:[^\0\n]{20,}+\0\n?)+[^\0\n]*")


def translator(head: bytes) -> Maker | None:
    """Who makes entries of an input that begins like this."""
    if is_plain(head):
        return None
    if TABBED.is_in(head):
        return _rewritten(head, TABBED)
    if uniq_counts.are_counted(head):
        return lambda blocks: PlainLines(uniq_counts.repeated(blocks))
    head = head.removeprefix(BOM).lstrip()
    if b"\n" not in head and head.count(b"\r") > 1:
        return _with_newlines(head, b"\r", b"\n")
    if _ends_in_nul(head):
        return _with_newlines(head, b"\0", b"" if b"\0\n" in head else b"\n")
    if (made := _behind_margins(head)) is not None:
        return made
    if wrapped_objects.are_wrapped(head):
        return wrapped_objects.WrappedObjects
    if records_in_a_row.are_broken(head):
        return records_in_a_row.RecordsInARow
    first = head.partition(b"\n")[0]
    if START.match(head):
        return JournalExport
    if (form := record_blocks.form_of(head)) is not None:
        return partial(record_blocks.RecordBlocks, form=form)
    if heads_above.are_above(head):
        return heads_above.HeadsAbove
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
    if (made := csv_beginnings.reader(head)) is None and (change := ended(head)) is not None:
        return _rewritten(head, change)
    return made or _wrapped(head)


def _behind_margins(head: bytes) -> Maker | None:
    """Who makes entries of a document, or of rows, with something before each of their lines."""
    for bare, change in margins(head):
        inner = translator(bare)
        if inner is Documents or (isinstance(inner, partial) and inner.func is csv_rows.Rows):
            return lambda blocks: inner(change.lines(blocks))
    return None


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
        return double_spaced.DoubleSpaced if double_spaced.is_spaced(head) else None
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


def _lists_records(value: Any, depth: int = 0) -> bool:
    """Whether a list of records stands somewhere in it: events that were sent together, or an
    answer of an API on one line."""
    if isinstance(value, list):
        records = filter(None, map(taking.as_record, value[:_SAMPLE]))
        ways = filter(None, map(finding.find, records))
        if any(way.strength >= SURE for way in ways):
            return True
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    inner = (part for part in islice(inside, _SAMPLE) if isinstance(part, dict | list))
    return depth < _DEEPEST and any(_lists_records(part, depth + 1) for part in inner)
