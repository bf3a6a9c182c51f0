"""Sounds that stopped nothing in, those that would under a lower bar out.

A sound counts if it began while the agent was heard, after the echo canceller's warm-up, and was
too short or had too few words under the settings in use. Whatever did not stop the agent for
another reason (it had just finished, or could not be interrupted) stays harmless.

A sound that begins before the agent resumes only prolongs its silence. The silence ends with the
caller's next words: the reply is lost then. Where a streaming transcriber gives them to the sound,
the log calls it an interruption, and it is no false stop; nor is one that the end of the call cuts
off in a log. A caller may also speak because the agent falls silent, which no log of other settings
shows: that is the least of both figures.
"""

from __future__ import annotations

from typing import NamedTuple

from tuner.whatif.calls import LoggedCall
from tuner.whatif.sounds import LoggedSound
from tuner.whatif.timing import Timing


class NewStop(NamedTuple):
    """A sound that would stop the agent, and until when (epoch s) that would silence it."""

    sound: LoggedSound
    until: float


def new_stops(call: LoggedCall, before: Timing, after: Timing) -> list[NewStop]:
    """The false stops that would be, and were not."""
    found: list[NewStop] = []
    for one in call.sounds:
        if not _is_new(one, before, after):
            continue
        until = (one.ended or one.started) + after.silence + (after.timeout or 0.0)
        if found and one.started < found[-1].until:
            found[-1] = found[-1]._replace(until=until)
        else:
            found.append(NewStop(one, until))
    ended = (_ended(stop, call) for stop in found)
    return [stop for stop in ended if stop is not None]


def _is_new(sound: LoggedSound, before: Timing, after: Timing) -> bool:
    stops = would_stop(sound, after) and not would_stop(sound, before)
    return stops and _is_harmless(sound, before.warm_up)


def _ended(stop: NewStop, call: LoggedCall) -> NewStop | None:
    """The stop as the caller's next words end it; None where the log would hold no false stop."""
    later = (one.started for one in call.sounds if one.words and one.started > stop.sound.started)
    words = next((at for at in later if at < stop.until), None)
    if words is not None:
        return stop._replace(until=words) if call.transcribed_each else None
    return stop if call.ended is None or stop.until <= call.ended else None


def least_stops(call: LoggedCall, before: Timing, after: Timing) -> list[NewStop]:
    """Those of the new stops that are false whatever the caller says after them."""
    stops = new_stops(call, before, after)
    return [stop for stop in stops if call.transcribed_each or stop.sound.words]


def new_dead_air(call: LoggedCall, before: Timing, after: Timing) -> float:
    """Seconds for which the new stops would silence the agent."""
    stops = new_stops(call, before, after)
    return sum(_silence(stop, stop.until, after) for stop in stops)


def least_dead_air(call: LoggedCall, before: Timing, after: Timing) -> float:
    """The same where the caller speaks as soon as each sound is over."""
    stops = least_stops(call, before, after)
    return sum(_silence(stop, stop.sound.ended or 0.0, after) for stop in stops)


def _silence(stop: NewStop, until: float, timing: Timing) -> float:
    """What has words is a turn, after which the agent says something else: that is no dead air."""
    return 0.0 if stop.sound.words else max(0.0, until - stop.sound.started - timing.minimum)


def would_stop(sound: LoggedSound, timing: Timing) -> bool:
    """Whether a sound of this length and these words stops the agent."""
    if (sound.words or 0) < timing.least_words:
        return False
    return sound.length is not None and sound.length + timing.silence >= timing.minimum


def _is_harmless(sound: LoggedSound, warm_up: float) -> bool:
    warm = sound.since_first_audio is None or sound.since_first_audio >= warm_up
    return sound.audible and not sound.stopped and warm
