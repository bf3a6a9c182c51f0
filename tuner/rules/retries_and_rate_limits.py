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

from typing import Final, NamedTuple

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


class Attempts(NamedTuple):
    """Failed attempts, the requests that they are of, and a note on their kinds."""

    failed: int = 0
    requests: int = 0
    note: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the requests are known: there are some, and as many as failed."""
        return 0 < self.requests >= self.failed

    @property
    def advice(self) -> str:
        """What helps against these."""
        return RATE if "429" in self.note else OTHER


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Failed attempts per request against the error limit."""
    by_http = _requests(facts)
    known = by_http if by_http.is_whole else _reported(facts)
    if not known.is_whole:
        return _of_unknown_number(facts, by_http) or hidden(ID, facts, SIGNAL, NEEDS)
    judged = judge_share(known.failed, known.requests, limits.error_share, limits)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=share_text(judged, "requests", known.requests) + by_http.note,
        limit=f"{percent(judged.limit)} of requests",
        advice=by_http.advice,
        evidence=evidence(facts, SIGNAL, *FAILURES),
        total=int(judged.events),
        cause="provider",
    )
    return conclude(problem, judged, facts, severity(judged, limits), visible(facts, SIGNAL))


def _requests(facts: Facts) -> Attempts:
    """By the HTTP lines; LiveKit may report more failures than those show requests, as of another
    provider."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return Attempts()
    limited = int(signal.more.get("rate_limited") or 0)
    errors = int(signal.more.get("server_errors") or 0)
    silent = int(signal.more.get("unanswered") or 0)
    seen = limited + errors + silent
    failed = max(signal.count or 0, seen, _failures(facts))
    requests = int(signal.more.get("requests") or 0) + silent
    kinds = {"answered 429": limited, "answered 5xx": errors, "never answered": silent}
    note = "".join(f"; {count} {what}" for what, count in kinds.items() if count)
    apart = _failures(facts) - seen  # they have no line of HTTP, or one that says 200
    return Attempts(failed, requests + max(0, apart) if failed <= requests else requests, note)


def _reported(facts: Facts) -> Attempts:
    """The same by LiveKit's own warnings, against the answers that came: none may have come."""
    if not any(visible(facts, name) for name in FAILURES):
        return Attempts()
    failed = _failures(facts)
    stages = [facts.latency.get(name) for name in ("llm_ttft", "tts_ttfb")]
    answered = sum(stage.n + stage.censored for stage in stages if stage is not None)
    return Attempts(failed, failed + answered if answered or _has_metrics(facts) else 0)


def _has_metrics(facts: Facts) -> bool:
    """Whether the app logs metrics, so that answers would show."""
    return any(SOURCES["metrics"] in stage.source for stage in facts.latency.values())


def _of_unknown_number(facts: Facts, by_http: Attempts) -> Finding | None:
    """Failures in a log that does not show how many requests there were, or fewer than failed."""
    failed = max(_failures(facts), by_http.failed)
    if not failed:
        return None
    attempts = "1 attempt" if failed == 1 else f"{failed:,} attempts"
    measured = f"{attempts} failed, of a number that this log does not show"
    if by_http.requests:
        answered = "1 request" if by_http.requests == 1 else f"{by_http.requests:,} requests"
        measured = f"{attempts} failed, more than the {answered} that its HTTP lines show"
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=measured + by_http.note,
        limit="",
        advice=by_http.advice,
        evidence=evidence(facts, SIGNAL, *FAILURES),
        total=failed,
        cause="provider",
    )
    return found(problem, "info", NEEDS if facts.is_ours else ANSWERS)


def _failures(facts: Facts) -> int:
    signals = [visible(facts, name) for name in FAILURES]
    return sum(signal.count or 0 for signal in signals if signal is not None)


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
