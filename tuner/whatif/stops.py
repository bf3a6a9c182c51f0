"""How often the agent would stop for nothing, and how soon for a caller: its own stops, replayed.

LiveKit adds the VAD's silence to the length of a sound before it compares it with
MIN_INTERRUPTION_DURATION. A sound that is too short under the new settings stops nothing; a real
interruption is let in later by the difference, at the latest by its transcript. Sounds that stopped
nothing may stop the agent under a lower bar: `harmless` counts them, where the log holds them.

A higher INTERRUPTION_THRESHOLD does not hear what never gets that probable; of a sound that does
only now and then, some is left. Sounds below the threshold in use are in no log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from tuner.model import Label
from tuner.whatif import harmless
from tuner.whatif.another_run import rate
from tuner.whatif.calls import LoggedCall, LoggedStop
from tuner.whatif.cut_offs import MIN_CALLS
from tuner.whatif.draws import Array, Figure, unchanged, unknown
from tuner.whatif.timing import Timing

NEW_STOPS = {
    "value": harmless.new_stops,
    "least": harmless.least_stops,
    "most": harmless.new_stops,
}
NEW_DEAD_AIR = {
    "value": harmless.new_dead_air,
    "least": harmless.least_dead_air,
    "most": harmless.new_dead_air,
}
"""What a threshold and the callers leave open: the estimate, and its two ends, with what a lower
bar adds to each."""
ENOUGH = 0.9
"""Share of stops whose probability must be known."""
REAL, FALSE, BACKCHANNEL = "real", "false", "backchannel"
SOONER = "; the agent goes on at another moment, and may meet other sounds"
TAKEN = "; fewer where callers speak once the agent falls silent"
BY_TIMEOUT = "; the silence of each stop changes by the difference"
LOWER_BAR = "sounds that stopped nothing are not in the log: shorter ones would stop the agent, too"
LOWER_THRESHOLD = "sounds below the threshold in use are not in the log: some would stop the agent"
NO_REAL = "no real interruption is in the log"
LOGGED_AS = "the log does not hold when the agent stopped: only the change is known"


def false_stops(
    calls: Sequence[LoggedCall], before: Timing, after: Timing, weight: Array
) -> Figure:
    """Sounds a minute that stop the agent and are no interruption."""
    level = _per_minute(calls, _once)
    if _bar(before) == _bar(after) and before.timeout == after.timeout:
        return unchanged(level)
    if unclear := _unclear(calls, level, before, after):
        return unclear._replace(low=0.0) if unclear.label == "bounds only" else unclear
    changes = [
        np.array([len(new(call, before, after)) for call in calls], dtype=float)
        - _sums(calls, partial(_vanishes, before=before, after=after, kind=kind))
        for kind, new in NEW_STOPS.items()
    ]
    found = _rate(calls, _once, changes, weight, 1.0)
    if _is_lower(before, after):
        found = found._replace(why=found.why + TAKEN)
    return found._replace(why=found.why + SOONER) if before.timeout != after.timeout else found


def dead_air(calls: Sequence[LoggedCall], before: Timing, after: Timing, weight: Array) -> Figure:
    """Seconds a minute in which false stops silence the agent."""
    level = _per_minute(calls, _silence)
    if _bar(before) == _bar(after) and before.timeout == after.timeout:
        return unchanged(level)
    if unclear := _unclear(calls, level, before, after):
        return unclear
    changes = [
        np.array([new(call, before, after) for call in calls])
        + _sums(calls, partial(_air_change, before=before, after=after, kind=kind))
        for kind, new in NEW_DEAD_AIR.items()
    ]
    found = _rate(calls, _silence, changes, weight, after.timeout or 0.0)
    if before.timeout == after.timeout:
        return found
    return found._replace(why=found.why + BY_TIMEOUT + _resumed_over(calls, before, after))


def _resumed_over(calls: Sequence[LoggedCall], before: Timing, after: Timing) -> str:
    """How many callers the agent would talk over, because their transcript comes too late."""
    stops = [one for call in calls for one in call.stops if one.outcome == REAL]
    late = [one.transcript for one in stops if one.transcript is not None]
    if after.timeout is None or not late or (before.timeout or 0.0) <= after.timeout:
        return ""
    over = sum(delay > after.silence + after.timeout for delay in late)
    return f"; the agent would resume over {over} of {len(late)} real interruptions"


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
    why = LOGGED_AS + _not_heard(real, before, after)
    only_longer = (
        before.least_words == after.least_words == 0 and before.threshold == after.threshold
    )
    label: Label = "exact" if only_longer and low == high else "estimated"
    return Figure(None, float(np.median(later)), float(low), float(high), label, why)


def _not_heard(real: Sequence[LoggedStop], before: Timing, after: Timing) -> str:
    """How many interruptions a higher threshold would miss."""
    known = [one for one in real if one.peak is not None]
    if not known or (after.threshold or 0.0) <= (before.threshold or 0.0):
        return ""
    missed = sum(not _heard(one, before, after, "value") for one in known)
    return f"; {missed} of {len(known)} would not be heard at all"


def has_clarity(calls: Sequence[LoggedCall]) -> bool:
    """Whether the log says how clearly the sounds were speech that stopped the agent."""
    stops = [one for call in calls for one in call.stops]
    return bool(stops) and sum(one.peak is not None for one in stops) >= ENOUGH * len(stops)


def has_words(calls: Sequence[LoggedCall]) -> bool:
    """Whether the log counts the words of what stopped the agent."""
    stops = [one for call in calls for one in call.stops]
    return bool(stops) and sum(one.words is not None for one in stops) >= ENOUGH * len(stops)


def stays(stop: LoggedStop, timing: Timing) -> bool:
    """Whether a sound that was no interruption would stop the agent; one of no length does."""
    if stop.words is not None and stop.words < timing.least_words:
        return False
    if timing.passing and stop.outcome == BACKCHANNEL:
        return False
    return stop.sound is None or stop.sound + timing.silence >= timing.minimum


def _vanishes(stop: LoggedStop, before: Timing, after: Timing, kind: str) -> float:
    """Whether a stop is gone: 1 or 0. Whatever stopped the agent still does under a lower bar."""
    higher = needed(after) > needed(before) or _words(after) > _words(before)
    if higher and not stays(stop, after):
        return 1.0
    return 0.0 if _heard(stop, before, after, kind) else 1.0


def _heard(stop: LoggedStop, before: Timing, after: Timing, kind: str) -> bool:
    """Whether a sound is still heard under a higher threshold: if its clearest window is above
    it; at least, if its windows are on the whole."""
    clear, limit = stop.mean if kind == "least" else stop.peak, after.threshold
    if clear is None or limit is None or limit <= (before.threshold or 0.0):
        return True
    return clear >= limit


def needed(timing: Timing) -> float:
    """How long a sound itself must last to stop the agent, in seconds."""
    return timing.minimum - timing.silence


def _at(stop: LoggedStop, timing: Timing, transcript: float) -> float:
    """When a real interruption stops the agent, in seconds after it began.

    By its length, or else by its transcript; where words are needed, always by the transcript.
    """
    sound = stop.sound or 0.0
    by_transcript = sound + transcript
    long_enough = sound + timing.silence >= timing.minimum
    if timing.least_words == 1 and stop.first_words is not None:
        return max(timing.minimum, stop.first_words)
    by_length = timing.minimum if long_enough and not timing.least_words else by_transcript
    return min(by_length, by_transcript)


def _words(timing: Timing) -> tuple[int, bool]:
    """What is asked of the words."""
    return timing.least_words, timing.passing


def _air_change(stop: LoggedStop, before: Timing, after: Timing, kind: str) -> float:
    """By how much longer a stop silences the agent: it stops by the minimum, and goes on by the
    timeout, if it does."""
    share, air = 1.0 - _vanishes(stop, before, after, kind), stop.dead_air
    if stop.outcome == FALSE and before.timeout is not None and after.timeout is not None:
        later = before.minimum - after.minimum if not before.least_words else 0.0
        air = max(0.0, air + after.timeout - before.timeout + later)
    return share * air - stop.dead_air


def _bar(timing: Timing) -> tuple[object, ...]:
    return timing.minimum, timing.silence, _words(timing), timing.threshold


def _unclear(
    calls: Sequence[LoggedCall], level: float | None, before: Timing, after: Timing
) -> Figure | None:
    """The answer where the log cannot give one."""
    if level is None or len(calls) < MIN_CALLS:
        return unknown(level, f"fewer than {MIN_CALLS} calls with a time")
    if (after.threshold or 0.0) < (before.threshold or 0.0):
        return Figure(level, None, None, None, "bounds only", LOWER_THRESHOLD)
    if _is_lower(before, after) and not all(call.sounds for call in calls):
        return Figure(level, None, None, None, "bounds only", LOWER_BAR)
    return None


def _is_lower(before: Timing, after: Timing) -> bool:
    """Whether sounds that stopped nothing might stop the agent under the new settings."""
    lower = [one < other for one, other in zip(_words(after), _words(before), strict=True)]
    return needed(after) < needed(before) or any(lower)


def _sums(calls: Sequence[LoggedCall], value: Callable[[LoggedStop], float]) -> Array:
    sums = [sum(value(one) for one in call.stops if one.outcome != REAL) for call in calls]
    return np.array(sums, dtype=float)


def _per_minute(calls: Sequence[LoggedCall], value: Callable[[LoggedStop], float]) -> float | None:
    minutes = sum(call.stop_minutes for call in calls)
    return float(_sums(calls, value).sum()) / minutes if minutes else None


def _rate(
    calls: Sequence[LoggedCall],
    value: Callable[[LoggedStop], float],
    changes: Sequence[Array],
    weight: Array,
    each: float,
) -> Figure:
    """A figure from what it was and how it changes in each call."""
    minutes = np.array([call.stop_minutes for call in calls])
    events = int(_sums(calls, _once).sum() + np.count_nonzero(changes[0]))
    return rate(_sums(calls, value), changes, minutes, weight, events, each)


def _once(_: LoggedStop) -> float:
    return 1.0


def _silence(stop: LoggedStop) -> float:
    return stop.dead_air
