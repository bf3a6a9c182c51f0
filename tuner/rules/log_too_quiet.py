"""The log does not show what the agent should be judged by.

What
    Signals that this log could not have shown, whatever happened: because of
    its level, of muted loggers, of a newer OpenAI client, or because there is
    no turn log. Not a fault of the agent.

Why it hurts callers
    It does not, but nobody can see what does: a log without these lines does
    not prove that the agent is healthy.

Evidence
    None: it is about lines that are not there.

Change and its price
    TURN_LOG=stdout, about one line per event whatever the level, or some
    calls under the profile evidence, which logs everything. This adds no
    delay (0 ms); the profile evidence is for measuring, not for serving.

When it does not fire
    When the log could show false interruptions, cut-offs, ends of turn, first
    tokens and OpenAI calls.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId, SignalName, Stage
from tuner.rules.answers import is_realtime

ID = RuleId("log-too-quiet")
TITLE = "This log does not show everything that matters"
KEY: dict[SignalName | Stage, str] = {
    "false_interruptions": "false interruptions",
    "false_cutoffs": "cut-offs",
    "end_of_turn_delay": "ends of turn",
    "llm_ttft": "first tokens",
    "openai_calls": "OpenAI calls",
}
ADVICE = (
    "TURN_LOG=stdout shows them all at any level, about one line per event; or measure some "
    "calls under the profile evidence. Price: adds no delay."
)

PRICE = "Price: adds no delay."


def check(facts: Facts, _limits: Limits) -> Finding | Refusal | None:
    """Name the key signals that the log could not show; always an info."""
    key = {name: words for name, words in KEY.items() if _has(facts, name)}
    dark = [words for name, words in key.items() if not _observable(facts, name)]
    if not dark:
        return None
    return Finding(
        rule=ID,
        severity="info",
        title=TITLE,
        measured=f"{len(dark)} of {len(key)} not visible: {', '.join(dark)}",
        limit="",
        evidence=(),
        advice=ADVICE if facts.is_ours or not facts.next_log else f"{facts.next_log}. {PRICE}",
        total=len(dark),
        cause="logging",
    )


def _has(facts: Facts, name: SignalName | Stage) -> bool:
    """Whether such an agent has it at all: a Realtime model makes no OpenAI calls by HTTP."""
    return name != "openai_calls" or _known(facts, name) or not is_realtime(facts)


def _observable(facts: Facts, name: SignalName | Stage) -> bool:
    """Whether the log could show it; a Realtime model has a first token of its own."""
    if name == "llm_ttft" and not _known(facts, name):
        return _known(facts, "realtime_ttft")
    return _known(facts, name)


def _known(facts: Facts, name: SignalName | Stage) -> bool:
    source = facts.source(name)
    return source is not None and source.observable != "no"


RULE = Rule(ID, TITLE, (), check, __doc__)
