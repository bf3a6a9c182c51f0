"""A chunk in, the events that the notes of calls are taken from out, in the order of the lines.

Most are lines of the turn log. Where nothing but LiveKit's bare JSON stands in a chunk each line
is read by itself, and these are decoded once, without the fields that no note is taken from: that
takes half the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from tuner.execution import call_lines, units
from tuner.execution.call_lines import Keep
from tuner.execution.event_rows import records_of
from tuner.inputs.chunks import MAX_LINE
from tuner.lines import events, json_lines
from tuner.lines import turn_log_lines as written
from tuner.lines.catalogue.table import BY_KIND
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Event, Kind, Record
from tuner.reading import careful
from tuner.reading.careful import ParsedLine
from tuner.reading.record_filter import EVERYTHING, Filter

Noted = tuple[Record, Event]
_OTHER_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "session_started": ("profile", "versions"),
    "turn": (),
    "interruption": ("outcome", "agent_audible"),
    "session_ended": ("reason",),
}
"""What notes are taken from besides lengths of time."""
_LINES = (written.SESSION_STARTED, written.TURN, written.INTERRUPTION, written.SESSION_ENDED)
_FIELDS: Mapping[str, tuple[Kind, tuple[str, ...]]] = {
    line.message: (kind, (*(measure.field for measure in BY_KIND[kind].measures), *others))
    for line, (kind, others) in zip(_LINES, _OTHER_FIELDS.items(), strict=True)
}
_Line = msgspec.defstruct(
    "_Line",
    [
        (name, Any, None)
        for name in dict.fromkeys(n for _, names in _FIELDS.values() for n in names)
    ],
    bases=(json_lines.LiveKitLine,),
    gc=False,
)
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Line)
_STARTS = tuple(call_lines.BARE + message.encode() + b'"' for message in _FIELDS)


def noted(piece: units.Piece, only: Filter, keep: Keep) -> Iterator[Noted]:
    """The records with events of a chunk, of the lines that may matter."""
    data = bytes(piece.chunk.data)
    lines = careful.split(data)
    if only == EVERYTHING and careful.is_clean(data) and all(map(_is_bare, lines)):
        return _of_bare(piece, lines, keep)
    return _with_events(call_lines.lines_of(piece, only, keep)[0])


def _is_bare(line: bytes) -> bool:
    return line.startswith(call_lines.BARE)


def _of_bare(piece: units.Piece, lines: Sequence[bytes], keep: Keep) -> Iterator[Noted]:
    found: list[tuple[int, Noted]] = []
    rest: list[int] = []
    for at, line in enumerate(lines):
        if keep(line):
            noted = _decoded(line)
            if noted is None:
                rest.append(at)
            else:
                found.append((at, noted))
    if rest:
        some = piece.chunk._replace(data=b"\n".join([lines[at] for at in rest]))
        others, _ = records_of(piece._replace(chunk=some), EVERYTHING)
        places = (rest[parsed.line - 1] for parsed in others if parsed.event is not None)
        found = sorted([*found, *zip(places, _with_events(others), strict=True)], key=itemgetter(0))
    return map(itemgetter(1), found)


def _with_events(lines: Sequence[ParsedLine]) -> Iterator[Noted]:
    return ((line.record, line.event) for line in lines if line.event is not None)


def _decoded(line: bytes) -> Noted | None:
    """What a line of the turn log reports; None for any other, and for one that is not as usual."""
    if not (line.startswith(_STARTS) and line.endswith(b"}") and len(line) <= MAX_LINE):
        return None
    try:
        found = _DECODER.decode(line)
    except UNDECODABLE:
        return None
    if found.name != written.LOGGER or found.message not in _FIELDS:
        return None
    kind, names = _FIELDS[found.message]
    fields = events.sane({name: getattr(found, name) for name in names})
    ids = found.job_id or "", found.room or "", "" if found.pid is None else str(found.pid)
    return Record(found.message, found.level, found.name, None, "", *ids), Event(kind, fields)
