"""What a call cost its caller: seconds of waiting, and other trouble as seconds of waiting.

    waiting    every second that a reply came later than a good one does (`e2e_good_s`). Where the
               log has no wait as a whole, each stage counts by itself beyond its own good limit
    stops      the silence after each false stop as logged; one without it is worth
               `cost_false_interruption_s`
    cut-offs   `cost_false_cutoff_s` each
    failures   `cost_failure_s` for each that ends a call or takes a reply away; the others show
               as waiting

The weights are limits (`tuner.limits`), so that `--limit` changes them.
"""

from __future__ import annotations

from tuner.calls.model import CallCost
from tuner.calls.notes import CallNotes
from tuner.limits import Limits
from tuner.names import SignalName
from tuner.stats.histogram import Histogram

_STAGES = ("end_of_turn_delay", "llm_ttft", "tts_ttfb")
LOST: frozenset[SignalName] = frozenset(
    (
        *("sessions_failed", "jobs_failed", "processes_killed", "memory_limits"),
        *("realtime_timeouts", "stt_tts_dropped", "connections_lost"),
    )
)
"""Failures that end a call or take a reply away."""


def cost(
    notes: CallNotes, stops: int | None, cut_offs: int | None, limits: Limits, see_failures: bool
) -> CallCost:
    """The cost of a call with so many false stops and cut-offs (None: not visible)."""
    waiting, from_parts = _waiting(notes, limits)
    failures = sum(n for name, n in notes.failed.items() if name in LOST) * limits.cost_failure_s
    parts = (
        waiting,
        None if stops is None else _stops(notes, stops, limits),
        None if cut_offs is None else cut_offs * limits.cost_false_cutoff_s,
        failures if failures or see_failures else None,
    )
    known = [part for part in parts if part is not None]
    is_visible = any(part is not None for part in parts[:3]) or failures > 0
    total = round(sum(known), 3) if is_visible else None
    waited, stopped, cut, failed = (None if part is None else round(part, 3) for part in parts)
    return CallCost(total, waited, stopped, cut, failed, from_parts)


def _waiting(notes: CallNotes, limits: Limits) -> tuple[float | None, bool]:
    waits = notes.stage("e2e")
    if waits.n:
        return _beyond(waits, limits.e2e_good_s) * limits.cost_wait_s, False
    stages = [(notes.stage(name), limits.bands(name)[1]) for name in _STAGES]
    if not any(histogram.n for histogram, _ in stages):
        return None, False
    return sum(_beyond(*stage) for stage in stages) * limits.cost_wait_s, True


def _beyond(histogram: Histogram, limit_s: float) -> float:
    """By how many seconds the values exceed the limit, in all."""
    beyond = (n * max(0.0, ms / 1000 - limit_s) for ms, n in histogram.counts.items())
    return sum(beyond)


def _stops(notes: CallNotes, stops: int, limits: Limits) -> float:
    silences = notes.values.get("dead_air", {})
    heard = sum(silences.values()) - silences.get(0, 0)  # nobody hears a stop of no length
    return (
        dead_air_s(notes) * limits.cost_wait_s
        + max(0, stops - heard) * limits.cost_false_interruption_s
    )


def dead_air_s(notes: CallNotes) -> float:
    """The silence after false stops, in all."""
    return sum(ms * n for ms, n in notes.values.get("dead_air", {}).items()) / 1000
