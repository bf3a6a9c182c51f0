"""Counts and notes of one call in, its figures out; None for what its log could not show."""

from __future__ import annotations

from collections.abc import Set

from tuner.calls.cost import cost, dead_air_s
from tuner.calls.model import CallFigures
from tuner.calls.notes import FAILURES, CallNotes
from tuner.facts.combined import LONGEST_CALL_MIN, cutoffs, seconds
from tuner.limits import Limits
from tuner.stats.histogram import Histogram
from tuner.summary.call_counts import CallTotals

Visible = Set[str]
"""The signals that the inputs of a call could show; "turns" and "slow" are among them."""


def figures(
    name: str,
    room: str,
    totals: CallTotals,
    notes: CallNotes,
    visible: Visible,
    limits: Limits,
    share: float = 1.0,
) -> CallFigures:
    """The figures of the call that is shown as `name`, in `room` ("": unknown). What only DEBUG
    shows could be seen in this share of it."""
    waits = notes.stage("e2e")
    stops = _if("false_interruptions", visible, _stops(totals, notes))
    (hits,), (at_risk,) = cutoffs([totals])
    cut_offs = _if("false_cutoffs", visible, hits)
    span = _span(totals)
    length = span["length_s"]
    sees_failures = bool(FAILURES & visible)
    failed = sum(notes.failed.values())
    return CallFigures(
        id=name,
        room=room or None,
        **span,
        turns=_if("turns", visible, totals.user_turns),
        waits=waits.n,
        wait_p50_s=_median(waits),
        wait_max_s=seconds(waits.max),
        end_of_turn_p50_s=_median(notes.stage("end_of_turn_delay")),
        llm_ttft_p50_s=_median(_model(notes)),
        tts_ttfb_p50_s=_median(notes.stage("tts_ttfb")),
        false_stops=stops,
        cut_offs=cut_offs,
        dead_air_s=dead_air_s(notes)
        if {"interruptions", "false_interruptions"} <= visible
        else None,
        openai_slow=_if("slow", visible, totals.slow),
        sync_warnings=_if("sync_warnings", visible, totals.sync),
        failures=failed if sees_failures or failed else None,
        failed=dict(notes.failed),
        ended=notes.ended or None,
        profile=notes.profile or None,
        version=notes.version or None,
        seen_s=None if stops is None or length is None else round(length * share, 3),
        turns_at_risk=_if("false_cutoffs", visible, at_risk),
        cost=cost(notes, stops, cut_offs, limits, sees_failures),
    )


def _stops(totals: CallTotals, notes: CallNotes) -> int:
    """How often the agent was stopped for nothing where the caller could hear it."""
    return totals.false_interruptions - max(totals.phantom, notes.unheard) + totals.lost


def _if(name: str, visible: Visible, count: int) -> int | None:
    return count if name in visible else None


def _median(histogram: Histogram) -> float | None:
    return seconds(histogram.quantiles(0.5)[0])


def _model(notes: CallNotes) -> Histogram:
    first = notes.stage("llm_ttft")
    return first if first.n else notes.stage("realtime_ttft")


def _span(totals: CallTotals) -> dict[str, float | None]:
    """First and last line of the call, and its length; none for one that cannot be so long."""
    first, last = totals.first, totals.last
    if first is None or last is None or (last - first) / 60 > LONGEST_CALL_MIN:
        return {"first": None, "last": None, "length_s": None}
    return {"first": first, "last": last, "length_s": round(last - first, 3)}
