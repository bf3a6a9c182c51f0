"""The language model takes too long to start its answer.

What
    The time from the request to the first token. Two limits: the median, and
    the slow tail (P95). Requests that were cancelled or failed before a token
    came have no value: they are named, but never averaged.

Why it hurts callers
    It is silence at the end of every turn, usually the longest part of it. A
    slow tail is worse than a slow median: callers think that the line dropped
    and speak into the answer.

Evidence
    `LLM metrics` (INFO, when the agent calls log_metrics), `RealtimeModel
    metrics`, or `turn` lines of the turn log.

Change and its price
    No timing profile makes a model faster. A smaller or faster model, a
    shorter prompt, a cached one (a fixed beginning), a nearer region and
    streaming do, and add no delay. Preemptive generation hides part of the
    time behind the wait and costs tokens. Nobody gets below about 250 ms.

When it does not fire
    When the median and the tail are below their limits. It cannot judge when
    no line shows a first token.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Latency, Refusal, Rule
from tuner.names import RuleId, Stage
from tuner.rules.answers import Problem, conclude, evidence, hidden
from tuner.rules.judging import severity
from tuner.rules.stages import (
    judge_tail,
    judge_typical,
    median_limit,
    stage,
    stage_severity,
    stage_text,
)

ID = RuleId("slow-first-token")
TITLE = "The language model is slow to start its answer"
STAGE: Final = "llm_ttft"
REALTIME: Final = "realtime_ttft"
NEEDS = "LOG_METRICS=true, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "No timing profile makes a model faster. Use a smaller or faster model, a shorter prompt with "
    "a fixed beginning (prompt caching), a nearer region, streaming. Price: adds no delay."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """First tokens against the limits of median and tail; callers hear the tail first."""
    name: Stage = STAGE if stage(facts, STAGE) is not None else REALTIME
    tokens = stage(facts, name)
    if tokens is None:
        return hidden(ID, facts, STAGE, NEEDS)
    tail = judge_tail(tokens, limits.llm_ttft_tail_s, limits)
    if tail.state == "above":
        limit = f"P95 {limits.llm_ttft_tail_s:.2f} s"
        problem = _problem(facts, name, tokens, limit, limits)
        return conclude(problem, tail, facts, severity(tail, limits))
    problem = _problem(facts, name, tokens, median_limit(tokens), limits)
    return conclude(problem, judge_typical(tokens, limits), facts, stage_severity(tokens, limits))


def _problem(facts: Facts, name: Stage, tokens: Latency, limit: str, limits: Limits) -> Problem:
    return Problem(
        rule=ID,
        title=TITLE,
        measured=stage_text(tokens, name),
        limit=limit,
        advice=ADVICE + _floor(facts, limits),
        evidence=evidence(facts, name, "openai_calls"),
        total=tokens.over_alert,
        cause="model",
    )


def _floor(facts: Facts, limits: Limits) -> str:
    """What a reply takes even with the quickest model, from this log's wait and voice."""
    wait, voice = stage(facts, "end_of_turn_delay"), stage(facts, "tts_ttfb")
    if wait is None or voice is None:
        return ""
    best = limits.llm_ttft_excellent_s
    floor = (wait.p50 or 0.0) + best + (voice.p50 or 0.0)
    return f" With this wait and voice a reply takes {floor:.1f} s even with a model at {best:g} s."


RULE = Rule(ID, TITLE, (STAGE,), check, __doc__)
