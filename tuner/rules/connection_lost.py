"""The connection to the LiveKit server breaks and is made again.

What
    The worker lost its connection to the server, or a call its connection to
    the room.

Why it hurts callers
    While a worker is not connected it gets no calls. In a call both sides
    hear silence until the room is back, or the call ends.

Evidence
    `failed to connect to livekit, retrying` (livekit.agents, WARNING) and the
    attempts of `livekit::rtc_engine` to resume or restart.

Change and its price
    Check LIVEKIT_URL, the network and the load of server and worker at those
    times; a worker in the region of its server. This adds no delay (0 ms).

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("connection-lost")
TITLE = "The connection to LiveKit is lost and made again"
SIGNAL: Final = "connections_lost"
ADVICE = (
    "Check LIVEKIT_URL, the network between worker and server, and the load of both at these "
    "times; run the worker in the server's region. Price: adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="network")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; many are high."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
