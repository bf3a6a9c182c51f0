"""What a change of settings does, as far as these logs show it: changes, each with a label.

What is arithmetic of the settings is exact, what needs the logs is bounded or estimated, and what
needs more events than there are is "not enough data".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tuner.advice.moves import MINIMUM, SILENCE, Move, number, reply_wait, same, seconds
from tuner.model import Change, Facts, Label, Recommendation
from tuner.names import SignalName
from tuner.redaction.redact import HIDDEN

Effect = tuple[str, str, Label]
"""Why the setting is changed, what that does, and how surely it is known."""
STOPS: SignalName = "false_interruptions"
CUTOFFS: SignalName = "false_cutoffs"
UNKNOWN: Label = "not enough data"


def changes(move: Move) -> tuple[Change, ...]:
    """Every setting that is known to differ, those that act on timing first."""
    differing = [
        name
        for name, value in move.after.items()
        if move.before.get(name) != HIDDEN and not same(move.before.get(name), value)
    ]
    order = list(EFFECTS)
    differing.sort(key=lambda name: (order.index(name) if name in order else len(order), name))
    return tuple(_change(name, move) for name in differing)


def with_effects(advice: Recommendation, effects: Mapping[str, str]) -> Recommendation:
    """The advice, with these effects, which a replay estimates, for the settings that are named."""
    changes = tuple(
        msgspec.structs.replace(one, effect=effects[one.setting], label="estimated")
        if one.setting in effects
        else one
        for one in advice.changes
    )
    return msgspec.structs.replace(advice, changes=changes)


def _change(name: str, move: Move) -> Change:
    why, effect, label = EFFECTS.get(name, _other)(move)
    return Change(name, move.before.get(name), move.after[name], why, effect, label)


def _label(move: Move, name: SignalName) -> Label:
    """Only bounds are known, and only with enough events and calls."""
    enough = move.count(name) >= move.limits.prediction_events
    calls = (move.facts.exposure.calls or 0) >= move.limits.prediction_calls
    return "bounds only" if enough and calls else UNKNOWN


def _unknown_part(move: Move, name: SignalName) -> str:
    count = move.count(name)
    what = {STOPS: "false interruptions", CUTOFFS: "cut-offs"}[name]
    return f"this log cannot tell how many of the {count} {what} that removes" if count else ""


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


# --- one function for each setting that acts on timing ------------------------------------------


def _delay(move: Move) -> Effect:
    old, new = reply_wait(move.before, move.facts), reply_wait(move.after, move.facts)
    if new == old:
        effect = f"no effect: turns wait {seconds(old)} for other reasons"
        return ("part of the profile", effect, "exact")
    if new < old:
        effect = f"turns close {seconds(old - new)} sooner; this log cannot tell who that cuts off"
        return ("the turn closes sooner", effect, _label(move, CUTOFFS))
    later = f"turns close up to {seconds(new - old)} later"
    why = f"a pause of up to {seconds(new)} no longer ends the turn"
    return (why, _joined(later, _unknown_part(move, CUTOFFS)), _label(move, CUTOFFS))


def _silence(move: Move) -> Effect:
    effect = "no effect by itself: the endpointing delay or the transcript is longer"
    if reply_wait(move.after, move.facts) == number(move.after.get(SILENCE)):
        effect = "no turn can close sooner than this"
    return ("silence after which speech counts as ended", effect, "exact")


def _duration(move: Move) -> Effect:
    change = move.of(MINIMUM)
    if change <= 0:
        effect = f"an interrupted agent stops {seconds(-change)} sooner; more false interruptions"
        return ("shorter sounds stop the agent", effect, _label(move, STOPS))
    removed, label = _removed(move)
    # livekit-agents 1.8 counts the VAD's wait for silence into the length of the sound.
    silence = number(move.after.get(SILENCE)) or 0.0
    least = max(0.0, (number(move.after.get(MINIMUM)) or 0.0) - silence)
    why = (
        f"a sound must last {seconds(least)} to stop the agent "
        f"(LiveKit adds the VAD's {seconds(silence)} of silence)"
    )
    return (why, _joined(f"an interrupted agent stops {seconds(change)} later", removed), label)


def _removed(move: Move) -> tuple[str, Label]:
    """How many false interruptions are too short for the new minimum.

    A pause lasts as long as the rest of its sound and the timeout, so dead air without the timeout
    and with the old minimum bounds the length of the sound from above.
    """
    label = _label(move, STOPS)
    timeout = number(move.before.get("FALSE_INTERRUPTION_TIMEOUT"))
    if label == UNKNOWN or timeout is None:
        return _unknown_part(move, STOPS), label
    needed, old = number(move.after.get(MINIMUM)) or 0.0, number(move.before.get(MINIMUM)) or 0.0
    for quantile, share in (("p90", 0.9), ("p50", 0.5)):
        dead = _dead_air(move.facts, quantile)
        if dead is not None and dead - timeout + old < needed:
            count = move.count(STOPS)
            return f"removes at least {int(share * count)} of {count} false ones", "estimated"
    return _unknown_part(move, STOPS), label


def _dead_air(facts: Facts, quantile: str) -> float | None:
    signal = facts.signals.get("interruptions")
    dead = signal.more.get("dead_air_s") if signal is not None else None
    return number(dead.get(quantile)) if isinstance(dead, Mapping) else None


def _timeout(move: Move) -> Effect:
    saved = -move.of("FALSE_INTERRUPTION_TIMEOUT")
    word, when = ("less", "sooner") if saved > 0 else ("more", "later")
    total = abs(saved) * move.count(STOPS)
    effect = f"{abs(saved):.1f} s {word} dead air each time, {total:.0f} s in these calls"
    known = _label(move, STOPS)
    label: Label = "exact" if known == "bounds only" else known
    return (f"the agent resumes {when} after a false interruption", effect, label)


def _threshold(move: Move) -> Effect:
    why = "clearer speech is needed to stop the agent"
    return (why, _unknown_part(move, STOPS), _label(move, STOPS))


def _words(move: Move) -> Effect:
    why = f"{move.after['MIN_INTERRUPTION_WORDS']} words are needed to stop the agent"
    return (why, _unknown_part(move, STOPS), _label(move, STOPS))


def _activation(_: Move) -> Effect:
    effect = "less noise is taken for speech; quiet callers are heard less"
    return ("how clear a sound must be to count as speech", effect, UNKNOWN)


def _onset(_: Move) -> Effect:
    effect = "shorter noises, and very short answers, are ignored"
    return ("how long speech must last to be noticed", effect, UNKNOWN)


def _longest(_: Move) -> Effect:
    effect = "has an effect only where a turn detector expects more from the caller"
    return ("longest wait for an unfinished sentence", effect, UNKNOWN)


def _tokens(_: Move) -> Effect:
    effect = "changes how long replies are, hardly when they start"
    return ("maximum length of a reply", effect, "bounds only")


def _logging(_: Move) -> Effect:
    return ("what is logged", "no effect on the agent; changes what the log shows", "exact")


def _other(_: Move) -> Effect:
    return ("part of the profile", "these logs do not show its effect", UNKNOWN)


EFFECTS: dict[str, Callable[[Move], Effect]] = {
    "MIN_INTERRUPTION_DURATION": _duration,
    "INTERRUPTION_THRESHOLD": _threshold,
    "MIN_INTERRUPTION_WORDS": _words,
    "FALSE_INTERRUPTION_TIMEOUT": _timeout,
    "MIN_ENDPOINTING_DELAY": _delay,
    "MAX_ENDPOINTING_DELAY": _longest,
    "VAD_MIN_SILENCE_DURATION": _silence,
    "VAD_MIN_SPEECH_DURATION": _onset,
    "VAD_ACTIVATION_THRESHOLD": _activation,
    "MAX_TOKENS": _tokens,
    "LOG_LEVEL": _logging,
    "LIB_LOG_LEVEL": _logging,
    "LOG_METRICS": _logging,
}
