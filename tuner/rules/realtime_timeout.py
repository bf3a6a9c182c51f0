"""A Realtime model did not start its reply in time.

What
    LiveKit asked for a reply and gave up waiting for it, or the reply failed.

Why it hurts callers
    The caller hears nothing, and mostly has to ask again.

Evidence
    `generate_reply timed out`, `failed to generate a reply`, and before
    livekit-agents 1.5 `Error in _realtime_reply_task` (livekit.agents or a
    plugin, ERROR). What asyncio prints of the same exception ("Task exception
    was never retrieved") counts no second time.

Change and its price
    Update the plugin; do not ask for a reply while one is being made (two
    replies at a time are refused); check the provider's status and limits.
    This adds no delay (0 ms).

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("realtime-timeout")
TITLE = "The Realtime model does not reply in time"
SIGNAL: Final = "realtime_timeouts"
ADVICE = (
    "Update the plugin, do not ask for a reply while one is being made, and check the "
    "provider's status and limits. Price: adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="realtime")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
