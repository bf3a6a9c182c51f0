"""Lines of a layout that the compiled scan does not read in, the same as LiveKit's JSON out.

How each kind of line is written is learnt by trying (`record_kinds`): what the careful reader makes
of a line is written as LiveKit writes it, and read again it has to be the same record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from tuner.exports import record_values
from tuner.exports.entries import ExportEntry, iso
from tuner.exports.record_kinds import RecordKinds, Style
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import events, json_lines, key_values, text_lines
from tuner.lines.assemble import assemble
from tuner.lines.layouts import Layouts
from tuner.lines.turn_log_lines import LOGGER as TURN_LOGGER
from tuner.lines.unwrap import unwrap
from tuner.model import Record
from tuner.reading import careful, scan_layouts
from tuner.reading.scan_layouts import ScanLayout
from tuner.summary.summary import call_key

_VALUES = {
    **dict.fromkeys((json_lines.LIVEKIT, json_lines.OTHER, json_lines.PINO), record_values.in_json),
    text_lines.PYTHON: record_values.in_console,
}
"""What finds the values of lines, by the layouts that can be rendered."""
_OWN = ("message", "level", "name", "timestamp", "event", "logger")
_BEGINNING = lazy_pattern(rb"[{\d]")
"""Of lines that stand in nothing at all: no sign has to be taken off them. Those of key=value are
told by more than that."""
_LOOKED_AT = 40


class LineKinds(NamedTuple):
    """What was learnt of lines of one layout and clock, and how the scan's findings are read.

    `named`: all have the id of their call; None if those that have none count alike. `begins` is
    how they begin.
    """

    kinds: RecordKinds
    layout: ScanLayout
    named: bool | None
    begins: re.Pattern[bytes]

    @property
    def any(self) -> bool:
        """Whether anything was learnt."""
        return bool(self.kinds.known.struct.kinds_n)

    def learn(self, lines: Iterable[bytes]) -> bool:
        """Learn how lines are written; whether anything new came of it."""
        whole = [line.rstrip(b"\r") for line in lines if self.begins.match(line)]
        return sum(map(self.kinds.learn, whole)) > 0


def of(layouts: Layouts, lines: Sequence[bytes]) -> LineKinds | None:
    """What this process has learnt of lines like these; None if they cannot be rendered."""
    alone = [(line, _alone(line, layouts)) for line in lines[:_LOOKED_AT]]
    found = [(line, record) for line, record in alone if record and _is_one(record)]
    if not found:
        return None
    line, first = found[0]
    is_text = first.shape == text_lines.PYTHON
    named = any(call_key(record) for _, record in found) if is_text else None
    is_of_pairs = key_values.LOOKS.match(line) is not None
    return _known(layouts, first.shape, first.clock, named, is_of_pairs)


def _is_one(record: Record) -> bool:
    """Whether it can be rendered."""
    return record.shape in _VALUES and record.clock in ("utc", "naive")


@lru_cache(maxsize=32)
def _known(layouts: Layouts, shape: str, clock: str, named: bool | None, pairs: bool) -> LineKinds:
    def take(raw: bytes, line: int, lines: int) -> ExportEntry | None:
        record = _alone(raw, layouts)
        if record is None or (record.shape, record.clock) != (shape, clock):
            return None
        if named is not None and bool(call_key(record)) != named:
            return None
        text = _rendered(record)
        return ExportEntry(text, record.time, line, lines) if text else None

    values = record_values.in_pairs if pairs else _VALUES[shape]
    style = Style(values, is_line=True, is_timed=True)
    layout = scan_layouts.JSON._replace(shape=shape, clock=clock)
    kinds = RecordKinds(take, style)
    kinds.known.ask()
    return LineKinds(kinds, layout, named, key_values.LOOKS if pairs else _BEGINNING)


def _alone(line: bytes, layouts: Layouts) -> Record | None:
    """What the careful reader makes of a line that stands alone, in no wrapper."""
    found = list(assemble(unwrap([line], layouts.wrappers), layouts, careful.damage, True))
    if len(found) != 1 or found[0].peeled.names or found[0].peeled.pid:
        return None
    record = found[0].record
    return record if isinstance(record, Record) else None


def _rendered(record: Record) -> bytes:
    """The record as LiveKit writes it; b"" if that would not be the same."""
    if record.time is None or record.logger.startswith(TURN_LOGGER):
        return b""
    fields: dict[str, Any] = msgspec.json.decode(record.body or "{}")
    rest = {key: value for key, value in fields.items() if key not in _OWN}
    if record.pid.removeprefix("-").isdigit():
        rest["pid"] = int(record.pid)
    own = {"message": record.message, "level": record.level, "name": record.logger}
    written = {**own, **rest, "timestamp": iso(record.time) + "+00:00"}
    text = json.dumps(written, ensure_ascii=False).encode(errors="replace")
    return text if _is_same(record, json_lines.parse(text)) else b""


def _is_same(record: Record, other: Record | str) -> bool:
    return isinstance(other, Record) and _parts(record) == _parts(other)


def _parts(record: Record) -> tuple[Any, ...]:
    ids = (record.job, record.room, record.pid)
    own = (record.message, record.level, record.logger, record.time)
    return (*own, *ids, events.read(record))
