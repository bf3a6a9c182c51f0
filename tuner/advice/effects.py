"""What a change of settings does, as far as these logs can tell: changes with labels, and a price.

Values before and after (by environment name) and the facts in; Changes and one price line out.
What is arithmetic of the settings is exact, what needs the logs is bounded or estimated, and
what needs more events than there are is "not enough data" (METRICS, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tuner.limits import Limits
from tuner.model import Change, Facts, Label, SignalName

Values = Mapping[str, Any]


class Move(msgspec.Struct, frozen=True):
    """All values before and after, and what the logs show."""

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


Effect = tuple[str, str, Label]
"""Why the setting is changed, what it does, and how surely that is known."""


def changes(move: Move) -> tuple[Change, ...]:
    """Every setting that differs, those that act on timing first."""
    differing = [name for name in move.after if not same(move.before.get(name), move.after[name])]
    order = list(EFFECTS)
    differing.sort(key=lambda name: (order.index(name) if name in order else len(order), name))
    return tuple(_change(name, move) for name in differing)


def _change(name: str, move: Move) -> Change:
    why, effect, label = EFFECTS.get(name, _unknown)(move)
    return Change(name, move.before.get(name), move.after[name], why, effect, label)


def price(move: Move) -> str:
    """What callers pay for the changes, in milliseconds where it can be said."""
    parts = []
    if (later := move.wait()) > 0:
        parts.append(f"every reply {ms(later)} later")
    elif later < 0:
        parts.append("more callers cut off in mid-sentence")
    if (later := move.of("MIN_INTERRUPTION_DURATION")) > 0:
        parts.append(f"real barge-ins stop the agent {ms(later)} later")
    if move.of("MIN_INTERRUPTION_WORDS") > 0:
        parts.append("a barge-in of one word may not stop the agent")
    if _resumes_over_speech(move):
        parts.append("it may go on over a real interruption while a transcript is late")
    if move.of("INTERRUPTION_THRESHOLD") > 0 or move.of("VAD_ACTIVATION_THRESHOLD") > 0:
        parts.append("quiet callers are heard less")
    if move.of("MAX_TOKENS") < 0:
        parts.append(f"replies of at most {move.after['MAX_TOKENS']} tokens")
    return "; ".join(parts) or "none: 0 ms"


def _resumes_over_speech(move: Move) -> bool:
    """Whether the new false-interruption timeout ends before the slowest transcripts come."""
    transcript = move.facts.latency.get("transcription_delay")
    slowest = (transcript.p99 or 0.0) if transcript is not None else 0.0
    timeout = number(move.after.get("FALSE_INTERRUPTION_TIMEOUT")) or 0.0
    return move.of("FALSE_INTERRUPTION_TIMEOUT") < 0 and slowest > timeout


def price_s(move: Move) -> float:
    """The part of the price that can be counted: seconds of waiting in all calls of the log."""
    turns = move.facts.exposure.turns or 0
    interruptions = move.facts.signals.get("interruptions")
    real = int(interruptions.more.get("real") or 0) if interruptions is not None else 0
    barge_in = max(0.0, move.of("MIN_INTERRUPTION_DURATION")) * real
    return (max(0.0, move.wait()) * turns + barge_in) * move.limits.cost_wait_s


def reply_wait(values: Values, facts: Facts) -> float:
    """The floor under every end of turn: the longest of VAD silence, delay and transcript."""
    settings = (values.get("VAD_MIN_SILENCE_DURATION"), values.get("MIN_ENDPOINTING_DELAY"))
    transcript = facts.latency.get("transcription_delay")
    heard = transcript.p50 if transcript is not None else None
    return max(number(value) or 0.0 for value in (*settings, heard))


# --- one function for each setting that acts on timing ------------------------------------------


def _delay(move: Move) -> Effect:
    old, new = reply_wait(move.before, move.facts), reply_wait(move.after, move.facts)
    if new == old:
        return ("part of the profile", f"none: turns wait {ms(old)} for other reasons", "exact")
    if new < old:
        effect = f"replies {ms(old - new)} sooner; how many more cut-offs is not in these logs"
        return ("the turn closes sooner", effect, _label(move, "false_cutoffs"))
    n = _count(move, "false_cutoffs")
    effect = f"replies {ms(new - old)} later; 0 to {n} of {n} cut-offs avoided"
    why = f"a pause of up to {ms(new)} no longer ends the turn"
    return (why, effect, _label(move, "false_cutoffs"))


def _silence(move: Move) -> Effect:
    effect = "none by itself: the endpointing delay or the transcript is longer"
    if reply_wait(move.after, move.facts) == number(move.after.get("VAD_MIN_SILENCE_DURATION")):
        effect = "it is the floor under every end of turn"
    return ("silence after which speech counts as ended", effect, "exact")


def _duration(move: Move) -> Effect:
    change = move.of("MIN_INTERRUPTION_DURATION")
    if change <= 0:
        effect = f"barge-ins stop the agent {ms(-change)} sooner; more false interruptions"
        return ("shorter sounds stop the agent", effect, _label(move, "false_interruptions"))
    saved, label = _vanish(move)
    # livekit-agents 1.8 counts the VAD's wait for silence into the length of the sound.
    silence = number(move.after.get("VAD_MIN_SILENCE_DURATION")) or 0.0
    least = max(0.0, (number(move.after.get("MIN_INTERRUPTION_DURATION")) or 0.0) - silence)
    why = f"a sound must last {ms(least)} to stop the agent (the VAD's {ms(silence)} count in)"
    return (why, f"barge-ins stop it {ms(change)} later; {saved}", label)


def _vanish(move: Move) -> tuple[str, Label]:
    """How many false interruptions are too short for the new minimum.

    A pause lasts as long as the rest of its sound and the timeout, so dead air without the timeout
    and with the old minimum bounds the length of the sound from above.
    """
    n = _count(move, "false_interruptions")
    told = f"0 to {n} of {n} false interruptions vanish"
    label = _label(move, "false_interruptions")
    timeout = number(move.before.get("FALSE_INTERRUPTION_TIMEOUT"))
    needed = number(move.after.get("MIN_INTERRUPTION_DURATION")) or 0.0
    old = number(move.before.get("MIN_INTERRUPTION_DURATION")) or 0.0
    if label == "not enough data" or timeout is None:
        return told, label
    for quantile, share in (("p90", 0.9), ("p50", 0.5)):
        dead = _dead_air(move.facts, quantile)
        if dead is not None and dead - timeout + old < needed:
            least = int(share * n)
            return f"{least} to {n} of {n} false interruptions vanish", "estimated"
    return told, label


def _dead_air(facts: Facts, quantile: str) -> float | None:
    signal = facts.signals.get("interruptions")
    dead = signal.more.get("dead_air_s") if signal is not None else None
    return number(dead.get(quantile)) if isinstance(dead, Mapping) else None


def _timeout(move: Move) -> Effect:
    saved = -move.of("FALSE_INTERRUPTION_TIMEOUT")
    n, word = _count(move, "false_interruptions"), "less" if saved > 0 else "more"
    effect = f"{abs(saved):.1f} s {word} dead air each time, {abs(saved) * n:.0f} s in these calls"
    known = _label(move, "false_interruptions")
    when = "sooner" if saved > 0 else "later"
    label: Label = "exact" if known == "bounds only" else known
    return (f"the agent goes on {when} after a false one", effect, label)


def _threshold(move: Move) -> Effect:
    n = _count(move, "false_interruptions")
    effect = f"0 to {n} of {n} false interruptions vanish: no log has speech probabilities"
    why = "surer that it is speech before the agent stops"
    return (why, effect, _label(move, "false_interruptions"))


def _words(move: Move) -> Effect:
    n = _count(move, "false_interruptions")
    effect = f"0 to {n} of {n} false interruptions vanish: their words are not in the log"
    why = f"{move.after['MIN_INTERRUPTION_WORDS']} words must be heard before the agent stops"
    return (why, effect, _label(move, "false_interruptions"))


def _activation(_: Move) -> Effect:
    effect = "less noise is taken for speech, quiet callers are heard less"
    return ("speech probability that counts as speech", effect, "not enough data")


def _onset(_: Move) -> Effect:
    effect = "shorter noises, and very short answers, are ignored"
    return ("how long speech must last to be noticed", effect, "not enough data")


def _longest(_: Move) -> Effect:
    effect = "acts only where a turn detector says that the caller is not finished"
    return ("longest wait for an unfinished sentence", effect, "not enough data")


def _tokens(_: Move) -> Effect:
    effect = "the length of replies changes, the first token hardly"
    return ("length of a reply", effect, "bounds only")


def _logging(_: Move) -> Effect:
    return ("what is logged", "none on the agent; another part of it shows in the log", "exact")


def _unknown(_: Move) -> Effect:
    return ("part of the profile", "not to be told from these logs", "not enough data")


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


# --- small things ---------------------------------------------------------------------------------


def _count(move: Move, signal: SignalName) -> int:
    found = move.facts.signals.get(signal)
    if found is None or found.count is None:
        return 0
    return found.count - int(found.more.get("phantom") or 0)


def _label(move: Move, signal: SignalName) -> Label:
    """Bounds are the most that a longer wait or a stricter stop allows, given enough evidence."""
    enough = _count(move, signal) >= move.limits.prediction_events
    calls = (move.facts.exposure.calls or 0) >= move.limits.prediction_calls
    return "bounds only" if enough and calls else "not enough data"


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


def ms(seconds: float) -> str:
    """ "300 ms": seconds in milliseconds, no finer than what was measured."""
    whole = round(1000 * float(seconds))
    return f"{round(whole, -1) if abs(whole) >= 100 else whole} ms"
