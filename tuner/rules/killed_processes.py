"""Processes that serve calls are killed or die.

What
    LiveKit kills a process that does not answer for too long, that does not
    end in time, or the operating system ends it (exit code -9: out of
    memory).

Why it hurts callers
    Every call in that process ends at once.

Evidence
    `process is unresponsive, killing process`, `process exited with non-zero
    exit code` and the like (livekit.agents, ERROR).

Change and its price
    An unresponsive process is blocked by synchronous work in the agent (see
    event-loop-blocked) or starved of CPU; exit code -9 is mostly memory (see
    memory-limit). Moving the work to a thread adds no delay; fewer calls on a
    machine cost money.

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, any_is_a_finding

ID = RuleId("killed-processes")
TITLE = "Calls end because their process was killed"
SIGNAL: Final = "processes_killed"
ADVICE = (
    "Find synchronous work in the agent (blocking HTTP, files, sleep) and move it to a thread; "
    "run fewer calls on a machine. Exit code -9 is mostly memory. Price: adds no delay."
)
PROBLEM = Problem(ID, TITLE, measured="", limit="", advice=ADVICE, cause="process")


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Each one ended a call."""
    return any_is_a_finding(facts, limits, SIGNAL, PROBLEM, ends_calls=True)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
