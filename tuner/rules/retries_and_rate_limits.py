"""Requests fail and are retried, or are refused by a rate limit.

What
    Failed attempts per request of the same kind: retries of the OpenAI
    client, answers 429 (rate limit) and 5xx, and the failures that LiveKit
    itself reports and retries.

Why it hurts callers
    A retry is the wait of the first attempt, a pause and the second attempt.
    With LiveKit's defaults a failing model means up to 10 s of silence, three
    times.

Evidence
    `Retrying request` and the status of the answers (openai, httpx2,
    httpcore2), `failed to generate LLM completion ... retrying`
    (livekit.agents, WARNING), or `openai call` lines of the turn log.

Change and its price
    429: a higher rate limit, fewer calls at a time, shorter prompts. 5xx: the
    provider's trouble; a second provider as a fallback. Time-outs: a longer
    HTTP_TIMEOUT lets slow calls finish, and a caller waits up to that much
    longer when a call really hangs (15 s by default). More retries only
    lengthen the silence.

When it does not fire
    When the share is certainly below the limit. It cannot judge when the log
    shows neither the requests nor LiveKit's failures. Failures of a kind of
    which the log does not show the requests are an info.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule
from tuner.names import RuleId
from tuner.rules.answers import (
    Problem,
    conclude,
    evidence,
    found,
    hidden,
    percent,
    share_text,
    visible,
)
from tuner.rules.attempts import FAILURES, SIGNAL, Attempts, all_failures, attempts
from tuner.rules.judging import judge_share, severity

ID = RuleId("retries-and-rate-limits")
TITLE = "Requests fail and are retried"
NEEDS = "the turn log (TURN_LOG=stdout), or LIB_LOG_LEVEL=INFO for openai and httpx2"
ANSWERS = "metrics lines, which show the requests that were answered"
RATE = (
    "Rate limit: ask for a higher one, or make fewer and shorter requests. More retries or "
    "connections make it worse. Price: adds no delay; each retry now costs a whole attempt."
)
OTHER = (
    "Use a fallback provider for server errors, and a longer HTTP_TIMEOUT if slow calls are cut "
    "short. Price: a call that hangs keeps the caller waiting that much longer."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Failed attempts per request of the same kind against the error limit."""
    seen = attempts(facts)
    if seen is None or (seen.beside and not seen.failed) or seen.failed > seen.requests:
        return _of_unknown_number(facts, seen) or hidden(ID, facts, SIGNAL, NEEDS)
    judged = judge_share(seen.failed, seen.requests, limits.error_share, limits)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=share_text(judged, "requests", seen.requests) + seen.note + _beside(seen.beside),
        limit=f"{percent(judged.limit)} of requests",
        advice=_advice(seen),
        evidence=evidence(facts, SIGNAL, *FAILURES),
        total=int(judged.events),
        cause="provider",
    )
    return conclude(problem, judged, facts, severity(judged, limits), visible(facts, SIGNAL))


def _advice(seen: Attempts | None) -> str:
    return RATE if seen is not None and "429" in seen.note else OTHER


def _beside(failed: int) -> str:
    """The failures that the share leaves out, as the log does not show how many there might be."""
    return f"; {_attempts(failed)} of another kind of request" if failed else ""


def _attempts(failed: int) -> str:
    return "1 attempt failed" if failed == 1 else f"{failed:,} attempts failed"


def _of_unknown_number(facts: Facts, seen: Attempts | None) -> Finding | None:
    """Failures in a log that does not show how many requests there were, or fewer than failed."""
    failed = max(all_failures(facts), seen.failed if seen else 0)
    if not failed:
        return None
    measured = f"{_attempts(failed)}, of a number that this log does not show"
    if seen and seen.failed > seen.requests:
        requests = "1 request" if seen.requests == 1 else f"{seen.requests:,} requests"
        measured = f"{_attempts(failed)}, more than the {requests} that its HTTP lines show"
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=measured + (seen.note if seen else ""),
        limit="",
        advice=_advice(seen),
        evidence=evidence(facts, SIGNAL, *FAILURES),
        total=failed,
        cause="provider",
    )
    return found(problem, "info", NEEDS if facts.is_ours else ANSWERS)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
