"""How long each operation took of late: a fixed number of measures, in constant memory."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

Operation = Literal["caller audio", "agent audio", "message", "event loop lag", "connect"]
"""What is timed.

caller audio     a chunk arrived → LiveKit's session has the frame
agent audio      a chunk was due, or came later than due → it is on the socket
message          any other message arrived → it has been dealt with
event loop lag   how late the event loop wakes up
connect          session.initiate arrived → the models are connected
"""

_KEPT = 8192
_log = logging.getLogger("agent")


class _Ring:
    """The last measures of one operation, each with its time (s)."""

    def __init__(self) -> None:
        self.count = 0
        self._taken_at = np.full(_KEPT, -np.inf)
        self._seconds = np.zeros(_KEPT)

    def add(self, seconds: float, now: float) -> None:
        place = self.count % _KEPT
        self._taken_at[place], self._seconds[place] = now, seconds
        self.count += 1

    def since(self, moment: float) -> np.ndarray:
        return self._seconds[self._taken_at >= moment]

    def oldest(self, moment: float) -> float:
        """The time of the first measure from `moment` on."""
        taken_at = self._taken_at[self._taken_at >= moment]
        return float(taken_at.min()) if len(taken_at) else moment


class PathLatency:
    """Measures by operation; `clock` gives seconds that never jump.

    A measure above `slow_s` is logged, at most once in ten seconds for each operation.
    """

    def __init__(self, clock: Callable[[], float], slow_s: float, window_s: float = 60.0) -> None:
        self._clock, self.slow_s, self._window_s = clock, slow_s, window_s
        self._rings: defaultdict[Operation, _Ring] = defaultdict(_Ring)
        self._warned: dict[Operation, float] = {}

    def now(self) -> float:
        """The time to give to `since`."""
        return self._clock()

    def since(self, began: float, operation: Operation) -> None:
        """The operation that began then has ended now."""
        now = self._clock()
        self.add(operation, now - began, now)

    def add(self, operation: Operation, seconds: float, now: float) -> None:
        """One measure, taken at `now`."""
        self._rings[operation].add(seconds, now)
        if seconds > self.slow_s and operation != "connect":
            self._warn(operation, seconds, now)

    def _warn(self, operation: Operation, seconds: float, now: float) -> None:
        if now - self._warned.get(operation, -np.inf) >= 10.0:
            self._warned[operation] = now
            _log.warning("slow: %s took %.1f ms", operation, seconds * 1000)

    def summary(self) -> Mapping[str, Mapping[str, float | int]]:
        """Milliseconds by operation over the window; an operation without a measure is absent.

        `covered_s` is how far back the measures reach: less than the window after a start, and
        when so many came that only the last ones are kept.
        """
        now = self._clock()
        return {
            operation: {**_figures(measures), "covered_s": round(now - ring.oldest(begin), 1)}
            for operation, ring in sorted(self._rings.items())
            if len(measures := ring.since(begin := now - self._window_s))
        }


def _figures(seconds: np.ndarray) -> dict[str, float | int]:
    ms = seconds * 1000
    median, p90, p99 = np.percentile(ms, (50, 90, 99))
    figures = {"avg": ms.mean(), "min": ms.min(), "max": ms.max(), "median": median}
    figures |= {"p90": p90, "p99": p99}
    return {"count": len(ms)} | {name: round(float(value), 3) for name, value in figures.items()}
