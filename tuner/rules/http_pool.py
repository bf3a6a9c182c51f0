"""Connections are not reused, or requests wait for one.

What
    New connections per request, and requests that timed out while waiting for
    a place in the connection pool. A pool that works opens a few connections
    and keeps them.

Why it hurts callers
    A new TLS connection costs 50 to 300 ms before the request even starts, on
    every stage of every turn. A full pool makes calls wait for each other.

Evidence
    `connect_tcp.complete` and `start_tls.complete` (httpcore2, DEBUG),
    `PoolTimeout`, or `openai call` lines of the turn log
    (`connection_reused`, `pool_wait_ms`).

Change and its price
    One shared client for each process, kept open for its whole life, and
    HTTP_KEEPALIVE_EXPIRY longer than a caller's pause. For pool time-outs a
    larger HTTP_MAX_CONNECTIONS. Both cost memory and idle sockets and save 50
    to 300 ms. More connections never made a model faster.

When it does not fire
    When connections are certainly reused and no request timed out waiting. It
    cannot judge when the log does not show the connections.
"""

from __future__ import annotations

from typing import Final

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
from tuner.rules.judging import judge_share

ID = RuleId("http-pool")
TITLE = "HTTP connections are not reused, or there are too few"
SIGNAL: Final = "http_connections"
TIMEOUTS: Final = "pool_timeouts"
NEEDS = "the turn log (TURN_LOG=stdout), or LIB_LOG_LEVEL=DEBUG for httpcore2"
REUSE = (
    "Share one HTTP client and keep it open, with HTTP_KEEPALIVE_EXPIRY longer than a caller's "
    "pause: saves 50-300 ms a request. Price: idle sockets. More connections make nothing faster."
)
FULL = (
    "Requests waited for a place in the pool until they gave up: raise HTTP_MAX_CONNECTIONS. "
    "Price: idle sockets. It ends the queue; it does not make a model faster."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Pool time-outs first, because requests fail by them; then new connections per request."""
    signal = visible(facts, SIGNAL)
    requests = int(signal.more.get("requests") or 0) if signal is not None else 0
    waited = visible(facts, TIMEOUTS)
    if waited is not None and waited.count:
        return _full(facts, waited.count, requests, limits)
    if signal is None or not requests:
        return hidden(ID, facts, SIGNAL, NEEDS)
    judged = judge_share(signal.count or 0, requests, limits.new_connection_share, limits)
    problem = Problem(
        rule=ID,
        title="Requests open new connections instead of reusing one",
        measured=share_text(judged, "requests", requests),
        limit=f"{percent(judged.limit)} of requests",
        advice=REUSE,
        evidence=evidence(facts, SIGNAL),
        total=signal.count or 0,
        cause="pool",
    )
    enough = judged.events >= limits.min_events
    return conclude(problem, judged, facts, "warning" if enough else "info", signal)


def _full(facts: Facts, waited: int, requests: int, limits: Limits) -> Finding:
    """Each pool time-out is a failed request, so any is a finding."""
    problem = Problem(
        rule=ID,
        title="Requests time out waiting for a connection",
        measured=f"{waited} pool time-outs" + (f", {requests} requests" if requests else ""),
        limit="",
        advice=FULL,
        evidence=evidence(facts, TIMEOUTS),
        total=waited,
        cause="pool",
    )
    return found(problem, "warning" if waited >= limits.min_events else "info")


RULE = Rule(ID, TITLE, (SIGNAL, TIMEOUTS), check, __doc__)
