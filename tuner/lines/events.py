"""A record in, an event out, as the rows of the catalogue have it."""

from __future__ import annotations

from functools import cache
from itertools import takewhile
from typing import Any, NamedTuple, TypedDict

import msgspec

from tuner.lines import texts_of_values
from tuner.lines.catalogue.row import NEVER_ABOVE, UNKNOWN_S, Fields, LogLine, Renamed, Spelling
from tuner.lines.catalogue.table import LINES, TURNS
from tuner.lines.json_lines import PINO
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Event, Kind, Record

_KEY = 4
_LIBRARIES = ("livekit.agents", "livekit.plugins.", "httpcore", "httpx", "openai._")
_LARGEST = 1e15
"""No figure of a log is larger: epoch seconds have ten digits, milliseconds thirteen."""


class _Reading(NamedTuple):
    """A spelling with what is read of it: the keys behind the message, with their units."""

    kind: Kind
    spelling: Spelling
    keys: tuple[str, ...]
    units: texts_of_values.Units


def _reading(line: LogLine, spelling: Spelling) -> _Reading:
    written = {renamed.name: renamed.written for renamed in spelling.renamed}
    keys = tuple(written.get(field.name, field.name) for field in line.fields)
    return _Reading(line.kind, spelling, keys, texts_of_values.units(line.fields, written))


_READINGS = [_reading(line, spelling) for line in LINES for spelling in line.spellings]
_WITHIN = [reading for reading in _READINGS if reading.spelling.within]
_BY_KEY: dict[str, list[_Reading]] = {}
for _each in sorted(_READINGS, key=lambda reading: not reading.spelling.renamed):
    if not _each.spelling.within:  # renamed fields tell their spelling from a common one
        _BY_KEY.setdefault(_each.spelling.starts[:_KEY], []).append(_each)


def read(record: Record) -> Event | None:
    """Return the event that the record reports, None when it reports none that matters here."""
    message = record.message
    for reading in _BY_KEY.get(message[:_KEY], ()):
        spelling = reading.spelling
        starts = spelling.starts
        if not (message == starts if spelling.exact else message.startswith(starts)):
            continue
        if not _is_written_by(record.logger, spelling):
            continue
        fields = _fields(record, reading)
        if fields is not None:
            return Event(reading.kind, fields)
    return _read_within(record) if _may_hold_an_object(record) else None


def marks_of_others(spelling: Spelling) -> tuple[str, ...] | None:
    """The fields without which a record without a logger that begins so has this spelling, since
    others that begin alike have one of them. None: fields do not tell."""
    if not _is_written_by("", spelling):
        return None
    before = takewhile(lambda r: r.spelling is not spelling, _BY_KEY[spelling.starts[:_KEY]])
    others = [r.spelling for r in before if _begin_alike(r.spelling, spelling)]
    others = [other for other in others if _is_written_by("", other)]
    marks = [mark for other in others for mark in other.renamed[:1] if mark.above == NEVER_ABOVE]
    return tuple(mark.written for mark in marks) if len(marks) == len(others) else None


def _begin_alike(one: Spelling, other: Spelling) -> bool:
    return one.starts.startswith(other.starts) or other.starts.startswith(one.starts)


def _may_hold_an_object(record: Record) -> bool:
    """Whether a metrics object may stand in the message, or in fields of its own."""
    return "etrics" in record.message or b'_metrics"' in record.body


def _read_within(record: Record) -> Event | None:
    """The event whose mark stands anywhere in the message or its fields."""
    text = f"{record.message} {record.body.decode(errors='replace')}"
    for reading in _WITHIN:
        spelling = reading.spelling
        if reading.kind == "own_metrics" and not _is_of_an_app(record):
            continue
        if spelling.starts in text and spelling.figures is not None:
            figures = spelling.figures(text, {})
            return None if figures is None else Event(reading.kind, sane(figures))
    return None


def _is_of_an_app(record: Record) -> bool:
    """Whether an app in Python may have written it: agents-js has milliseconds under LiveKit's
    names."""
    return record.shape != PINO and not record.logger.startswith(_LIBRARIES)


def _is_written_by(logger: str, spelling: Spelling) -> bool:
    """Whether the logger fits; layouts without a logger fit all but the turn log's short words."""
    if spelling.language == "Node":
        return not logger.startswith("livekit.")
    return logger.startswith(spelling.loggers) if logger else spelling.loggers is not TURNS


def _fields(record: Record, reading: _Reading) -> Fields | None:
    spelling = reading.spelling
    fields = _extras(record.body, reading.keys) if reading.keys and record.body else {}
    fields = typed(fields, reading.units)
    if spelling.renamed:
        if not _is_so_spelled(fields, spelling.renamed[0]):
            return None
        fields = _in_our_names(fields, spelling.renamed)
    if spelling.figures is not None:
        figures = spelling.figures(record.message, fields)
        if figures is None:
            return None
        fields = {**fields, **figures}
    return sane(fields)


def typed(fields: Fields, units: texts_of_values.Units) -> Fields:
    """The fields with the values of those that a pipeline made texts of."""
    for name, value in fields.items():
        kind = type(value)  # once for each field of each line: isinstance takes longer
        if (kind is str or (kind is list and str in map(type, value))) and name in units:
            return texts_of_values.read(fields, units)
    return fields


def _is_so_spelled(fields: Fields, mark: Renamed) -> bool:
    """Whether the field that tells this spelling from others is there, in its unit."""
    value = fields.get(mark.written)
    if mark.above == NEVER_ABOVE:
        return value is not None
    return value is not None and _is_number(value) and value > mark.above


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_our_names(fields: Fields, renamed: tuple[Renamed, ...]) -> Fields:
    """The fields by the names and in the units of the row."""
    for written, name, factor, _ in renamed:
        if written in fields:
            value = fields.pop(written)
            is_scaled = factor != 1 and _is_number(value) and value != UNKNOWN_S
            fields[name] = value * factor if is_scaled else value
    return fields


def sane(fields: Fields) -> Fields:
    """The fields that carry anything: what is not null, and no number beyond all measure."""
    for value in fields.values():
        if not _is_sane(value):
            return {key: value for key, value in fields.items() if _is_sane(value)}
    return fields


def _is_sane(value: Any) -> bool:
    """Whether it carries anything: null is as good as absent, and so is a number beyond all
    measure, which could neither be added up nor be stored."""
    if isinstance(value, (int, float)):
        return -_LARGEST <= value <= _LARGEST
    return value is not None


def _extras(body: bytes, wanted: tuple[str, ...]) -> Fields:
    """Decode the wanted keys of the record's JSON body, but for numbers that no float can hold."""
    try:
        extras: Fields = _decoder(wanted).decode(body)
    except UNDECODABLE:
        apart = (_extras(body, (key,)) for key in wanted if len(wanted) > 1)
        return {key: value for extras in apart for key, value in extras.items()}
    return extras


@cache
def _decoder(wanted: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Decodes these keys and skips the others: half the time of decoding them all."""
    keys: Any = dict.fromkeys(wanted, Any)
    return msgspec.json.Decoder(TypedDict("Wanted", keys, total=False))  # type: ignore[operator]
