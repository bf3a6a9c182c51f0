"""Lines of the turn log in, one INFO line `call summary` at the end of the call out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from statistics import quantiles
from typing import Any

from tuner.lines.turn_log_lines import Message

_FIELDS = (
    *("reason", "error", "duration", "turns", "interruptions", "false_interruptions"),
    *("openai_calls", "openai_failures"),
)
_log = logging.getLogger("agent")


class CallSummary:
    """A listener for `turn_log.attach`."""

    def __init__(self) -> None:
        self._waits: list[float] = []

    def __call__(self, message: Message, fields: Mapping[str, Any]) -> None:
        """Take one line of the turn log."""
        if message == "turn" and fields.get("e2e_latency") is not None:
            self._waits.append(fields["e2e_latency"])
        elif message == "session ended":
            waits = {"answer_p50": self._quantile(50), "answer_p90": self._quantile(90)}
            _log.info("call summary", extra={name: fields.get(name) for name in _FIELDS} | waits)

    def _quantile(self, percent: int) -> float | None:
        if len(self._waits) < 2:
            return self._waits[0] if self._waits else None
        return round(quantiles(self._waits, n=100, method="inclusive")[percent - 1], 3)
