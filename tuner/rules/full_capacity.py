"""A worker was full and took no more calls.

What
    The load of the worker reached its threshold, so it was marked as
    unavailable. Other workers get the calls, if there are any.

Why it hurts callers
    With no other worker free, callers wait for an agent that does not come.

Evidence
    `worker is at full capacity, marking as unavailable` (livekit.agents,
    INFO), with load and threshold.

Change and its price
    More workers or larger machines, which costs money and adds no delay (0
    ms). A higher LOAD_THRESHOLD only helps where the machine has reserves:
    else the voices stutter.

When it does not fire
    When there is none. It cannot judge when the log hides INFO lines.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("full-capacity")
TITLE = "Workers are full and take no more calls"
SIGNAL: Final = "full_capacity"
ADVICE = (
    "Add workers or larger machines. A higher LOAD_THRESHOLD only helps where the machine has "
    "reserves. Price: money; adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="capacity")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
