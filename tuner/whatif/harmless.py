"""Sounds that stopped nothing in, those that would under a lower bar out.

A sound counts if it began while the agent was heard, after the echo canceller's warm-up, and was
too short or had too few words under the settings in use. Whatever did not stop the agent for
another reason (it had just finished, or could not be interrupted) stays harmless.
"""

from __future__ import annotations

from tuner.whatif.calls import LoggedCall
from tuner.whatif.sounds import LoggedSound
from tuner.whatif.timing import Timing


def new_stops(call: LoggedCall, before: Timing, after: Timing) -> list[LoggedSound]:
    """The sounds that would stop the agent, and did not."""
    return [
        one
        for one in call.sounds
        if _is_harmless(one, before.warm_up)
        and not would_stop(one, before)
        and would_stop(one, after)
    ]


def new_dead_air(call: LoggedCall, before: Timing, after: Timing) -> float:
    """Seconds for which these sounds would silence the agent: until it knows that they are over,
    and the timeout."""
    timeout = after.timeout or 0.0
    stops = new_stops(call, before, after)
    rest = ((one.length or 0.0) + after.silence - after.minimum for one in stops)
    return sum(max(0.0, left) + timeout for left in rest)


def would_stop(sound: LoggedSound, timing: Timing) -> bool:
    """Whether a sound of this length and these words stops the agent."""
    if (sound.words or 0) < timing.least_words:
        return False
    return sound.length is not None and sound.length + timing.silence >= timing.minimum


def _is_harmless(sound: LoggedSound, warm_up: float) -> bool:
    warm = sound.since_first_audio is None or sound.since_first_audio >= warm_up
    return sound.audible and not sound.stopped and warm
