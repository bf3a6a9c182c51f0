"""What came of each log in, the share of each call in which a false stop could be seen out.

Each log is judged by itself, as `tuner analyze` does: what one of them cannot show the others do
not make visible, and the minutes of its calls are no exposure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tuner.facts.seen_calls import seen_calls
from tuner.facts.visibility import visibility_of
from tuner.limits import Limits
from tuner.summary.summary import Summary
from tuner.watch.measures import LOOK_EVERY_S
from tuner.watch.window import Window


class _Log(NamedTuple):
    """The lines of one log without its calls, which the sum of all has, and their keys."""

    lines: Summary
    keys: dict[str, None]


class SeenShares:
    """Shares of calls that were not seen whole, by their keys; those of calls that are forgotten
    stay as long as the window has their minutes."""

    def __init__(self, limits: Limits) -> None:
        self._slow_ms = limits.openai_slow_ms
        self._logs: dict[str, _Log] = {}
        self._shares: dict[str, float] = {}
        self._next = float("-inf")

    def add(self, summary: Summary, path: str) -> None:
        """Take in what came of a log; the summary stays as it is."""
        if path not in self._logs:
            self._logs[path] = _Log(Summary(self._slow_ms), {})
        log = self._logs[path]
        log.lines.absorb(summary)
        log.keys.update(dict.fromkeys(log.lines.calls))
        log.lines.calls = {}

    def update(
        self, total: Summary, window: Window, now: float, at_once: bool = False
    ) -> Mapping[str, float]:
        """Look again, if that is due, or at once."""
        if now < self._next and not at_once:
            return self._shares
        self._next = now + LOOK_EVERY_S
        shown, known = window.calls(), self._looked(total)
        kept = {
            k: share for k, share in self._shares.items() if k in shown and k not in total.calls
        }
        self._shares = kept | {key: share for key, share in known.items() if key in shown}
        return self._shares

    def _looked(self, total: Summary) -> Mapping[str, float]:
        """The shares by what is known now."""
        for log in self._logs.values():
            gone = [key for key in log.keys if key not in total.calls]
            for key in gone:
                del log.keys[key]
            log.lines.calls = {key: total.calls[key] for key in log.keys}
        inputs = [log.lines for log in self._logs.values()]
        seen = seen_calls(inputs, [visibility_of(each) for each in inputs], total.calls)
        for each in inputs:
            each.calls = {}
        return seen.shares
