"""How many calls there are at once, and when each begins. Times are seconds from the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallingPlan:
    """Callers who talk, and requests beside them.

    `calls` callers come evenly over `ramp_s` and stay for `hold_s` more: one who has talked for
    `call_s` hangs up and calls again after `pause_s`. Beside them `rate` calls a second are
    reported to the webhook and end at once; the rate, too, rises over `ramp_s`. A soak is a long
    `hold_s`.
    """

    calls: int = 5
    ramp_s: float = 10.0
    hold_s: float = 60.0
    call_s: float = 30.0
    pause_s: float = 1.0
    rate: float = 0.0
    ring_s: float = 20.0
    seed: int = 0

    @property
    def ends_s(self) -> float:
        """When nothing new begins."""
        return self.ramp_s + self.hold_s

    def begins_s(self, caller: int) -> float:
        """When a caller dials first; the last one when the ramp ends."""
        return self.ramp_s * (caller + 1) / self.calls

    def reports_s(self) -> Iterator[float]:
        """When the requests beside the calls are sent."""
        if self.rate <= 0:
            return
        number = 0
        while (at := self._when(number)) < self.ends_s:
            yield at
            number += 1

    def _when(self, number: int) -> float:
        """When so many have been sent: the rate grows evenly, then stays."""
        in_ramp = self.rate * self.ramp_s / 2
        if number < in_ramp:
            return float((2 * number * self.ramp_s / self.rate) ** 0.5)
        return self.ramp_s + (number - in_ramp) / self.rate

    def holds(self, at_s: float) -> bool:
        """Whether all callers are there."""
        return self.ramp_s <= at_s < self.ends_s
