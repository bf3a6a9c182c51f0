"""Processes use more memory than they may.

What
    A process was killed at its memory limit, or passed the limit for a
    warning.

Why it hurts callers
    A killed process ends its call. One that grows takes the memory of the
    others, until the operating system kills one of them.

Evidence
    `process exceeded memory limit, killing process`, `process memory usage is
    high` (livekit.agents, ERROR and WARNING), with the megabytes.

Change and its price
    Find what grows: chat history, audio that is kept, models loaded for each
    call. A higher MEMORY_LIMIT_MB only helps if the machine has it, a higher
    MEMORY_WARN_MB only ends the warnings. This adds no delay (0 ms).

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("memory-limit")
TITLE = "Processes run out of memory"
KILLED: Final = "memory_limits"
HIGH: Final = "memory_high"
GROWS = (
    "Find what grows in the process: chat history, audio that is kept, models loaded for each call."
)
ADVICE = f"{GROWS} A higher MEMORY_LIMIT_MB only helps if the machine has it. Price: adds no delay."
WATCH = (
    f"{GROWS} A higher MEMORY_WARN_MB only ends the warnings; MEMORY_LIMIT_MB ends such a process "
    "and its call. Price: adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="memory")
WARNED = Problem(
    ID, "Processes use much memory", measured="", limit="", advice=WATCH, cause="memory"
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """A kill ended a call; without any, warnings count."""
    killed = any_is_a_finding(facts, limits, KILLED, PROBLEM, ends_calls=True)
    return killed or any_is_a_finding(facts, limits, HIGH, WARNED)


RULE = Rule(ID, TITLE, (KILLED, HIGH), check, __doc__)
