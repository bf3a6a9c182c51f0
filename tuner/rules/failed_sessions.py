"""Sessions end because of an error that they could not recover from.

What
    After several failures in a row of the model, the transcriber or the
    voice, LiveKit gives up and closes the session. The call ends.

Why it hurts callers
    The line drops, or the caller hears nothing any more.

Evidence
    `AgentSession is closing due to unrecoverable error` (livekit.agents,
    ERROR), with the error behind it.

Change and its price
    Look at the error in the evidence first. A fallback provider
    (FallbackAdapter) keeps the call alive, and costs the time until it takes
    over, some 100 ms to 10 s. A longer HTTP_TIMEOUT helps when slow requests
    are cut short.

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("failed-sessions")
TITLE = "Calls end because a session failed"
SIGNAL: Final = "sessions_failed"
ADVICE = (
    "Look at the error in the evidence. A fallback provider (FallbackAdapter) keeps the call "
    "alive; for rate limits ask for a higher one. Price: adds no delay until a provider fails."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="provider")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Each one ended a call."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM, ends_calls=True)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
