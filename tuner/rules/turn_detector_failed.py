"""The turn detector failed or fell back to a smaller model.

What
    The model that decides whether the caller has finished gave no answer, so
    the turn was closed by silence alone.

Why it hurts callers
    Callers are cut off in mid-sentence, or wait longer than they need to.

Evidence
    `Error predicting end of turn`, `cloud turn detector failed` and the like
    (livekit.agents, WARNING or ERROR).

Change and its price
    Mostly the machine is too slow for the model, or its files are missing
    (run `download-files`). More CPU costs money; TURN_DETECTION=vad decides
    by silence alone and adds no delay (0 ms).

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("turn-detector-failed")
TITLE = "The turn detector fails or falls back"
SIGNAL: Final = "detector_failures"
ADVICE = (
    "Download the model's files (the agent's command download-files), give the machine more CPU, "
    "or decide by silence alone (TURN_DETECTION=vad). Price: adds no delay; by silence alone more "
    "callers are cut off."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="detector")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
