"""Too many OpenAI calls take long on OpenAI's side.

What
    The share of calls whose `openai-processing-ms` is above the limit (1000
    ms unless set otherwise), over chat, transcription and speech together and
    by endpoint. Calls that were cancelled before an answer came have no time.

Why it hurts callers
    Each such call is more than a second of silence that no setting of the
    agent can hide or shorten.

Evidence
    `HTTP Response` with headers (openai up to 3.3, DEBUG),
    `receive_response_headers.complete` (httpcore2, DEBUG), or `openai call`
    lines of the turn log.

Change and its price
    No timing profile and no connection pool makes a model faster. A smaller
    or faster model, a shorter or cached prompt, another region or service
    tier does, and adds no delay. A shorter HTTP_TIMEOUT only turns slow calls
    into retries.

When it does not fire
    When the share is certainly below the limit. When only one endpoint is
    above it, it is an info. It cannot judge when no processing time was
    logged (openai 3.6 and newer log no headers; production logs mute these
    loggers).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Signal
from tuner.names import RuleId
from tuner.rules.answers import (
    Problem,
    conclude,
    evidence,
    hidden,
    needed,
    percent,
    share_text,
    visible,
)
from tuner.rules.judging import Judged, judge_share, severity, spread_of

ID = RuleId("slow-openai-calls")
TITLE = "OpenAI takes long to process requests"
SIGNAL: Final = "openai_calls"
NEEDS = "the turn log (TURN_LOG=stdout), or LIB_LOG_LEVEL=DEBUG for httpcore2"
CAUSES = {"chat": "model", "transcription": "stt", "speech": "tts"}
ADVICE = (
    "No timing profile makes these calls faster, nor do more connections. Use a smaller or "
    "faster model, a shorter or cached prompt, another region or service tier. Price: adds no "
    "delay."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The share of slow calls against its limit, all endpoints together, then the worst one."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(ID, facts, SIGNAL, NEEDS)
    timed = int(signal.more.get("timed") or 0)
    if not timed:
        return Refusal(
            ID,
            signal.why or "the calls were logged without a processing time",
            needed(facts, NEEDS),
        )
    spread = spread_of(facts, "openai_slow", "openai_timed")
    slow = int(signal.more.get("slow") or 0)
    judged = judge_share(slow, timed, limits.openai_slow_share, limits, spread)
    problem = _problem(facts, signal, judged, timed, limits)
    if judged.state == "below" and (worst := _worst(signal, limits)) is not None:
        return conclude(problem, worst, facts, "info")
    return conclude(problem, judged, facts, severity(judged, limits))


def _problem(facts: Facts, signal: Signal, judged: Judged, timed: int, limits: Limits) -> Problem:
    over = float(signal.more.get("threshold_ms") or limits.openai_slow_ms)
    name, figures = _slowest(signal)
    text = share_text(judged, f"calls over {over:g} ms", timed)
    if name:
        text += f"; {name} {figures['slow']} of {figures['timed']}"
    return Problem(
        rule=ID,
        title=TITLE,
        measured=text,
        limit=f"{percent(limits.openai_slow_share)} of calls",
        advice=ADVICE,
        evidence=evidence(facts, SIGNAL),
        total=int(judged.events),
        cause=CAUSES.get(name, "provider"),
    )


def _slowest(signal: Signal) -> tuple[str, Mapping[str, Any]]:
    """The endpoint with the most slow calls and its figures; "" when there is none."""
    by_endpoint: Mapping[str, Mapping[str, Any]] = signal.more.get("by_endpoint") or {}
    counted = {name: f for name, f in by_endpoint.items() if f.get("slow") and f.get("timed")}
    if not counted:
        return "", {}
    name = max(counted, key=lambda key: (counted[key]["slow"], key))
    return name, counted[name]


def _worst(signal: Signal, limits: Limits) -> Judged | None:
    """The slowest endpoint, when it alone is certainly above the limit."""
    name, figures = _slowest(signal)
    if not name:
        return None
    judged = judge_share(figures["slow"], figures["timed"], limits.openai_slow_share, limits)
    return judged if judged.state == "above" else None


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
