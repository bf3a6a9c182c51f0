"""All rows of the catalogue: every line that means something to a voice agent.

`events` finds a record's row, `summary.event_counting` adds what the row says, and the compiled
scan is given the same rows. A new line is a name in `model.Kind` and a row in one of the tables.
"""

from __future__ import annotations

from tuner.lines.catalogue import failures, livekit, metrics, openai, turn_log
from tuner.lines.catalogue.row import LogLine
from tuner.lines.catalogue.turn_log import TURNS
from tuner.model import Kind

LINES: tuple[LogLine, ...] = (
    *livekit.ROWS,
    *failures.ROWS,
    *metrics.ROWS,
    *openai.ROWS,
    *turn_log.ROWS,
)
BY_KIND: dict[Kind, LogLine] = {line.kind: line for line in LINES}
OF_THE_PROCESS = frozenset(line.kind for line in LINES if not line.extends_call)
"""Kinds of lines that belong to no call."""

__all__ = ["BY_KIND", "LINES", "OF_THE_PROCESS", "TURNS", "LogLine"]
