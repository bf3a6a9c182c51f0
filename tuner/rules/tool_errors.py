"""Tools of the agent raise errors.

What
    A function that the model called raised an error, does not exist, or was
    given wrong arguments.

Why it hurts callers
    The agent says that it could not do what it was asked for, or makes
    something up.

Evidence
    `exception occurred while executing tool` (livekit.agents, ERROR), with
    the name of the function.

Change and its price
    Look at the error of the function; raise ToolError with a sentence that
    the model can say. This adds no delay (0 ms).

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("tool-errors")
TITLE = "The agent's tools fail"
SIGNAL: Final = "tool_errors"
ADVICE = (
    "Fix the function that the evidence names; raise ToolError with a sentence that the model "
    "can say. Price: adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="tools")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
