"""Summaries of all inputs in, the facts that rules may use out: signals, latencies, exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuner.facts import steps, visibility
from tuner.facts.combined import CombinedLogs
from tuner.facts.latencies import distributions, latencies
from tuner.facts.other_lines import other_lines
from tuner.facts.signals import signals
from tuner.limits import Limits
from tuner.model import CallCounts, Current, Evidence, Exposure, Facts, Volume
from tuner.names import EvidenceName
from tuner.summary.summary import Summary


def build(
    inputs: Sequence[Summary],
    limits: Limits,
    current: Current,
    evidence: Mapping[EvidenceName, tuple[Evidence, ...]],
) -> Facts:
    """Return the facts of all inputs together."""
    logs = CombinedLogs(inputs, limits.openai_slow_ms)
    exposure = _exposure(logs)
    return Facts(
        exposure=exposure,
        signals=signals(logs, exposure, limits),
        latency=latencies(logs, limits),
        volume=_volume(logs, exposure),
        per_call=_per_call(logs),
        evidence=evidence,
        current=current,
        first=None if logs.impossible else logs.span[0],
        last=None if logs.impossible else logs.span[1],
        notes=(*_contradictions(current), *_notes(logs)),
        also=other_lines(logs),
        next_log=steps.next_log(logs.visible[0]) if logs.visible else steps.ATTACH_IF_NEW,
        agent=steps.agent(logs.visible[0]) if logs.visible else "",
        agent_version=logs.visible[0].writer.names_since if logs.visible else (),
        distributions=distributions(logs),
    )


def _exposure(logs: CombinedLogs) -> Exposure:
    closed = logs.all_calls("closed")
    calls = len(logs.calls) or (closed if logs.basis == "session closed" else None)
    turns = logs.turns
    known = turns or any(s.debug or s.metrics or s.turn_log for s in logs.visible)
    return Exposure(calls, _minutes(logs), turns if known else None, logs.basis)


def _minutes(logs: CombinedLogs) -> float | None:
    """Minutes of call, None when no call has a time or one of them is impossible."""
    timed = any(c.first is not None and c.last is not None for c in logs.calls)
    return sum(logs.minutes) if timed and not logs.impossible else None


_NODE = "agents-js takes times in milliseconds; settings in the JSON report are named as for Python"


def _notes(logs: CombinedLogs) -> tuple[str, ...]:
    """What was set aside because it cannot be, and what has to be known to use the advice."""
    node = (_NODE,) if any(v.writer.is_node for v in logs.visible) else ()
    if not logs.impossible:
        return node
    calls = "1 call seems" if logs.impossible == 1 else f"{logs.impossible:,} calls seem"
    return (
        f"{calls} longer than a day, as when lines with and without a date are mixed: minutes, "
        "rates and the span of time are left out",
        *node,
    )


_MOST_NAMED = 4


def _contradictions(current: Current) -> tuple[str, ...]:
    """Where the log was not made with the profile that was named for it."""
    names = current.contradicted
    if not names:
        return ()
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (
        f"the log was not made with `{current.name}` as it is: its own values count for "
        f"{', '.join(names[:_MOST_NAMED])}{more}",
    )


_STOPS = ("false_interruptions", "phantom", "lost")


def _stops(false: int, phantom: int, lost: int) -> int:
    """How often an agent was stopped for nothing where the caller could hear it."""
    return false - phantom + lost


def _per_call(logs: CombinedLogs) -> CallCounts:
    cut_off, at_risk = logs.cutoffs
    events: dict[str, tuple[float, ...]] = {
        "false_interruptions": tuple(map(_stops, *map(logs.per_call, _STOPS))),
        "sync_warnings": logs.per_call("sync"),
        "false_cutoffs": cut_off,
        "turns_at_risk": at_risk,
        "turns": logs.per_call("user_turns"),
        "openai_slow": logs.per_call("slow"),
        "openai_timed": logs.per_call("timed"),
        "vad_slow": logs.per_call("vad_slow"),
        "connection_quality": logs.per_call("network_poor"),
        "network_measured": logs.per_call("network"),
        "minutes_seen": logs.seen_minutes,
    }
    return CallCounts(logs.minutes, events)


def _volume(logs: CombinedLogs, exposure: Exposure) -> Volume:
    total = logs.total
    per_minute = total.records / exposure.minutes if exposure.minutes else None
    levels = total.levels
    return Volume(
        total.records, per_minute, visibility.by_level(levels), visibility.by_logger(levels)
    )
