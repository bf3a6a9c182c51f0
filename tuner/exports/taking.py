"""Records of an export in, their entries out: the way to the line is found once, then used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import msgspec

from tuner.exports import (
    finding,
    lone_texts,
    multiple_values,
    names,
    open_telemetry,
    pairs,
    rendering,
    times,
)
from tuner.exports.entries import ExportEntry, own_time
from tuner.exports.finding import FIELDS, OBJECT, TEXT, Way
from tuner.exports.typed_records import Taker, decoded, entry_start, parsed, typed
from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.exports.record_kinds import RecordKinds
    from tuner.scan.export_lines import FieldLists, Form, Lists, Paths

_MOST_WAYS = 8
_LIVEKIT = b'{"message": "'
_SPACED = lazy_pattern(rb'\{\s*"message": "')
_NO_MESSAGE = "a record of the export without a message"


class Records:
    """Takes the agent's line out of each record; what it learns of one helps with the next."""

    def __init__(self, takers: Sequence[Taker] = (), is_settled: bool = False) -> None:
        """`is_settled`: nothing more is learnt, and other records hold no line."""
        self._takers, self._is_settled = list(takers), is_settled
        self.form: Form | None = None
        """What is tried first, for a scan that takes many records at once; None if it cannot."""
        self.lists: Lists | FieldLists | None = None
        """The same of records that are lists."""
        self._kinds: RecordKinds | None = None
        self._columns: list[str] = []

    @property
    def ways(self) -> int:
        """How many ways to a line were learnt: with each, records may hold another one."""
        return len(self._takers)

    def copy(self) -> Records:
        """The same, which go on to learn by themselves."""
        found = copy(self)
        found._takers = list(self._takers)
        if self._kinds is not None:  # of which others are learnt where other ways are known
            found._kinds = type(self._kinds)(found.take_known)
            found.form = found._kinds.known
        return found

    def settled(self) -> Records:
        """The same, which learn nothing more."""
        return Records(self._takers, is_settled=True)

    def knows(self, raw: bytes) -> bool:
        """Whether a JSON value is a record of a kind that was taken before."""
        return self.take_known(raw, 1, 1) is not None

    def take_known(self, raw: bytes, line: int, lines: int) -> ExportEntry | None:
        """The same as `take` where it is a record of a kind that was taken before; else None."""
        if (entry := _own(raw, line, lines)) is not None:
            return entry
        for taker in self._takers:
            if (entry := taker(raw, line, lines)) is not None:
                return entry
        return None

    def take(self, raw: bytes, line: int, lines: int) -> ExportEntry | None:
        """The entry of one JSON value that begins on `line`; None if it holds no line."""
        if (entry := self.take_known(raw, line, lines)) is not None or self._is_settled:
            return entry
        if raw[:1] == b'"':
            return lone_texts.whole_line(raw, line, lines)
        value = decoded(raw)
        if columns := pairs.columns(value):
            self._columns = columns
            return None
        row = pairs.of_row(value, self._columns)
        record = row or as_record(value)
        way = finding.find(record) if record else None
        if record is None or way is None:
            return _metrics(record or {}, line, lines)
        if way.kind == FIELDS and finding.holds_records(value):
            return None
        if way.strength < finding.SURE:
            return _weak(record, way, line, lines)
        listed = pairs.of_list(value, way)
        taker = _listed(listed) if listed else _taker(way, record is value)
        taker = _of_rows(way, self._columns) if row else taker
        if len(self._takers) < _MOST_WAYS:
            self._takers.insert(0, taker)
            self._learn_form(way, listed, multiple_values.are_fields(record, value), raw)
        return taker(raw, line, lines)

    def _learn_form(self, way: Way, listed: Way | None, is_plain: bool, raw: bytes) -> None:
        """Have the scan take records like this one, whose way was found."""
        self.lists = pairs.form(listed) if listed else None
        if raw[:1] == b"[" and not listed:
            self.lists = pairs.of_fields(way)
        if listed is None:
            self._kinds = self._kinds_of(way, raw)
            self.form = self._kinds.known if self._kinds else _form(way, is_plain)

    def learn(self, raw: bytes) -> bool:
        """Learn how a record is written that was taken; whether anything new came of it."""
        return self._kinds is not None and self._kinds.learn(raw)

    def _kinds_of(self, way: Way, raw: bytes) -> RecordKinds | None:
        """What learns of records whose line is not written as LiveKit writes it: its fields stand
        apart, in another order, or with no blanks between them; None if it is."""
        if way.kind != FIELDS and (way.kind != OBJECT or _is_livekit(raw, way)):
            return None
        from tuner.exports.record_kinds import RecordKinds  # what small exports do not need

        return RecordKinds(self.take_known)


def _is_livekit(raw: bytes, way: Way) -> bool:
    """Whether the object in a record is written as LiveKit writes it: its message comes first, be
    there another one in it, and it has a level and a logger that are texts."""
    found = _at(decoded(raw), way.path)
    is_first = _SPACED.search(raw) is not None and next(iter(found), "") == "message"
    own = is_first and all(isinstance(found.get(key), str) for key in ("level", "name"))
    return own and not any(isinstance(found.get(key), dict | list) for key in names.TIMES)


def lists_others(raw: bytes) -> bool:
    """Whether an object without a message holds records in a list, as breadcrumbs stand beside
    the message of an event."""
    return b"[" in raw and finding.holds_records(decoded(raw))


