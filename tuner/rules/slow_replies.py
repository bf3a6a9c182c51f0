"""From the caller's last word to the agent's first sound it takes too long.

What
    The whole of it: wait for the end of the turn, transcript, model, voice.
    The rule names the longest part, and the rule for that part says what to
    do.

Why it hurts callers
    People answer each other within 0.25 s. From about 1 s callers notice, and
    speak again into the reply.

Evidence
    `turn` lines of the turn log (`e2e_latency`), or LiveKit's metrics of the
    assistant's messages where they are logged.

Change and its price
    That of the longest part: a shorter wait costs cut-offs (profile fast, 200
    ms from 0.5 to 0.3 s); a faster model or voice costs 0 ms.

When it stays silent
    When the median is below the alert. It refuses when the log shows no first
    audio, which without a turn log is usual.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Stage
from tuner.rules.judging import Problem, conclude, evidence, hidden
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

STAGE: Final = "e2e"
NEEDS = "the turn log (TURN_LOG=stdout)"
PARTS: dict[Stage, tuple[str, str]] = {
    "end_of_turn_delay": ("the wait for the end of the turn", "delay"),
    "llm_ttft": ("the model's first token", "model"),
    "tts_ttfb": ("the voice's first sound", "tts"),
}


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The median time to first audio against its alert, and its longest part."""
    reply = stage(facts, STAGE)
    if reply is None:
        return hidden(RULE.id, facts, STAGE, NEEDS)
    advice, cause = _longest(facts)
    problem = Problem(
        rule=RULE.id,
        title=RULE.title,
        measured=stage_text(reply),
        limit=median_limit(reply),
        advice=advice,
        evidence=evidence(facts, STAGE),
        total=reply.over_alert,
        cause=cause,
    )
    return conclude(problem, judge_typical(reply, limits), facts, stage_severity(reply, limits))


def _longest(facts: Facts) -> tuple[str, str]:
    seen = {name: found for name in PARTS if (found := stage(facts, name)) is not None}
    if not seen:
        return "TURN_LOG=stdout shows which part of it is the longest. Price: 0 ms.", ""
    name = max(seen, key=lambda key: seen[key].p50 or 0.0)
    words, cause = PARTS[name]
    text = f"The longest part is {words}, p50 {seen[name].p50:.2f} s: begin there. "
    return text + "Price: a shorter wait costs cut-offs, a faster model or voice 0 ms.", cause


RULE = Rule(
    id="slow-replies",
    title="Replies take too long from the last word to first sound",
    signals=(STAGE,),
    check=check,
    doc=__doc__,
)
