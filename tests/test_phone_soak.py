"""A soak is judged by its lines: what grew, what was left, and a soak that was stopped."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("numpy")

from benchmarks.soak_claims import judge


def process(memory_mb: float, **held: Any) -> dict[str, Any]:
    counts = {"children": 5, "sockets": 2, "files": 20, "tasks": 30} | held
    return {"own_mb": memory_mb, "memory_mb": memory_mb, "cpu_s": memory_mb, **counts}


def line(kind: str, at_s: float, memory_mb: float = 100.0, **more: Any) -> dict[str, Any]:
    held = {name: more.pop(name) for name in ("sockets", "tasks") if name in more}
    both = {"agent": process(memory_mb, **held), "webhook": process(50.0)}
    state = {"slots": 0, "rooms": 0, "callers": "3 answered", "callers_cpu_s": at_s}
    return {"kind": kind, "at_s": at_s, "processes": both, **state, **more}


def hour(mb_an_hour: float) -> list[dict[str, Any]]:
    steps = [10.0 * n for n in range(361)]
    return [line("during", at, 100.0 + mb_an_hour * at / 3600) for at in steps]


CALLS = {"kind": "calls", "at_s": 3700.0, "calls": 300, "errors": 2}


def test_an_hour_that_leaves_nothing_passes() -> None:
    lines = [line("before", 0), *hour(1.0), CALLS, line("after", 3700)]
    found, claims = judge(lines)
    assert claims
    assert all(claims.values()), claims
    assert found["memory"]["agent"]["mb_an_hour"] == pytest.approx(1.0, abs=0.02)


def test_growth_and_errors_are_named() -> None:
    lines = [line("before", 0), *hour(10.0), CALLS | {"errors": 3}, line("after", 3700)]
    claims = judge(lines)[1]
    failed = {name for name, holds in claims.items() if not holds}
    assert failed == {"memory of agent is flat", "errors under 1 %"}


def test_what_is_left_is_named() -> None:
    after = line("after", 3700, sockets=3, tasks=31, slots=1, rooms=None)
    failed = {
        name for name, holds in judge([line("before", 0), *hour(0), after])[1].items() if not holds
    }
    assert failed == {
        "no slot left",
        "no room left",
        "no more sockets than before",
        "no more tasks than before",
    }


def test_a_soak_that_was_stopped_is_judged_as_far_as_it_got() -> None:
    dead = line("during", 1800)
    dead["processes"]["webhook"] = {}
    found, claims = judge([line("before", 0), *hour(0)[:180], dead])
    assert found["calls"] == "3 answered"
    assert claims == {
        "memory of agent is flat": True,
        "memory of webhook is flat": True,
        "agent lives": True,
        "webhook lives": False,
    }
    assert judge([]) == ({"lines": 0, "memory": {}, "cores": {}}, {})
