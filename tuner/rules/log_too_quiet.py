"""The log hides what the agent should be judged by.

What
    Signals that this log could not have shown, whatever happened: because of
    its level, of muted loggers, of a newer OpenAI client, or for want of a
    turn log. Not a fault of the agent.

Why it hurts callers
    It does not, but nobody can see what does: no lines means blind, not
    healthy.

Evidence
    None: it is about lines that are not there.

Change and its price
    TURN_LOG=stdout, about one line per event whatever the level, or some
    calls under the profile evidence, which logs all. Price: 0 ms; the profile
    evidence is for measuring, not for serving.

When it stays silent
    When false interruptions, cut-offs, ends of turn, first tokens and OpenAI
    calls could all be seen.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Latency, Refusal, Rule, Signal

KEY = {
    "false_interruptions": "false interruptions",
    "false_cutoffs": "cut-offs",
    "end_of_turn_delay": "ends of turn",
    "llm_ttft": "first tokens",
    "openai_calls": "OpenAI calls",
}
ADVICE = (
    "TURN_LOG=stdout shows them all at any level, about one line per event; or measure some "
    "calls under the profile evidence. Price: 0 ms."
)


def check(facts: Facts, _limits: Limits) -> Finding | Refusal | None:
    """Name the key signals that could not be seen; always an info."""
    dark = [words for name, words in KEY.items() if not _seen(facts, name)]
    if not dark:
        return None
    return Finding(
        rule=RULE.id,
        severity="info",
        title=RULE.title,
        measured=f"{len(dark)} of {len(KEY)} not visible: {', '.join(dark)}",
        limit="none hidden",
        evidence=(),
        advice=ADVICE,
        total=len(dark),
        cause="logging",
    )


def _seen(facts: Facts, name: str) -> bool:
    if name == "llm_ttft" and not _told(facts, name):
        name = "realtime_ttft"
    return _told(facts, name)


def _told(facts: Facts, name: str) -> bool:
    named: tuple[tuple[str, Signal | Latency], ...] = (
        *facts.signals.items(),
        *facts.latency.items(),
    )
    source = dict(named).get(name)
    return source is not None and source.observable != "no"


RULE = Rule(
    id="log-too-quiet",
    title="The log hides part of what happened",
    signals=(),
    check=check,
    doc=__doc__,
)
