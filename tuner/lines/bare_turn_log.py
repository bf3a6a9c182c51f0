"""A line of the turn log in, its record and event out: decoded once, in half the time.

Only lines as the writer writes them, with nothing wrapped around, are read here; `read` gives None
for any other, and whoever asks reads that as every line is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tuner.inputs.chunks import MAX_LINE
from tuner.lines import events, json_lines
from tuner.lines.catalogue.table import BY_KIND
from tuner.lines.texts_of_values import units
from tuner.lines.turn_log_lines import LOGGER
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Event, Kind, Record

BARE = b'{"message": "'
"""How a line of LiveKit's JSON begins that nothing is wrapped around."""
ReadLine = Callable[[bytes], tuple[Record, Event] | None]


def reader(fields: Mapping[Kind, Sequence[str]]) -> ReadLine:
    """What reads lines of these kinds; their events have these fields only."""
    kinds = {
        (row := BY_KIND[kind]).spellings[0].starts: (kind, tuple(names), units(row.fields))
        for kind, names in fields.items()
    }
    decoders = {text: _decoder(names) for text, (_, names, _) in kinds.items()}
    by_start = {BARE + text.encode() + b'"': text for text in kinds}
    starts = tuple(by_start)

    def read(line: bytes) -> tuple[Record, Event] | None:
        if not (line.startswith(starts) and line.endswith(b"}") and len(line) <= MAX_LINE):
            return None
        text = by_start[line[: line.index(b'"', len(BARE)) + 1]]
        kind, names, units_of = kinds[text]
        try:
            found = decoders[text].decode(line)
        except UNDECODABLE:
            return None
        if found.name != LOGGER or found.message != text:
            return None
        values = {name: value for name in names if (value := getattr(found, name)) is not None}
        values = events.sane(events.typed(values, units_of))
        return json_lines.record(found, line), Event(kind, values)

    return read


def _decoder(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    fields = [(name, Any, None) for name in names]
    line = msgspec.defstruct("Line", fields, bases=(json_lines.LiveKitLine,), gc=False)
    return msgspec.json.Decoder(line)
