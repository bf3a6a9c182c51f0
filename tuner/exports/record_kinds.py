"""Records whose fields stand apart in, what the compiled scan needs to put lines together of more
like them out.

Nothing is known here of how a store takes a record apart: it is tried out. A record with marks for
its values shows where each of them goes in the line; if records with other values become the lines
that they should, the scan does what Python does with all records that are written alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from tuner.exports import times
from tuner.exports.entries import ExportEntry, iso
from tuner.exports.record_values import MANY, Value, in_json, mark, other, with_values
from tuner.inputs.chunks import MAX_LINE
from tuner.scan.export_lines import LineTaker
from tuner.scan.known_records import KnownRecords, Put, RecordKind, RecordPiece
from tuner.scan.layout import MOST_VALUES, NOTHING, THE_TIME

_ZONE = b'+00:00"}'
_MOST_TRIED = 1_000
Take: TypeAlias = Callable[[bytes, int, int], ExportEntry | None]


class Style(NamedTuple):
    """How records are written: what finds their values; whether each is a line; and whether the
    lines that are made of them end with their time."""

    values: Callable[[bytes, int, int], Sequence[Value]]
    is_line: bool
    is_timed: bool


OF_STORES = Style(in_json, is_line=False, is_timed=True)
"""Records of JSON, whose lines `rendering.canonical` writes."""


class RecordKinds:
    """What was learnt of the records of an export, which `take` makes entries of."""

    def __init__(self, take: Take, style: Style = OF_STORES) -> None:
        self._take, self._style = take, style
        self._tried: set[bytes] = set()
        self.known = self._nothing_known()

    def _nothing_known(self) -> KnownRecords:
        return KnownRecords(self._style.is_line)

    def learn(self, raw: bytes, within: tuple[int, int] | None = None) -> bool:
        """Learn how a record is written; whether anything new came of it.

        Nothing is learnt before the scan was asked, or of a record like one that was tried. What
        stands not `within` these places is always the same.
        """
        if not self.known.is_asked or len(self._tried) >= _MOST_TRIED:
            return False
        values = self._style.values(raw, *(within or (0, len(raw))))
        key = with_values(raw, values, [each.form.encode() for each in values])
        if key in self._tried or not 0 < len(values) < MOST_VALUES:
            return False
        self._tried.add(key)
        kind = self._kind(raw, values)
        ways = [kind._replace(ascii=ascii) for ascii in (True, False)] if kind else []
        right = next((way for way in ways if self._holds(way, raw, values)), None)
        return right is not None and self.known.add(right)

    def _kind(self, raw: bytes, values: Sequence[Value]) -> RecordKind | None:
        """What becomes of a record; None if that cannot be told."""
        if self._take(raw, 1, 1) is None:
            return None
        marks = [mark(n, raw, value) for n, value in enumerate(values)]
        entry = self._take(with_values(raw, values, marks), 1, 1)
        if entry is None or entry.time is None or entry.reason or entry.stamped:
            return None
        at = [n for n, v in enumerate(values) if v.is_time and _time(marks[n]) == entry.time]
        line = self._line(entry.text, entry.time, [mark.strip(b'\\"') for mark in marks])
        if len(at) != 1 or line is None or len({*marks}) < len(marks):
            return None
        return RecordKind(list(_pieces(raw, values)), line, at[0], ascii=True)

    def _line(self, text: bytes, time: float, marks: Sequence[bytes]) -> list[Put] | None:
        """What a line consists of; None if a mark is the name of a field."""
        if not self._style.is_timed:
            return _puts(text, marks)
        end = iso(time).encode() + _ZONE
        puts = _puts(text[: -len(end)], marks) if text.endswith(end) else None
        return puts and [*puts[:-1], puts[-1]._replace(value=THE_TIME), Put(_ZONE, NOTHING)]

    def _holds(self, kind: RecordKind, raw: bytes, values: Sequence[Value]) -> bool:
        """Whether records with other values become the lines that Python makes of them."""
        known = self._nothing_known()
        taker = LineTaker(known, MAX_LINE) if known.add(kind) else None
        for turn in range(MANY):
            texts = [other(n + turn, raw, value) for n, value in enumerate(values)]
            changed = with_values(raw, values, texts)
            entry = self._take(changed, 1, 1)
            found = taker.take(changed + b"\n", 0, 1, 0) if taker is not None else None
            if entry is None or found is None or entry.stamped or entry.reason:
                return False
            if (entry.text, entry.time) != (found.text, found.time[0]):
                return False
        return True


def _time(text: bytes) -> float | None:
    return times.parse(text.decode(errors="replace"))


def _pieces(raw: bytes, values: Sequence[Value]) -> Iterator[RecordPiece]:
    """What stands between the values, without the quotes around texts."""
    at = 0
    for value in values:
        yield RecordPiece(raw[at : value.start - value.in_quotes], value.form)
        at = value.end + value.in_quotes
        while value.form == "A_MESSAGE" and raw[at : at + 1] == b" ":
            at += 1  # blanks behind a message are its own
    yield RecordPiece(raw[at:], "NO_VALUE")


def _puts(text: bytes, marks: Sequence[bytes]) -> list[Put] | None:
    puts, at, places = [], 0, {mark: n for n, mark in enumerate(marks)}
    for found in re.finditer(b"|".join(map(re.escape, marks)), text):
        if text[found.end() : found.end() + 2] == b'":':
            return None
        puts.append(Put(text[at : found.start()], places[found[0]]))
        at = found.end()
    return [*puts, Put(text[at:], NOTHING)]
