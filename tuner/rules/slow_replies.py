"""It takes too long from the caller's last word to the agent's first sound.

What
    The whole of it: the wait for the end of the turn, the transcript, the
    model, the voice. The rule names the longest part, and the rule for that
    part says what to do.

Why it hurts callers
    People answer each other within 0.25 s. From about 1 s callers notice, and
    speak again into the reply.

Evidence
    `turn` lines of the turn log (`e2e_latency`), or LiveKit's metrics of the
    assistant's messages where they are logged.

Change and its price
    That of the longest part. A shorter wait costs cut-offs; a faster model or
    voice adds no delay.

When it does not fire
    When the median is certainly below the limit. It cannot judge when the log
    does not show the first audio, as is usual without a turn log.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId, Stage
from tuner.rules.answers import Problem, conclude, evidence, hidden, needed
from tuner.rules.stages import judge_typical, median_limit, stage, stage_severity, stage_text

ID = RuleId("slow-replies")
TITLE = "Replies start too late"
STAGE: Final = "e2e"
NEEDS = "the turn log (TURN_LOG=stdout)"
PARTS: dict[Stage, tuple[str, str]] = {
    "end_of_turn_delay": ("the wait for the end of the turn", "delay"),
    "llm_ttft": ("the model's first token", "model"),
    "tts_ttfb": ("the voice's first sound", "tts"),
}
PRICE = "Price: a shorter wait cuts off more callers; a faster model or voice adds no delay."


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The median time to first audio against its limit, and its longest part."""
    reply = stage(facts, STAGE)
    if reply is None:
        return hidden(ID, facts, STAGE, NEEDS)
    advice, cause = _longest(facts)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=stage_text(reply, STAGE),
        limit=median_limit(reply),
        advice=advice,
        evidence=evidence(facts, STAGE),
        total=reply.over_alert,
        cause=cause,
    )
    return conclude(problem, judge_typical(reply, limits), facts, stage_severity(reply, limits))


def _longest(facts: Facts) -> tuple[str, str]:
    """The advice to begin with the longest part, and the cause that it stands for."""
    parts = {name: part for name in PARTS if (part := stage(facts, name)) is not None}
    if not parts:
        shows = needed(facts, "TURN_LOG=stdout")
        return f"What shows which part takes longest: {shows}. Price: adds no delay.", ""
    name = max(parts, key=lambda key: parts[key].p50 or 0.0)
    words, cause = PARTS[name]
    return f"The longest part is {words}, p50 {parts[name].p50:.2f} s: start there. {PRICE}", cause


RULE = Rule(ID, TITLE, (STAGE,), check, __doc__)
