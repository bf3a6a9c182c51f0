"""A line of text in, what the careful reader makes of it alone out."""

from __future__ import annotations

from typing import NamedTuple

from tuner.lines import clocks, text_lines
from tuner.lines.assemble import assemble
from tuner.lines.layouts import FOUND, Layouts
from tuner.lines.unwrap import unwrap
from tuner.model import Record
from tuner.reading import careful

OWN_SHAPES = frozenset((text_lines.COMPACT, text_lines.DEV))
"""LiveKit's own, the latter where its colours were taken off."""
_SHAPES = OWN_SHAPES | {text_lines.PYTHON, FOUND}


class PlainRecord(NamedTuple):
    """What the careful reader makes of a line, as far as a template must give the same.

    `begins` is where the record stands in its `wrappers`, `own_clock` what it has without them,
    `shipped_pid` the process that they have.
    """

    time: float | None
    clock: str
    level: str
    logger: str
    message: str
    ids: tuple[str, str, str]
    shape: str
    wrappers: tuple[str, ...] = ()
    begins: int = 0
    own_clock: str = ""
    shipped_pid: str = ""

    @property
    def kind(self) -> TextKind:
        """What all lines have in common that are scanned together."""
        return TextKind(self.shape, self.clock, self.wrappers)


class TextKind(NamedTuple):
    """A layout, the clock that its records count with, and the wrappers around it."""

    shape: str
    clock: str
    wrappers: tuple[str, ...]


def read_alone(line: bytes, layouts: Layouts) -> PlainRecord | None:
    """What the careful reader makes of a line that stands alone; None if it is no plain record."""
    found = list(assemble(unwrap([line], layouts.wrappers), layouts, careful.damage, True))
    record = found[0].record if len(found) == 1 else None
    if not isinstance(record, Record) or record.shape not in _SHAPES:
        return None
    peeled, own_clock = found[0].peeled, record.clock
    if peeled.names and not line.endswith(peeled.text):
        return None
    clocks.from_wrapper(record, peeled.time, peeled.clock)
    record.pid = record.pid or peeled.pid
    ids = (record.job, record.room, record.pid)
    parts = (record.time, record.clock, record.level, record.logger, record.message)
    begins = len(line) - len(peeled.text) if peeled.names else 0
    return PlainRecord(*parts, ids, record.shape, peeled.names, begins, own_clock, peeled.pid)
