"""Lines of the turn log in; a WARNING, now and then, where the caller waited too long.

    WARNING agent.alerts - first token slow {"value_ms": 731, "limit_ms": 500, "since_last": 4}

One kind of alert is written at most every ALERT_MIN_INTERVAL seconds; `since_last` counts all of
its kind since the last one that was written, this one included.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tuner.lines.turn_log_lines import Message
from tuner.names import ALERT_TITLES
from tuner.settings.knob_table import Settings
from tuner.turn_log.writer import Listener

_log = logging.getLogger("agent.alerts")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: what, the value and its limit in milliseconds, how many since the last one."""

    title: str
    value_ms: int
    limit_ms: int
    since_last: int


class Alerts:
    """Decides which turns are worth an alert; time is an argument (seconds, any origin)."""

    def __init__(self, settings: Settings) -> None:
        self._limits = {
            "llm_ttft": settings.alert_ttft_ms,
            "tts_ttfb": settings.alert_ttfb_ms,
            "e2e_latency": settings.alert_e2e_ms,
        }
        self._interval = settings.alert_min_interval
        self._last: dict[str, float] = {}
        self._count: Counter[str] = Counter()

    def check(self, turn: Mapping[str, Any], now: float) -> list[Alert]:
        """The alerts to write for the fields of a `turn` line."""
        found = []
        for name, limit_ms in self._limits.items():
            seconds = turn.get(name)
            if seconds is None or seconds * 1000 <= limit_ms:
                continue
            self._count[name] += 1
            if now - self._last.get(name, -self._interval) >= self._interval:
                value, since = round(seconds * 1000), self._count.pop(name)
                found.append(Alert(ALERT_TITLES[name], value, limit_ms, since))
                self._last[name] = now
        return found


def alerting(alerts: Alerts, clock: Callable[[], float]) -> Listener:
    """A listener for `turn_log.attach` that writes the alerts."""

    def listen(message: Message, fields: Mapping[str, Any]) -> None:
        if message != "turn":
            return
        for alert in alerts.check(fields, clock()):
            extra = {
                "value_ms": alert.value_ms,
                "limit_ms": alert.limit_ms,
                "since_last": alert.since_last,
            }
            _log.warning(alert.title, extra=extra)

    return listen
