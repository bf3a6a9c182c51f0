"""A sound that was no turn stops the agent, and after a silence it goes on.

What
    The agent's audible speech was paused for a sound, no turn came of it, and
    the speech was resumed. Counted per minute of call, together with the
    stops that the turn log calls lost: the sound had no words either, but the
    caller spoke before the agent could go on. Pauses that nobody heard
    (phantom ones, timeout 0) are told apart and not held against the agent.

Why it hurts callers
    Each one is dead air: the sound itself and then the false-interruption
    timeout, about 2 s by default. Callers take it for a dropped line. In a
    lost one they never hear the rest of the answer.

Evidence
    `resumed false interrupted speech` (livekit.agents, DEBUG), or
    `interruption` lines of the turn log with the outcome false or lost. A
    lost one looks like a real interruption in LiveKit's own log.

Change and its price
    Profile noisy: a sound must be longer, surer or wordier before it stops
    the agent. Real barge-ins then stop it later by the difference, some 100
    to 500 ms. Raising MIN_ENDPOINTING_DELAY does not help: it acts when the
    caller has the floor, not when the agent speaks (27 at 0.5 s, 28 at 0.8
    s).

When it stays silent
    Below the limit for certain. It refuses when the log could not show the
    line (level INFO, resume switched off) or the time of the calls is
    unknown.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.rules.judging import (
    Judged,
    Problem,
    conclude,
    evidence,
    hidden,
    judge_rate,
    severity,
    spread_of,
    visible,
)

SIGNAL: Final = "false_interruptions"
LOST: Final = "lost_replies"
NEEDS = "LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "Profile noisy: a sound must be longer and surer before it stops the agent. Price: real "
    "barge-ins stop it later, by 100-500 ms. A longer MIN_ENDPOINTING_DELAY does not help."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Audible false interruptions per minute of call against their limit."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(RULE.id, facts, SIGNAL, NEEDS)
    minutes = facts.exposure.minutes
    if not minutes:
        return Refusal(RULE.id, "the minutes of call are unknown", "lines with a time")
    phantom = int(signal.more.get("phantom") or 0)
    lost = int(signal.more.get("lost") or 0)
    audible = max(0, (signal.count or 0) - phantom) + lost
    limit = limits.false_interruptions_per_minute
    judged = judge_rate(audible, minutes, limit, limits, spread_of(facts, SIGNAL))
    return conclude(
        _problem(facts, judged, minutes, phantom, lost),
        judged,
        facts,
        severity(judged, limits),
        signal,
    )


def _problem(facts: Facts, judged: Judged, minutes: float, phantom: int, lost: int) -> Problem:
    text = (
        f"{judged.value:.2f}/min [{judged.low:.2f}-{judged.high:.2f}], "
        f"{judged.events:.0f} in {minutes:.1f} min"
    )
    if lost:
        text += f"; in {lost} the caller spoke before it could go on"
    if phantom:
        text += f"; {phantom} more that nobody heard"
    return Problem(
        rule=RULE.id,
        title=RULE.title,
        measured=text,
        limit=f"{judged.limit:g}/min",
        advice=ADVICE,
        evidence=evidence(facts, SIGNAL, LOST),
        total=int(judged.events),
        remedies=("noisy",),
    )


RULE = Rule(
    id="false-interruptions",
    title="Sounds that are no turn stop the agent",
    signals=(SIGNAL,),
    check=check,
    doc=__doc__,
)
