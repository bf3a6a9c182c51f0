"""The items that a load test and logs of real calls answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tuner
from agent.ready.item import Item, Section, item
from tuner.errors import InputError

INFRASTRUCTURE: Section = "Infrastructure"
OLDEST = timedelta(days=30)
REPLY_S, ERRORS = 1.0, 0.01
"""The guide's own limits."""
RUN = "Run `tuner load-test --out FILE` and name it: --load-test FILE"


def read(path: Path) -> dict[str, Any]:
    """A file that `tuner load-test --out` wrote.

    Raises:
        InputError: it cannot be read, or is none.
    """
    try:
        found = json.loads(path.read_text())
        datetime.fromisoformat(found["made"])
        found["plan"]["calls"], found["marks"], found["reply_s"]["p95"]
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", RUN) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no result of a load test", RUN) from error
    return dict(found)


def load_items(found: Mapping[str, Any] | None, wanted: int, now: datetime) -> Iterator[Item]:
    """Whether the load test was made, lately, with as many callers as wanted, and passed."""
    title = f"Load tested with {wanted} calls at once"
    if found is None:
        yield item(INFRASTRUCTURE, title, None, "no result of a load test", RUN)
        return
    age = now - datetime.fromisoformat(found["made"]).astimezone(UTC)
    calls, most = found["plan"]["calls"], found["most_at_once"]
    how = f"{most} calls at once via {found['via']} on {found['made'][:10]}"
    enough = min(calls, most) >= wanted and age <= OLDEST
    yield item(INFRASTRUCTURE, title, enough, how, f"At least {wanted} calls, not older than 30 d.")
    for mark in found["marks"]:
        limit = f"limit: {mark['limit']}"
        yield item(
            INFRASTRUCTURE,
            f"Load test: {mark['name']}",
            mark["passed"],
            f"{mark['measured']} ({limit})",
            mark["why"] or "Find the cause before you add callers.",
        )


def log_items(logs: Sequence[str]) -> Iterator[Item]:
    """Latency and errors of real calls."""
    latency, errors = "Latency of real calls under 1 s (p95)", "Failed calls under 1 %"
    if not logs:
        for title in (latency, errors):
            yield item(INFRASTRUCTURE, title, None, "no log was named", "Name logs: --log LOG")
        return
    report = tuner.analyze(list(logs))
    e2e = report.latency["e2e"]
    if e2e.p95 is None:
        why = e2e.why or "no reply in these logs"
        yield item(INFRASTRUCTURE, latency, None, why, "Turn on the turn log.")
    else:
        how = f"p95 {e2e.p95:.2f} s of {e2e.n} replies"
        then = "`tuner analyze` says which stage is slow."
        yield item(INFRASTRUCTURE, latency, e2e.p95 < REPLY_S, how, then)
    failed, calls = report.signals["sessions_failed"].count, report.exposure.calls
    if failed is None or not calls:
        yield item(INFRASTRUCTURE, errors, None, "these logs do not show it", "Log at INFO.")
    else:
        how = f"{failed} of {calls} calls"
        yield item(INFRASTRUCTURE, errors, failed / calls < ERRORS, how, "See `tuner analyze`.")
