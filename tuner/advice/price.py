"""What a change of settings costs callers, in words and in seconds."""

from __future__ import annotations

from tuner.advice.moves import MINIMUM, Move, number, same, seconds
from tuner.settings.prices import PRICES

TIMEOUT = "FALSE_INTERRUPTION_TIMEOUT"
OVER_SPEECH = "the agent may resume over a real interruption while a transcript is late"


def price(move: Move) -> str:
    """What callers pay for the changes, as far as the settings and these logs show it."""
    parts = []
    if (later := move.wait()) > 0:
        parts.append(f"every reply comes up to {seconds(later)} later")
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


def price_of_profile(name: str, move: Move, default: object) -> str:
    """The measured price of a shipped profile where it replaces the values of `default`."""
    known = isinstance(default, dict) and all(
        same(move.before.get(setting), value) for setting, value in default.items()
    )
    if not known or name not in PRICES:
        return price(move)
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
