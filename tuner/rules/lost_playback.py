"""Speech, its playback and its transcript lose each other.

What
    LiveKit's bookkeeping of what was played no longer fits: a segment was
    rotated twice, a playback ended that never began, or an interrupted speech
    did not end.

Why it hurts callers
    A session in this state can get stuck: the agent stays silent, or repeats
    itself.

Evidence
    `rotate_segment called while ...`, `playback_finished called more times
    than ...`, `speech not done in time after interruption` and the like
    (livekit.agents, WARNING or ERROR).

Change and its price
    Update livekit-agents. Do not replace session.output during a call. This
    adds no delay (0 ms); no timing setting affects it.

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("lost-playback")
TITLE = "Playback and transcript lose each other"
SIGNAL: Final = "playback_lost"
ADVICE = (
    "Update livekit-agents, and do not replace session.output during a call. Price: adds no "
    "delay. No timing setting affects it."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="health")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
