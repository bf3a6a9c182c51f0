"""The turn is closed while the caller has not finished.

What
    After a turn was closed the same caller went on, before the reply could be
    heard (within 1.5 s). Counted per turn that was at risk. What comes later
    may be talk-over or a back-channel and is not counted.

Why it hurts callers
    They are answered in the middle of a sentence, stop, and say it again. The
    agent answers half a question.

Evidence
    `user turn committed` and the start of the caller's next speech
    (livekit.agents, DEBUG). The turn log says it outright
    (`resumed_after_commit`).

Change and its price
    Profile patient: the turn closes later. Every reply comes later by the
    difference of max(VAD silence, delay), 300 ms from 0.5 to 0.8 s. A turn
    detector waits longer only where the sentence is unfinished.

When it stays silent
    Below the limit for certain; 5 to 10 % is the best that detectors reach.
    It refuses when the log does not show the turns, or too few of them.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.rules.judging import (
    Problem,
    conclude,
    evidence,
    hidden,
    judge_share,
    percent,
    severity,
    share_text,
    spread_of,
    visible,
)

SIGNAL: Final = "false_cutoffs"
NEEDS = "LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "Profile patient: the turn closes later. Price: every reply comes later by the difference, "
    "300 ms from 0.5 to 0.8 s. A turn detector waits only where the sentence is unfinished."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Cut-offs per turn at risk against their limit."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(RULE.id, facts, SIGNAL, NEEDS)
    turns = int(signal.more.get("turns_at_risk") or facts.exposure.turns or 0)
    if not turns:
        return Refusal(RULE.id, "no turn of a caller was closed in this log", NEEDS)
    judged = judge_share(
        signal.count or 0,
        turns,
        limits.false_cutoff_share,
        limits,
        spread_of(facts, SIGNAL, "turns_at_risk"),
    )
    problem = Problem(
        rule=RULE.id,
        title=RULE.title,
        measured=share_text(judged, "turns", turns),
        limit=f"{percent(judged.limit)} of turns",
        advice=ADVICE,
        evidence=evidence(facts, SIGNAL),
        total=int(judged.events),
        remedies=("patient",),
    )
    return conclude(problem, judged, facts, severity(judged, limits))


RULE = Rule(
    id="false-cutoffs",
    title="Turns are closed while the caller goes on",
    signals=(SIGNAL,),
    check=check,
    doc=__doc__,
)
