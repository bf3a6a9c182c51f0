"""One input after it was read: what the engine gives to the stages behind it."""

from __future__ import annotations

from typing import NamedTuple

from tuner.summary.summary import Summary


class ReadInput(NamedTuple):
    """One input, read: its path, its summary, and why its end was not reached ("" if it was)."""

    path: str
    summary: Summary
    problem: str = ""
    notes: tuple[str, ...] = ()
