"""The agent stops because of an error, and takes no more calls.

What
    The worker, which takes calls from the LiveKit server, ended with an
    error: it could not start, or could not connect any more.

Why it hurts callers
    Nobody answers until the agent is started again.

Evidence
    `worker failed` (livekit.agents, ERROR), with the traceback behind or
    below it.

Change and its price
    The last lines of the traceback name the error: mostly a wrong LIVEKIT_URL
    or key, no way to the server, or a port that is in use. Let the service
    manager start the agent again by itself. This adds no delay (0 ms).

When it does not fire
    When there is none. It cannot judge when the log hides errors.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("failed-workers")
TITLE = "Nobody answers because the agent stopped"
SIGNAL: Final = "workers_failed"
ADVICE = (
    "Read the traceback at that line: its last lines name the error, mostly a wrong LIVEKIT_URL or "
    "key, no way to the server, or a port in use. Have the agent started again. Price: none."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="worker")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Each one ended an agent."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM, ends_calls=True)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