def _form(way: Way, is_plain: bool) -> Paths | None:
    if not is_plain or way.kind == FIELDS:
        return None
    from tuner.scan.export_lines import Paths  # what small exports do not need

    return Paths(way.kind == OBJECT, way.path, way.time or (), names.TIMES)


def _own(raw: bytes, line: int, lines: int) -> ExportEntry | None:
    """A record of LiveKit's that stands among those of an export, as where two logs were joined."""
    if not raw.startswith(_LIVEKIT) or raw[len(_LIVEKIT) : len(_LIVEKIT) + 1] == b"{":
        return None
    is_own = b'", "level": "' in raw and b'", "name": "' in raw
    time = own_time(raw) if is_own else None
    return None if time is None else ExportEntry(raw, time, line, lines)


def as_record(value: Any) -> dict[str, Any] | None:
    """A record with named fields: lists of {field, value} (CloudWatch), [time, text] and
    OpenTelemetry's lists of attributes are too."""
    if isinstance(value, dict):
        return open_telemetry.fields(value) or multiple_values.single(value) or None
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(part, dict) and "field" in part for part in value):
        return {str(part["field"]): part.get("value") for part in value}
    return pairs.as_record(value)


def _metrics(record: Mapping[str, Any], line: int, lines: int) -> ExportEntry | None:
    """A metrics object without a message, which an app prints on several lines."""
    found = finding.metrics(record)
    if found is None:
        return None
    return ExportEntry(_encoded(found), times.parse(found.get("timestamp")), line, lines)


def _weak(record: Mapping[str, Any], way: Way, line: int, lines: int) -> ExportEntry | None:
    """A record whose message nobody knows: believed if it has a time, as log records do."""
    time = times.parse(_at(record, way.time))
    if time is None or way.kind == TEXT:
        return None
    fields = (
        rendering.gathered(record, (*way.path, names.message(_at(record, way.path))))
        if (way.kind == OBJECT)
        else rendering.gathered(record, way.path)
    )
    return _from_fields(fields, time, line, lines)


def _from_fields(fields: dict[str, Any], time: float | None, line: int, lines: int) -> ExportEntry:
    own = next((at for key in names.TIMES if (at := times.parse(fields.get(key)))), None)
    time = own or time
    return ExportEntry(rendering.canonical(fields, time), time, line, lines)


def _at(record: Any, path: Sequence[str] | None) -> Any:
    if path is None:
        return None
    for key in path:
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


# --- a way, used ---------------------------------------------------------------------------------


def _are_plain(keys: Sequence[str]) -> bool:
    """Whether msgspec takes them as names of fields."""
    return all(key.isprintable() and not {'"', "\\"} & {*key} for key in keys)


def _taker(way: Way, partly: bool) -> Taker:
    if way.kind == FIELDS or not partly or not _are_plain((*way.path, *(way.time or ()))):
        return _general(way)
    return _bare(way) if not way.path else typed(way)


def _general(way: Way) -> Taker:
    """Decodes all of a record."""

    def take(raw: bytes, line: int, lines: int) -> ExportEntry | None:
        record = as_record(decoded(raw))
        value = _at(record, way.path)
        if record is None or value is None:
            return None
        return from_record(record, way, line, lines)

    return take


def _listed(way: Way) -> Taker:
    """Of records that are lists; what their texts say of themselves does not matter."""

    def take(raw: bytes, line: int, lines: int) -> ExportEntry | None:
        record = pairs.by_place(decoded(raw), way)
        return None if record is None else from_record(record, way, line, lines)

    return take


def _of_rows(way: Way, columns: Sequence[str]) -> Taker:
    """Of rows whose columns stand above them."""

    def take(raw: bytes, line: int, lines: int) -> ExportEntry | None:
        record = pairs.of_row(decoded(raw), columns) if raw[:1] == b"[" else None
        return None if record is None else from_record(record, way, line, lines)

    return take


def from_record(record: Mapping[str, Any], way: Way, line: int, lines: int) -> ExportEntry | None:
    """The entry of a decoded record, taken the way given; None if that does not lead to a line."""
    value, time = finding.alone(_at(record, way.path)), parsed(_at(record, way.time))
    level = names.level(_at(record, way.level))
    if way.kind == FIELDS:
        if not isinstance(value, str):
            return None
        return _from_fields(rendering.gathered(record, way.path), time, line, lines)
    if way.kind == OBJECT:
        whole = isinstance(value, dict) and names.message(value)
        text = _encoded(value) if whole else None
    else:
        found = finding.as_text(value)
        text = None if found is None else found.encode(errors="replace")
    if text is None:
        return None
    return ExportEntry(*entry_start(text, time, level, line, lines))


def _encoded(value: Any) -> bytes:
    """The value as JSON; what was no UTF-8 in the export is none in it."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=False).encode(errors="surrogateescape")


def _bare(way: Way) -> Taker:
    """The record itself is the agent's line."""

    def take(raw: bytes, line: int, lines: int) -> ExportEntry | None:
        text = rendering.flat(raw)
        text, time, is_stamped = rendering.line(text, None)
        if time is None and not text.startswith(b'{"message"'):
            record = decoded(raw)
            if not isinstance(record, dict) or not names.message(record):
                return None
            time = times.parse(_at(record, way.time))
        return ExportEntry(text, time, line, lines, is_stamped)

    return take
