"""The agent takes its turn before the caller has finished.

What
    The turn was closed, and the same caller went on speaking before the reply
    could be heard (within 1.5 s). Counted per turn in which that could have
    happened. Speech that comes later may be an interruption or an "mm-hm" and
    is not counted.

Why it hurts callers
    They are answered in the middle of a sentence, stop, and say it again. The
    agent answers half a question.

Evidence
    `user turn committed` and the start of the caller's next speech
    (livekit.agents, DEBUG). The turn log records it outright
    (`resumed_after_commit`).

Change and its price
    A turn detector waits longer only where the sentence is unfinished; it
    needs about 250 MB more memory a server.

When it does not fire
    When the share is certainly below the limit; 5 to 10 % is the best that
    turn detectors reach. It cannot judge when the log does not show the
    turns, or too few of them.
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
    needed,
    percent,
    share_text,
    visible,
)
from tuner.rules.judging import judge_share, severity, spread_of

ID = RuleId("false-cutoffs")
TITLE = "Callers are cut off mid-sentence"
SIGNAL: Final = "false_cutoffs"
NEEDS = "LOG_LEVEL=DEBUG, or the turn log (TURN_LOG=stdout)"
REMEDY = Remedy(
    profile="patient",
    problem="cut-offs",
    fix="the turn closes after a longer silence",
    knobs={"MIN_ENDPOINTING_DELAY": "up"},
    weight_s=lambda limits: limits.cost_false_cutoff_s,
    next_step="TURN_DETECTION=detector: it waits longer only where the sentence is unfinished",
)
ADVICE = f"{fixed_by(REMEDY)} A turn detector waits longer only where the sentence is unfinished."


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Cut-offs per turn at risk against their limit."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(ID, facts, SIGNAL, NEEDS)
    turns = int(signal.more.get("turns_at_risk") or facts.exposure.turns or 0)
    if not turns:
        return Refusal(ID, "this log shows no turn of a caller", needed(facts, NEEDS))
    spread, limit = spread_of(facts, SIGNAL, "turns_at_risk"), limits.false_cutoff_share
    judged = judge_share(signal.count or 0, turns, limit, limits, spread)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=share_text(judged, "turns", turns),
        limit=f"{percent(judged.limit)} of turns",
        advice=ADVICE,
        evidence=evidence(facts, SIGNAL),
        total=int(judged.events),
        remedies=(REMEDY.profile,),
    )
    return conclude(problem, judged, facts, severity(judged, limits))


RULE = Rule(ID, TITLE, (SIGNAL,), check, explained(__doc__, REMEDY), REMEDY)
