"""The agent's own code ends calls with an error.

What
    The entrypoint, which serves one call, raised an error that nobody caught.
    LiveKit ends the job.

Why it hurts callers
    The call ends, or the caller never hears the agent.

Evidence
    `unhandled exception while running the job task` (livekit.agents, ERROR),
    with the traceback behind or below it.

Change and its price
    The last lines of the traceback name the error and the place in your code:
    mostly a missing key or setting, a service that did not answer, or a
    participant who had left already. To catch it costs nothing, and adds no
    delay (0 ms).

When it does not fire
    When there is none. It cannot judge when the log hides errors.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("failed-jobs")
TITLE = "Calls end because the agent's code failed"
SIGNAL: Final = "jobs_failed"
ADVICE = (
    "Read the traceback at that line: its last lines name the error and the place in your code. "
    "Catch it there, or give what is missing (a key, a setting). Price: adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="code")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Each one ended a call."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM, ends_calls=True)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
