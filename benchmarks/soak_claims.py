"""The lines of a soak in, figures and claims out; a soak that was stopped is judged as far as it
got."""

from __future__ import annotations

from typing import Any

from tuner.load_test.results import growth

WARM = 0.1
"""The first part of the calls, while allocators fill."""
SHORTEST_WARM_S = 60.0
GROWS, ERRORS = 0.05, 0.01
HELD = ("children", "sockets", "files", "tasks")

Line = dict[str, Any]


def judge(lines: list[Line]) -> tuple[dict[str, Any], dict[str, bool]]:
    """Figures, and which claims hold; a claim that cannot be judged is not in it."""
    by_kind: dict[str, list[Line]] = {}
    for line in lines:
        by_kind.setdefault(line["kind"], []).append(line)
    during = _warm(by_kind.get("during", []))
    names = during[0]["processes"] if during else ()
    grown = {name: _growth(during, name) for name in names}
    found: dict[str, Any] = {"lines": len(lines), "memory": grown, "cores": _cores(during)}
    claims = {
        f"memory of {name} is flat": abs(one["share"]) < GROWS or one["share"] < 0
        for name, one in grown.items()
        if one["share"] is not None
    }
    claims |= {f"{name} lives": all(line["processes"][name] for line in during) for name in names}
    if "before" in by_kind and "after" in by_kind:
        left, before = by_kind["after"][0], by_kind["before"][0]
        claims |= _left(before, left)
        found |= {"before": before, "after": left}
    if "calls" in by_kind:
        calls = by_kind["calls"][0]
        found["calls"] = {name: calls[name] for name in calls if name != "each_call"}
        claims["errors under 1 %"] = calls["errors"] < ERRORS * calls["calls"]
    elif during:
        found["calls"] = during[-1]["callers"]
    return found, claims


def _warm(during: list[Line]) -> list[Line]:
    if not during:
        return []
    first, last = during[0]["at_s"], during[-1]["at_s"]
    return [
        line
        for line in during
        if line["at_s"] >= first + max(SHORTEST_WARM_S, WARM * (last - first))
    ]


def _growth(during: list[Line], name: str) -> dict[str, Any]:
    """Memory with the children: mean, and the slope over the whole time."""
    alive = [line for line in during if line["processes"][name]]
    at_s = [line["at_s"] for line in alive]
    memory = [line["processes"][name]["memory_mb"] for line in alive]
    share = growth(at_s, memory)
    mean = sum(memory) / len(memory) if memory else 0.0
    hours = (at_s[-1] - at_s[0]) / 3600 if at_s else 0.0
    slope = round(share * mean / hours, 2) if share is not None and hours else None
    own = growth(at_s, [line["processes"][name]["own_mb"] for line in alive])
    return {"mean_mb": round(mean, 1), "share": share, "mb_an_hour": slope, "own_share": own}


def _cores(during: list[Line]) -> dict[str, float]:
    """Cores that each part and the callers kept busy."""
    if len(during) < 2:
        return {}
    first, last = during[0], during[-1]
    passed = last["at_s"] - first["at_s"]
    used = {
        name: state["cpu_s"] - first["processes"][name]["cpu_s"]
        for name, state in last["processes"].items()
        if state and first["processes"][name]
    }
    used["callers"] = (last["callers_cpu_s"] or 0.0) - (first["callers_cpu_s"] or 0.0)
    return {name: round(seconds / passed, 3) for name, seconds in used.items()}


def _left(before: Line, after: Line) -> dict[str, bool]:
    claims = {"no slot left": after["slots"] == 0, "no room left": after["rooms"] == 0}
    for kind in HELD:
        counts = [
            (one.get(kind) or 0, after["processes"][name].get(kind) or 0)
            for name, one in before["processes"].items()
        ]
        claims[f"no more {kind} than before"] = all(new <= old for old, new in counts)
    return claims
