"""So much is logged that writing it costs time and money.

What
    Log lines per minute of call, by level and by logger.

Why it hurts callers
    Each line is formatted and written in the process that also moves the
    audio. DEBUG lines of HTTP libraries also contain cookies and what callers
    said.

Evidence
    The lines themselves, counted.

Change and its price
    LOG_LEVEL=INFO and LIB_LOG_LEVEL=WARNING, and the turn log for what the
    analysis needs: about one line per event. This adds no delay (0 ms). At
    INFO without the turn log the analysis sees no false interruptions,
    cut-offs or OpenAI calls.

When it does not fire
    Below the limit. It cannot judge when the length of the calls is unknown,
    or their lines span less than 5 s.
"""

from __future__ import annotations

from tuner.facts.steps import attaches
from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import no_rate

ID = RuleId("log-too-noisy")
TITLE = "Logging this much slows the agent down"
ADVICE = (
    "Set LOG_LEVEL=INFO and LIB_LOG_LEVEL=WARNING, with TURN_LOG=stdout so that the analysis still "
    "sees everything; aim for {aim:g} lines a minute. Price: adds no delay."
)

ELSEWHERE = (
    "Log at INFO where callers are served, the HTTP libraries at WARNING{still}; aim for {aim:g} "
    "lines a minute. Price: adds no delay."
)
STILL = ", and attach the turn log, so that the analysis still sees everything"


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Lines per minute of call against the limit; it is a count, so no probability is needed."""
    if refusal := no_rate(ID, facts, limits):
        return refusal
    rate = facts.volume.lines_per_minute or 0.0
    limit = limits.log_lines_per_minute
    if rate <= limit:
        return None
    loggers = sorted(facts.volume.by_logger.items(), key=lambda kv: (-kv[1], kv[0]))
    most = ", ".join(f"{name or 'root'} {n}" for name, n in loggers[:3])
    return Finding(
        rule=ID,
        severity="warning" if rate >= limits.high_times * limit else "info",
        title=TITLE,
        measured=f"{rate:.0f} lines/min" + (f"; {most}" if most else ""),
        limit=f"{limit:g} lines/min",
        evidence=(),
        advice=_advice(facts, limits),
        total=facts.volume.records,
        cause="logging",
    )


def _advice(facts: Facts, limits: Limits) -> str:
    """What to log instead; only this project's own agent has settings for it."""
    if facts.is_ours:
        return ADVICE.format(aim=limits.log_lines_aim)
    return ELSEWHERE.format(
        still=STILL if attaches(facts.next_log) else "", aim=limits.log_lines_aim
    )


RULE = Rule(ID, TITLE, (), check, __doc__)
