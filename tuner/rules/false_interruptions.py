"""The agent stops for a sound that was not a turn, and resumes after a silence.

What
    The agent was speaking, paused for a sound, nobody took a turn, and it
    resumed. Counted per minute of call, together with the replies that the
    turn log calls lost: the sound had no words either, but the caller spoke
    before the agent could resume. Pauses that nobody could hear (phantom
    ones, timeout 0) are counted apart and not held against the agent.

Why it hurts callers
    Each one is dead air: the sound itself and then the false-interruption
    timeout, 2 s by default. Callers think the line dropped. After a lost
    reply they never hear the rest of the answer.

Evidence
    `resumed false interrupted speech` (livekit.agents, DEBUG), or
    `interruption` lines of the turn log with the outcome false or lost. In
    LiveKit's own log a lost reply looks like a real interruption.

Change and its price
    A longer MIN_ENDPOINTING_DELAY does not help: it acts when the caller
    speaks, not when the agent does (12 calls: 27 false interruptions at 0.5
    s, 28 at 0.8 s). With streaming speech to text
    (STT_MODEL=gpt-live-transcribe) BACKCHANNEL_WORDS=auto lets "mm-hm" pass
    by their words: noise then stops nothing either, and a real interruption
    is let in when its first other word is transcribed.

When it does not fire
    When the rate is certainly below the limit. It cannot judge when the log
    could not show the line (level INFO, resuming switched off) or the length
    of the calls is unknown. Calls that could not show the line beside others
    that could are not counted with.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Remedy, Rule
from tuner.names import RuleId
from tuner.rules.answers import (
    Problem,
    conclude,
    evidence,
    explained,
    fixed_by,
    hidden,
    no_rate,
    visible,
)
from tuner.rules.judging import Judged, judge_rate, severity, spread_of

ID = RuleId("false-interruptions")
TITLE = 'The agent stops for noise and "mm-hm"'
SIGNAL: Final = "false_interruptions"
NEEDS = "LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
REMEDY = Remedy(
    profile="noisy",
    problem="false interruptions",
    fix="a sound must be longer and clearer to stop the agent",
    knobs={
        "MIN_INTERRUPTION_DURATION": "up",
        "MIN_INTERRUPTION_WORDS": "up",
        "INTERRUPTION_THRESHOLD": "up",
        "FALSE_INTERRUPTION_TIMEOUT": "down",
    },
    weight_s=lambda limits: limits.cost_false_interruption_s,
    next_step="raise MIN_INTERRUPTION_DURATION by 0.1 s at a time, and check for echo",
)
ADVICE = f"{fixed_by(REMEDY)} A longer MIN_ENDPOINTING_DELAY does not help."


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Audible false interruptions per minute of call against their limit."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(ID, facts, SIGNAL, NEEDS)
    minutes = sum(facts.per_call.events["minutes_seen"])
    if refusal := no_rate(ID, facts, limits, minutes):
        return refusal
    phantom, lost = int(signal.more.get("phantom") or 0), int(signal.more.get("lost") or 0)
    audible = max(0, (signal.count or 0) - phantom) + lost
    limit = limits.false_interruptions_per_minute
    judged = judge_rate(audible, minutes, limit, limits, spread_of(facts, SIGNAL, "minutes_seen"))
    problem = _problem(facts, judged, minutes, phantom, lost)
    return conclude(problem, judged, facts, severity(judged, limits), signal)


def _problem(facts: Facts, judged: Judged, minutes: float, phantom: int, lost: int) -> Problem:
    return Problem(
        rule=ID,
        title=TITLE,
        measured=_measured(judged, minutes, phantom, lost),
        limit=f"{judged.limit:g}/min",
        advice=ADVICE,
        evidence=evidence(facts, SIGNAL, "lost_replies"),
        total=int(judged.events),
        remedies=(REMEDY.profile,),
    )


def _measured(judged: Judged, minutes: float, phantom: int, lost: int) -> str:
    text = (
        f"{judged.value:.2f}/min [{judged.low:.2f}-{judged.high:.2f}], "
        f"{judged.events:.0f} in {minutes:.1f} min"
    )
    if lost:
        text += f"; in {lost} the caller spoke before the agent could resume"
    return f"{text}; {phantom} more that nobody heard" if phantom else text


RULE = Rule(ID, TITLE, (SIGNAL,), check, explained(__doc__, REMEDY), REMEDY)
