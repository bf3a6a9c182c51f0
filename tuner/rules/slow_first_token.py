"""The model takes too long to say its first word.

What
    Time from the request to the first token. Two limits: the median, and the
    tail (P95). Requests that were cancelled or failed before a token came are
    censored: named, but never averaged.

Why it hurts callers
    It is silence at the end of every turn, usually the longest part of it. A
    slow tail is worse than a slow median: the caller thinks that the line
    dropped and speaks into the answer.

Evidence
    `LLM metrics` (INFO, when the agent calls log_metrics), `RealtimeModel
    metrics`, or `turn` lines of the turn log.

Change and its price
    No timing profile makes a model faster. A smaller or faster model, a
    shorter prompt, a cached one (a fixed beginning), a nearer region and
    streaming do, at a price of 0 ms; preemptive generation hides part of it
    behind the wait and costs tokens. Below about 250 ms nothing is to be had.

When it stays silent
    When median and tail are below their limits. It refuses when no line shows
    a first token.
"""

from __future__ import annotations

from typing import Final, Literal

from tuner.limits import Limits
from tuner.model import Facts, Finding, Latency, Refusal, Rule, Severity
from tuner.rules.judging import Problem, conclude, evidence, hidden, severity
from tuner.rules.stages import (
    judge_tail,
    judge_typical,
    median_limit,
    stage,
    stage_severity,
    stage_text,
)

STAGE: Final = "llm_ttft"
REALTIME: Final = "realtime_ttft"
_Stage = Literal["llm_ttft", "realtime_ttft"]
NEEDS = "LOG_METRICS=true, or the turn log (TURN_LOG=stdout)"
ADVICE = (
    "No timing profile makes a model faster. Use a smaller or faster model, a shorter prompt with "
    "a fixed beginning (prompt caching), a nearer region, streaming. Price: 0 ms."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """First tokens against the limits of median and tail; the tail is heard first."""
    name: _Stage = STAGE if stage(facts, STAGE) is not None else REALTIME
    tokens = stage(facts, name)
    if tokens is None:
        return hidden(RULE.id, facts, STAGE, NEEDS)
    tail = judge_tail(tokens, limits.llm_ttft_tail_s, limits)
    if tail.state == "above":
        limit = f"P95 {limits.llm_ttft_tail_s:.2f} s"
        return conclude(
            _problem(facts, name, tokens, limit, limits), tail, facts, severity(tail, limits)
        )
    problem = _problem(facts, name, tokens, median_limit(tokens), limits)
    return conclude(problem, judge_typical(tokens, limits), facts, _grade(tokens, limits))


def _grade(tokens: Latency, limits: Limits) -> Severity:
    return stage_severity(tokens, limits)


def _problem(
    facts: Facts,
    name: _Stage,
    tokens: Latency,
    limit: str,
    limits: Limits,
) -> Problem:
    return Problem(
        rule=RULE.id,
        title=RULE.title,
        measured=stage_text(tokens),
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
    return f" Floor: with this wait and voice a reply takes {floor:.1f} s even at {best:g} s."


RULE = Rule(
    id="slow-first-token",
    title="The model is slow to its first token",
    signals=(STAGE,),
    check=check,
    doc=__doc__,
)
