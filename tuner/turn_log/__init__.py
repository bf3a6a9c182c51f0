"""The turn log: what happens in a call, without what was said."""

from __future__ import annotations

from tuner.turn_log.writer import TurnLog, attach, current

__all__ = ["TurnLog", "attach", "current"]
