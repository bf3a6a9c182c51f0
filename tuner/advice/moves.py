"""From one set of values to another: what differs, and what that does to the wait for a reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tuner.limits import Limits
from tuner.model import Facts
from tuner.names import SignalName

Values = Mapping[str, Any]
DEFAULT = "balanced"
"""What is compared with when the profile behind the log is unknown."""
DELAY = "MIN_ENDPOINTING_DELAY"
SILENCE = "VAD_MIN_SILENCE_DURATION"
MINIMUM = "MIN_INTERRUPTION_DURATION"


class Move(msgspec.Struct, frozen=True):
    """All values before and after (by environment name), and what the logs show."""

    before: Values
    after: Values
    facts: Facts
    limits: Limits

    def of(self, setting: str) -> float:
        """By how much a numeric setting grows; 0 when it is not a number on both sides."""
        old, new = number(self.before.get(setting)), number(self.after.get(setting))
        return new - old if old is not None and new is not None else 0.0

    def wait(self) -> float:
        """By how much the end of a turn comes later, in seconds."""
        return reply_wait(self.after, self.facts) - reply_wait(self.before, self.facts)

    def acts(self, setting: str) -> float:
        """By how much the effect of a setting grows: a delay below its floor has none."""
        return self.wait() if setting == DELAY else self.of(setting)

    def count(self, name: SignalName) -> int:
        """How many events that callers noticed these logs have; 0 when they cannot show them."""
        signal = self.facts.signals.get(name)
        if signal is None or signal.count is None:
            return 0
        return signal.count - int(signal.more.get("phantom") or 0)


def reply_wait(values: Values, facts: Facts) -> float:
    """The floor under every end of turn: the longest of VAD silence, delay and transcript."""
    transcript = facts.latency.get("transcription_delay")
    transcribed = transcript.p50 if transcript is not None else None
    waits = (values.get(SILENCE), values.get(DELAY), transcribed)
    return max(number(value) or 0.0 for value in waits)


def same(one: object, other: object) -> bool:
    """Whether two values are one setting, however they were written (0.5, "0.5"; true, True)."""
    if one == other:
        return True
    a, b = number(one), number(other)
    if a is not None and b is not None:
        return a == b
    return str(one).strip().lower() == str(other).strip().lower()


def number(value: object) -> float | None:
    """The value as a number, None when it is none; booleans are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def seconds(value: float) -> str:
    """ "0.3 s": no finer than what was measured."""
    return f"{round(float(value), 2):g} s"
