"""The pass marks of the performance guide, held against the figures of a load test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tuner.load_test.plan import CallingPlan

SHORTEST_HOLD_S = 60.0
"""In less time memory says nothing about the hours to come."""


@dataclass(frozen=True, slots=True)
class PassLimits:
    """Limits: seconds of the replies' p95, shares of calls, of all cores, of memory at the start of
    the hold."""

    reply_s: float = 1.0
    errors: float = 0.01
    cpu: float = 0.8
    memory_growth: float = 0.05


@dataclass(frozen=True, slots=True)
class PassMark:
    """One mark; `passed` is None where it could not be judged, and `why` says why."""

    name: str
    passed: bool | None
    measured: str
    limit: str
    why: str = ""


def judge(found: dict[str, Any], plan: CallingPlan, limits: PassLimits) -> list[PassMark]:
    """Every mark, in the guide's order."""
    return [
        _latency(found, limits),
        _errors(found, limits),
        _cpu(found, limits),
        *_memory(found, plan, limits),
        *_connections(found, plan),
    ]


def _latency(found: dict[str, Any], limits: PassLimits) -> PassMark:
    p95, limit = found["reply_s"]["p95"], f"p95 under {limits.reply_s:g} s"
    if p95 is None:
        return PassMark("reply latency", None, "no reply was measured", limit, "no call talked")
    return PassMark("reply latency", p95 < limits.reply_s, f"p95 {p95:.2f} s", limit)


def _errors(found: dict[str, Any], limits: PassLimits) -> PassMark:
    failed = found["errors"] + sum(found["webhook_errors"].values())
    made, limit = found["calls"] + found["webhook_requests"], f"under {100 * limits.errors:g} %"
    if not made:
        return PassMark("errors", None, "no call was made", limit, "nothing was asked for")
    return PassMark("errors", failed / made < limits.errors, f"{failed} of {made}", limit)


def _cpu(found: dict[str, Any], limits: PassLimits) -> PassMark:
    busy, limit = found["machine_cpu"], f"under {100 * limits.cpu:g} %"
    if busy is None:
        return PassMark("CPU", None, "not measured", limit, "the hold was too short")
    why = "the load test itself runs on this machine and is in it"
    return PassMark("CPU", busy < limits.cpu, f"{100 * busy:.0f} % of all cores", limit, why)


def _memory(found: dict[str, Any], plan: CallingPlan, limits: PassLimits) -> Iterator[PassMark]:
    limit = f"grows by less than {100 * limits.memory_growth:g} %"
    if not found["processes"]:
        why = "name processes with --process NAME=PID"
        yield PassMark("memory", None, "not measured", limit, why)
    for name, process in found["processes"].items():
        share, what = process["memory_growth"], f"memory of {name}"
        if process["ended"]:
            yield PassMark(what, False, "the process ended", limit)
        elif share is None or plan.hold_s < SHORTEST_HOLD_S:
            why = f"the hold was shorter than {SHORTEST_HOLD_S:g} s"
            yield PassMark(what, None, "not judged", limit, why)
        else:
            measured = f"{100 * share:+.1f} % in {plan.hold_s:g} s"
            yield PassMark(what, share < limits.memory_growth, measured, limit)


def _connections(found: dict[str, Any], plan: CallingPlan) -> Iterator[PassMark]:
    if plan.calls:
        most = found["most_at_once"]
        yield PassMark("calls at once", most == plan.calls, f"{most}", f"{plan.calls}")
    left = found["slots_left"]
    if left is not None:
        yield PassMark("slots left at the end", left == 0, f"{left}", "0")
