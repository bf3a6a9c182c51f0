"""A process or session was not ready in time for its call.

What
    A process did not start in time, no warm process was free, the answer to a
    job came too late, or a room was not joined within 10 s.

Why it hurts callers
    The caller waits in silence, or the call goes to nobody.

Evidence
    `assignment for job ... timed out`, `initialization timed out`, `no warmed
    process available` and the like (livekit.agents, WARNING or ERROR).

Change and its price
    More warm processes (NUM_IDLE_PROCESSES, about 40 MB each), models loaded
    in prewarm instead of on the first call, a longer
    initialize_process_timeout. The memory is the price; callers wait up to 10
    s less.

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("slow-start")
TITLE = "Calls wait or are lost because nothing was ready for them"
SIGNAL: Final = "slow_starts"
ADVICE = (
    "Raise NUM_IDLE_PROCESSES, load models in prewarm, and give initialize_process_timeout more "
    "time. Price: about 40 MB of memory for each waiting process; adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="process")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
