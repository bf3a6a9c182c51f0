"""Requests fail and are retried, or are refused by a rate limit.

What
    Failed attempts per request: retries of the OpenAI client, answers 429
    (rate limit) and 5xx, and the failures that LiveKit itself reports and
    retries.

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
    shows neither the requests nor LiveKit's failures. Failures without the
    number of requests are an info.
"""

from __future__ import annotations

from typing import Final

from tuner.facts.latencies import SOURCES
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
from tuner.rules.judging import judge_share, severity

ID = RuleId("retries-and-rate-limits")
TITLE = "Requests fail and are retried"
SIGNAL: Final = "openai_retries"
FAILURES: Final = ("llm_failures", "tts_failures", "stt_failures")
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
    """Failed attempts per request against the error limit."""
    failed, requests, note = _requests(facts)
    if not requests:
        failed, requests, note = _reported(facts)
    if not requests:
        return _of_unknown_number(facts) or hidden(ID, facts, SIGNAL, NEEDS)
    judged = judge_share(failed, requests, limits.error_share, limits)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=share_text(judged, "requests", requests) + note,
        limit=f"{percent(judged.limit)} of requests",
        advice=RATE if "429" in note else OTHER,
        evidence=evidence(facts, SIGNAL, *FAILURES),
        total=int(judged.events),
        cause="provider",
    )
    return conclude(problem, judged, facts, severity(judged, limits), visible(facts, SIGNAL))


def _requests(facts: Facts) -> tuple[int, int, str]:
    """Failed attempts and requests by the HTTP lines, and a note on their kind."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return 0, 0, ""
    limited = int(signal.more.get("rate_limited") or 0)
    errors = int(signal.more.get("server_errors") or 0)
    silent = int(signal.more.get("unanswered") or 0)
    failed = max(signal.count or 0, limited + errors + silent, _failures(facts))
    kinds = {"answered 429": limited, "answered 5xx": errors, "never answered": silent}
    note = "".join(f"; {count} {what}" for what, count in kinds.items() if count)
    return failed, int(signal.more.get("requests") or 0) + silent, note


def _reported(facts: Facts) -> tuple[int, int, str]:
    """The same by LiveKit's own warnings, against the answers that came: none may have come."""
    if not any(visible(facts, name) for name in FAILURES):
        return 0, 0, ""
    failed = _failures(facts)
    stages = [facts.latency.get(name) for name in ("llm_ttft", "tts_ttfb")]
    answered = sum(stage.n + stage.censored for stage in stages if stage is not None)
    return failed, failed + answered if answered or _has_metrics(facts) else 0, ""


def _has_metrics(facts: Facts) -> bool:
    """Whether the app logs metrics, so that answers would show."""
    return any(SOURCES["metrics"] in stage.source for stage in facts.latency.values())


def _of_unknown_number(facts: Facts) -> Finding | None:
    """LiveKit's failures in a log that does not show how many requests there were."""
    failed = _failures(facts)
    if not failed:
        return None
    attempts = "1 attempt" if failed == 1 else f"{failed:,} attempts"
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=f"{attempts} failed, of a number that this log does not show",
        limit="",
        advice=OTHER,
        evidence=evidence(facts, SIGNAL, *FAILURES),
        total=failed,
        cause="provider",
    )
    return found(problem, "info", NEEDS if facts.is_ours else ANSWERS)


def _failures(facts: Facts) -> int:
    signals = [visible(facts, name) for name in FAILURES]
    return sum(signal.count or 0 for signal in signals if signal is not None)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
