"""So much is logged that writing it costs time and money.

What
    Log lines per minute of call, by level and by logger.

Why it hurts callers
    Each line is formatted and written in the process that also moves the
    audio. DEBUG lines of HTTP libraries carry cookies and what was said, too.

Evidence
    The lines themselves, counted.

Change and its price
    LOG_LEVEL=INFO and LIB_LOG_LEVEL=WARNING, and the turn log for what the
    analysis needs: about one line per event. Price: 0 ms. At INFO without the
    turn log false interruptions, cut-offs and OpenAI calls are invisible.

When it stays silent
    Below the limit. It refuses when the minutes of call are unknown.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule

ADVICE = (
    "LOG_LEVEL=INFO and LIB_LOG_LEVEL=WARNING, with TURN_LOG=stdout so that the analysis still "
    "sees everything; {aim:g} lines a minute is the aim. Price: 0 ms."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Lines per minute of call against the limit; it is a count, so no probability is needed."""
    rate = facts.volume.lines_per_minute
    if rate is None:
        return Refusal(RULE.id, "the minutes of call are unknown", "lines with a time")
    limit = limits.log_lines_per_minute
    if rate <= limit:
        return None
    loggers = sorted(facts.volume.by_logger.items(), key=lambda kv: (-kv[1], kv[0]))
    most = ", ".join(f"{name or 'root'} {n}" for name, n in loggers[:3])
    return Finding(
        rule=RULE.id,
        severity="warning" if rate >= limits.high_times * limit else "info",
        title=RULE.title,
        measured=f"{rate:.0f} lines/min" + (f"; {most}" if most else ""),
        limit=f"{limit:g} lines/min",
        evidence=(),
        advice=ADVICE.format(aim=limits.log_lines_aim),
        total=facts.volume.records,
        cause="logging",
    )


RULE = Rule(
    id="log-too-noisy",
    title="The log itself is a load",
    signals=(),
    check=check,
    doc=__doc__,
)
