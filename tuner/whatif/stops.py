"""How often the agent would stop for nothing, and how soon for a caller: its own stops, replayed.

LiveKit adds the VAD's silence to the length of a sound before it compares it with
MIN_INTERRUPTION_DURATION. A sound that is too short under the new settings stops nothing; a real
interruption is let in later by the difference, at the latest by its transcript. Sounds that stopped
nothing are not in the log, so a lower bar gives bounds only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tuner.model import Label
from tuner.whatif.calls import LoggedCall, LoggedStop
from tuner.whatif.cut_offs import MIN_CALLS, MIN_EVENTS, RULE_OF_THREE
from tuner.whatif.draws import Array, Figure, interval, ratio, unchanged, unknown
from tuner.whatif.timing import Timing

REAL, FALSE = "real", "false"
ASSUMES = "assumes that sounds do not react to the agent"
EXACT = "the silence of each stop changes by the difference"
LOWER_BAR = "sounds that stopped nothing are not in the log: shorter ones would stop the agent, too"
NO_REAL = "no real interruption is in the log"
TOO_FEW = "fewer than 10 stops: only the interval counts"
LOGGED_AS = "the log does not hold when the agent stopped: only the change is known"


def false_stops(
    calls: Sequence[LoggedCall], before: Timing, after: Timing, weight: Array
) -> Figure:
    """Sounds a minute that stop the agent and are no interruption."""
    level = _per_minute(calls, lambda _: 1.0)
    if _bar(before) == _bar(after):
        return unchanged(level)
    if few := _too_few(calls, level):
        return few
    if _is_lower(before, after):
        return Figure(level, None, 0.0, None, "bounds only", LOWER_BAR)
    return _predicted(calls, level, weight, lambda stop: -float(not stays(stop, after)))


def dead_air(calls: Sequence[LoggedCall], before: Timing, after: Timing, weight: Array) -> Figure:
    """Seconds a minute in which false stops silence the agent."""
    level = _per_minute(calls, lambda stop: stop.dead_air)
    if _bar(before) == _bar(after) and before.timeout == after.timeout:
        return unchanged(level)
    if few := _too_few(calls, level):
        return few
    if _is_lower(before, after):
        return Figure(level, None, None, None, "bounds only", LOWER_BAR)
    found = _predicted(calls, level, weight, lambda one: _air(one, before, after) - one.dead_air)
    if _bar(before) != _bar(after) or found.change is None:
        return found
    return found._replace(label="exact", why=EXACT)


def barge_in(calls: Sequence[LoggedCall], before: Timing, after: Timing) -> Figure:
    """By how much later an interrupted agent stops, in seconds: the median over interruptions."""
    if _bar(before) == _bar(after):
        return unchanged(None)
    delays = [delay for call in calls for delay in call.transcripts]
    real = [one for call in calls for one in call.stops if one.outcome == REAL and one.sound]
    if not real or not delays or len(calls) < MIN_CALLS:
        return unknown(None, NO_REAL if not real else f"fewer than {MIN_CALLS} calls")
    transcript = float(np.median(delays))
    later = [_at(one, after, transcript) - _at(one, before, transcript) for one in real]
    low, high = np.percentile(later, (2.5, 97.5))
    only_longer = before.words == after.words == 0
    label: Label = "exact" if only_longer and low == high else "estimated"
    return Figure(None, float(np.median(later)), float(low), float(high), label, LOGGED_AS)


def stays(stop: LoggedStop, timing: Timing) -> bool:
    """Whether a sound that was no interruption would stop the agent; one of no length does."""
    if stop.words is not None and stop.words < timing.words:
        return False
    return stop.sound is None or stop.sound + timing.silence >= timing.minimum


def _at(stop: LoggedStop, timing: Timing, transcript: float) -> float:
    """When a real interruption stops the agent, in seconds after it began.

    By its length, or else by its transcript; where words are needed, always by the transcript.
    """
    sound = stop.sound or 0.0
    by_transcript = sound + transcript
    long_enough = sound + timing.silence >= timing.minimum
    by_length = timing.minimum if long_enough and not timing.words else by_transcript
    return min(by_length, by_transcript)


def _air(stop: LoggedStop, before: Timing, after: Timing) -> float:
    """The silence that a stop would cause: the agent resumes by the timeout, if it does."""
    if not stays(stop, after):
        return 0.0
    if stop.outcome != FALSE or before.timeout is None or after.timeout is None:
        return stop.dead_air
    return max(0.0, stop.dead_air + after.timeout - before.timeout)


def _bar(timing: Timing) -> tuple[float, float, int]:
    return timing.minimum, timing.silence, timing.words


def _is_lower(before: Timing, after: Timing) -> bool:
    """Whether sounds that stopped nothing might stop the agent under the new settings."""
    needed = before.minimum - before.silence, after.minimum - after.silence
    return needed[1] < needed[0] or after.words < before.words


def _by_call(calls: Sequence[LoggedCall], value: Callable[[LoggedStop], float]) -> Array:
    sums = [sum(value(one) for one in call.stops if one.outcome != REAL) for call in calls]
    return np.array(sums, dtype=float)


def _per_minute(calls: Sequence[LoggedCall], value: Callable[[LoggedStop], float]) -> float | None:
    minutes = sum(call.minutes for call in calls)
    return float(_by_call(calls, value).sum()) / minutes if minutes else None


def _too_few(calls: Sequence[LoggedCall], level: float | None) -> Figure | None:
    if level is None or len(calls) < MIN_CALLS:
        return unknown(level, f"fewer than {MIN_CALLS} calls with a time")
    return None


def _predicted(
    calls: Sequence[LoggedCall],
    level: float | None,
    weight: Array,
    change: Callable[[LoggedStop], float],
) -> Figure:
    minutes = np.array([call.minutes for call in calls])
    changes, events = _by_call(calls, change), int(_by_call(calls, lambda _: 1.0).sum())
    if not events:
        why = "no false stop is in the log"
        return Figure(level, None, -RULE_OF_THREE / minutes.sum(), 0.0, "bounds only", why)
    low, high = interval(ratio(weight, changes, minutes)[1:])
    value = float(changes.sum() / minutes.sum())
    few = events < MIN_EVENTS
    label: Label = "bounds only" if few else "estimated"
    return Figure(
        level, value, min(low, value), max(high, value), label, TOO_FEW if few else ASSUMES
    )
