"""Synchronous work stops the event loop of the agent.

What
    The loop that moves audio, transcripts and turns stood still: the agent's
    own code did something that takes long without giving control back, or
    imported a module on first use. Counted per minute of call. A process that
    did not answer in time is counted too.

Why it hurts callers
    Speech stutters, interruptions and ends of turn come late, and every time
    in the log is longer than the settings explain. A loop that is blocked for
    very long gets its process killed, and the call with it.

Evidence
    `event loop blocked for ...ms` with the file and line (livekit.agents 1.8
    and newer, WARNING); `process is unresponsive`, `job executor is
    unresponsive` (WARNING).

Change and its price
    Move the work to a thread (asyncio.to_thread) or an async client, and
    imports to prewarm. This adds no delay (0 ms). Measure the timing again
    afterwards: no timing setting fixes it.

When it does not fire
    When there is none. Rare ones are a warning. It cannot judge when the log
    hides warnings; versions before 1.8.1 do not write the first line.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import Problem, evidence, found, hidden, times_text, visible
from tuner.rules.judging import judge_rate

ID = RuleId("event-loop-blocked")
TITLE = "Synchronous work blocks the agent's event loop"
BLOCKED: Final = "loop_blocked"
UNRESPONSIVE: Final = "processes_unresponsive"
NEEDS = "LOG_LEVEL=WARNING or lower"
ADVICE = (
    "Move the work that the evidence names to a thread (asyncio.to_thread) or an async client, and "
    "imports to prewarm. Price: adds no delay. The times in this log are longer than the settings "
    "explain: measure again afterwards."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; more than the limit per minute are high."""
    blocked, unresponsive = visible(facts, BLOCKED), visible(facts, UNRESPONSIVE)
    if blocked is None or unresponsive is None:
        return hidden(ID, facts, BLOCKED, NEEDS)
    count = (blocked.count or 0) + (unresponsive.count or 0)
    if not count:
        return None
    limit = limits.loop_blocked_per_minute
    judged = judge_rate(count, facts.exposure.minutes or 0.0, limit, limits)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=_measured(count, blocked.more.get("max_s")),
        limit=f"{limit:g}/min",
        advice=ADVICE,
        evidence=evidence(facts, BLOCKED, UNRESPONSIVE),
        total=count,
        cause="loop",
    )
    often = judged.state == "above" and count >= limits.min_events
    return found(problem, "high" if often else "warning")


def _measured(count: int, longest_s: float | None) -> str:
    text = times_text(count, 0, 0)
    return f"{text}, for up to {longest_s:.2f} s" if longest_s else text


RULE = Rule(ID, TITLE, (BLOCKED, UNRESPONSIVE), check, __doc__)
