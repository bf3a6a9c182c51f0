"""What a change of settings costs callers, in words and in seconds."""

from __future__ import annotations

from tuner.advice.moves import MINIMUM, Move, Values, number, same, seconds
from tuner.settings.prices import PRICES

TIMEOUT = "FALSE_INTERRUPTION_TIMEOUT"
OVER_SPEECH = "the agent may resume over a real interruption while a transcript is late"


def price(move: Move, wait: str = "") -> str:
    """What callers pay for the changes, as far as the settings and these logs show it.

    `wait` says what a replay found about the wait for a reply, where there was one.
    """
    parts = []
    if (later := move.wait()) > 0:
        parts.append(wait or f"every reply comes up to {seconds(later)} later")
    elif later < 0:
        parts.append("more callers are cut off mid-sentence")
    if (later := move.of(MINIMUM)) > 0:
        parts.append(f"an interrupted agent stops {seconds(later)} later")
    if move.of("MIN_INTERRUPTION_WORDS") > 0:
        parts.append("one word may not stop the agent")
    if _resumes_over_speech(move):
        parts.append(OVER_SPEECH)
    if move.of("INTERRUPTION_THRESHOLD") > 0 or move.of("VAD_ACTIVATION_THRESHOLD") > 0:
        parts.append("quiet callers are heard less")
    if move.of("MAX_TOKENS") < 0:
        parts.append(f"replies of at most {move.after['MAX_TOKENS']} tokens")
    return "; ".join(parts) or "adds no delay"


def price_of_profile(name: str, move: Move, default: Values | None, wait: str = "") -> str:
    """The measured price of a shipped profile where it replaces the values of `default`, against
    which it was measured; else as `price`. None where no price was measured."""
    if default is None or not all(same(move.before.get(env), v) for env, v in default.items()):
        return price(move, wait)
    return "; ".join([PRICES[name].cost, *[OVER_SPEECH] * _resumes_over_speech(move)])


def price_s(move: Move) -> float:
    """The part of the price that can be counted: seconds of waiting in all calls of the log."""
    turns = move.facts.exposure.turns or 0
    interruptions = move.facts.signals.get("interruptions")
    real = int(interruptions.more.get("real") or 0) if interruptions is not None else 0
    stops_later = max(0.0, move.of(MINIMUM)) * real
    return (max(0.0, move.wait()) * turns + stops_later) * move.limits.cost_wait_s


def _resumes_over_speech(move: Move) -> bool:
    """Whether the new false-interruption timeout ends before the slowest transcripts come."""
    transcript = move.facts.latency.get("transcription_delay")
    slowest = (transcript.p99 or 0.0) if transcript is not None else 0.0
    timeout = number(move.after.get(TIMEOUT)) or 0.0
    return move.of(TIMEOUT) < 0 and slowest > timeout
