"""What lines are between their bytes and their events: without their wrappers, then read."""

from __future__ import annotations

from typing import NamedTuple

from tuner.lines.wrappers import Peeled
from tuner.model import Record


class Unwrapped(NamedTuple):
    """A line without its wrappers: its 1-based number, its bytes, how many lines it took."""

    line: int
    raw: bytes
    lines: int
    peeled: Peeled


class Parsed(NamedTuple):
    """A record, CONTINUATION, or why the lines were not understood; and where they stand."""

    record: Record | str
    line: int
    raw: bytes
    lines: int
    peeled: Peeled
