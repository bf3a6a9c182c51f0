"""All inputs in, what they show of OpenAI's HTTP: calls, retries, connections, the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from tuner.facts import rates, visibility, why_http
from tuner.facts.combined import CombinedLogs
from tuner.facts.visibility import Coverage, Test, Visibility, signal
from tuner.limits import Limits
from tuner.model import Signal
from tuner.stats.histogram import Histogram
from tuner.summary.openai_responses import ResponseTally


def openai_calls(logs: CombinedLogs, limits: Limits) -> Signal:
    """Responses, with their processing times by endpoint where they were logged."""
    times = Histogram()
    for histogram in logs.responses.times.values():
        times.merge(histogram)
    slow = times.above(limits.openai_slow_ms)
    return signal(
        logs.responses.n,
        _calls_coverage(logs),
        rates.share([slow], [times.n], "call", limits.openai_slow_share),
        slow=slow if times.n else None,
        threshold_ms=limits.openai_slow_ms,
        timed=times.n,
        processing_ms=_quantiles_ms(times),
        by_endpoint=_by_endpoint(logs.responses, limits),
        statuses=_statuses(logs.responses),
    )


def _judge(logs: CombinedLogs, could_show: Test, why: Callable[[Visibility], str]) -> Coverage:
    return visibility.judge(logs.visible, could_show, why, of_libraries=True)


def _calls_coverage(logs: CombinedLogs) -> Coverage:
    covered = _judge(logs, lambda v: v.requests, why_http.why_openai)
    timed = _judge(logs, lambda v: v.timed, why_http.why_times)
    if covered.observable != "no" and timed.observable != "yes":
        return Coverage("partly", timed.why)
    return covered


def _quantiles_ms(times: Histogram) -> dict[str, float | None]:
    p50, p90, p95, p99 = times.quantiles(0.5, 0.9, 0.95, 0.99)
    return {"p50": p50, "p90": p90, "p95": p95, "p99": p99, "max": times.max}


def _by_endpoint(responses: ResponseTally, limits: Limits) -> dict[str, dict[str, Any]]:
    counts: Counter[str] = Counter()
    for (endpoint, _), count in responses.counts.items():
        counts[endpoint] += count
    return {
        endpoint: {
            "count": count,
            "timed": (times := responses.times.get(endpoint, Histogram())).n,
            "slow": times.above(limits.openai_slow_ms) if times.n else None,
            **_quantiles_ms(times),
        }
        for endpoint, count in counts.most_common()
    }


def _statuses(responses: ResponseTally) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (_, status), count in responses.counts.items():
        counts[str(status)] += count
    return dict(sorted(counts.items()))


def retries(logs: CombinedLogs) -> Signal:
    """Attempts that were made again, and the answers that made them necessary."""
    statuses = _statuses(logs.responses)
    count = max(logs.count("openai_retry"), logs.count("attempt_again"))
    return signal(
        count,
        Coverage("yes", None) if count else _retries_coverage(logs),
        rate_limited=statuses.get("429", 0),
        server_errors=sum(n for status, n in statuses.items() if status >= "500"),
        unanswered=logs.count("unanswered"),
        requests=logs.responses.n,
    )


def _retries_coverage(logs: CombinedLogs) -> Coverage:
    covered = visibility.judge(logs.visible, lambda v: v.requests, why_http.why_openai)
    said = visibility.judge(logs.visible, why_http.shows_retries, why_http.why_retries)
    is_part = covered.observable != "no" and said.observable != "yes"
    return Coverage("partly", said.why) if is_part else covered


def connections(logs: CombinedLogs) -> Signal:
    """New connections, and the requests that they were opened for."""
    wire, logged = logs.count("http_started"), logs.count("openai_call")
    if logged and not wire:
        covered, opened, requests = Coverage("yes", None), logs.count("connection_new"), logged
    else:
        covered = _judge(logs, lambda v: v.wire, why_http.why_wire)
        opened, requests = logs.count("connect"), wire
    return signal(
        opened, covered, requests=requests, per_request=opened / requests if requests else None
    )


def pool_timeouts(logs: CombinedLogs) -> Signal:
    """Requests that gave up waiting for a connection."""
    covered = _judge(logs, why_http.shows_timeouts, why_http.why_timeouts)
    return signal(logs.count("pool_timeout"), covered, waits=logs.count("pool_waits"))
