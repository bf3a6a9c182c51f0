"""The window in, its figures against the limits out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from tuner.calls.notes import FAILURES
from tuner.facts import rates
from tuner.facts.combined import CombinedLogs
from tuner.facts.latencies import latencies
from tuner.facts.signals import signals
from tuner.limits import Limits
from tuner.lines.catalogue.table import LINES
from tuner.model import Exposure, Latency, Rate, Signal
from tuner.names import Kind, Stage
from tuner.report.figures import name as title_of
from tuner.stats import intervals
from tuner.summary.summary import Summary
from tuner.watch.model import LiveMeasure, State
from tuner.watch.window import MORE, CallDelta, Window

LOOK_EVERY_S = 10.0
_LEAST_MINUTES = 1.0
"""Less call than this says nothing of the volume of a log."""
_STAGES: tuple[Stage, ...] = ("e2e", "end_of_turn_delay", "llm_ttft", "tts_ttfb")
_KINDS: Mapping[str, tuple[Kind, ...]] = {
    name: tuple(row.kind for row in LINES if row.signal == name) for name in FAILURES
}
_Counts = Literal["stops", "cut_offs", "at_risk", "slow", "timed", "sync"]


class Visible:
    """Why each signal cannot be in these logs, "" for those that can; what once was visible stays
    so, although the lines that showed it are forgotten."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._why: dict[str, str] = {}
        self._next = float("-inf")

    def update(self, total: Summary, now: float, at_once: bool = False) -> Mapping[str, str]:
        """Look again, if that is due, or at once."""
        if (now < self._next and not at_once) or not total.records:
            return self._why
        self._next = now + LOOK_EVERY_S
        logs = CombinedLogs([total], self._limits.openai_slow_ms)
        found: list[tuple[str, Signal | Latency]] = [
            *signals(logs, Exposure(None, None, None, "none"), self._limits).items(),
            *latencies(logs, self._limits).items(),
        ]
        for name, source in found:
            hidden = (source.why or "not logged") if source.observable == "no" else ""
            self._why[name] = hidden and self._why.get(name, hidden)
        return self._why


def measures(
    window: Window, limits: Limits, why: Mapping[str, str], seen: Mapping[str, float] = {}
) -> tuple[LiveMeasure, ...]:
    """All figures, those that callers notice first. Without any log nothing is known. `seen` has
    the calls in which a false stop could be seen only for a share of their time."""
    calls = list(window.calls().values())
    minutes = [call.minutes for call in calls]
    most_cuts, most_slow = limits.false_cutoff_share, limits.openai_slow_share
    cuts = _share(calls, "cut_offs", "at_risk", "turn", most_cuts)
    slow = _share(calls, "slow", "timed", "call", most_slow)
    found = [
        _stops(window, limits, why, seen),
        _of_rate("false_cutoffs", "of turns", cuts, most_cuts, limits, why),
        *(_of_stage(name, window, limits, why) for name in _STAGES),
        _of_rate("openai_calls", "slow", slow, most_slow, limits, why),
        *_failures(window, why),
        _volume(window, sum(minutes), limits),
    ]
    return tuple(found)


def _stops(
    window: Window, limits: Limits, why: Mapping[str, str], seen: Mapping[str, float]
) -> LiveMeasure:
    """False stops a minute, of the calls that could show one."""
    calls, limit = window.calls(), limits.false_interruptions_per_minute
    if seen:  # what of the calls that are not told apart could be seen nobody knows
        calls = {key: call for key, call in calls.items() if key != MORE}
    minutes = [call.minutes * seen.get(key, 1.0) for key, call in calls.items()]
    rate = rates.per_minute(_column([*calls.values()], "stops"), minutes, sum(minutes), limit)
    found = _of_rate("false_interruptions", "/min", rate, limit, limits, why)
    shares = [seen[key] for key in calls if key in seen]
    note = _unseen(shares, sum(map(bool, calls))) if found.value is not None else ""
    return msgspec.structs.replace(found, note=note) if note else found


def _unseen(shares: Sequence[float], calls: int) -> str:
    """Which calls a rate leaves out, wholly or in part."""
    blind = shares.count(0.0)
    partly = len(shares) - blind
    texts = (
        f"{blind:,} of {calls:,} calls could not show one: left out" if blind else "",
        f"{partly:,} of {calls:,} calls only at times: that part counts" if partly else "",
    )
    return "; ".join(filter(None, texts))


def _column(calls: Sequence[CallDelta], name: _Counts) -> list[int]:
    return [getattr(call, name) for call in calls]


def _share(
    calls: Sequence[CallDelta], hits: _Counts, of: _Counts, unit: str, limit: float
) -> Rate | None:
    return rates.share(_column(calls, hits), _column(calls, of), unit, limit)


def _of_rate(
    name: str, unit: str, rate: Rate | None, limit: float, limits: Limits, why: Mapping[str, str]
) -> LiveMeasure:
    hidden = why.get(name, "")
    if rate is None or hidden:
        state: State = "hidden" if hidden else "open"
        return LiveMeasure(name, title_of(name), None, unit, limit, 0, 0.0, None, state, hidden)
    state, counted = _state(rate.p_above, rate.events, limits), (rate.events, rate.exposure)
    return LiveMeasure(name, title_of(name), rate.value, unit, limit, *counted, rate.p_above, state)


def _state(p_above: float, events: int, limits: Limits) -> State:
    """The verdict that the probability allows; few events are no alarm."""
    if p_above >= limits.probability and events >= limits.min_events:
        return "above"
    return "ok" if p_above <= 1 - limits.probability else "open"


def _of_stage(name: Stage, window: Window, limits: Limits, why: Mapping[str, str]) -> LiveMeasure:
    """The median of a stage; it is above its alert when most values are."""
    histogram, alert = window.stage(name), limits.bands(name)[2]
    hidden = why.get(name, "")
    p50 = histogram.quantiles(0.5)[0]
    if p50 is None or hidden:
        state: State = "hidden" if hidden else "open"
        return LiveMeasure(name, title_of(name), None, "s", alert, 0, 0.0, None, state, hidden)
    over = histogram.above(alert * 1000)
    above = intervals.p_share_above(limits.slow_majority, over, histogram.n)
    state = _state(above, over, limits)
    return LiveMeasure(
        name, title_of(name), p50 / 1000, "s", alert, over, float(histogram.n), above, state
    )


def _failures(window: Window, why: Mapping[str, str]) -> Iterator[LiveMeasure]:
    """Each kind of failure that occurred: one is too many. Without any, all of them at once."""
    counts = window.counts()
    failed = {name: sum(counts[kind] for kind in kinds) for name, kinds in _KINDS.items()}
    for name, n in sorted(failed.items()):
        if n:
            yield LiveMeasure(name, title_of(name), float(n), "", 0.0, n, 0.0, 1.0, "above")
    if not any(failed.values()):
        hidden = [why[name] for name in failed if why.get(name)]
        is_hidden = bool(why) and len(hidden) == len(failed)
        state: State = "hidden" if is_hidden else "ok"
        value = None if is_hidden else 0.0
        text = hidden[0] if is_hidden else ""
        yield LiveMeasure("failures", "failures", value, "", 0.0, 0, 0.0, None, state, text)


def _volume(window: Window, minutes: float, limits: Limits) -> LiveMeasure:
    """Log lines per minute of call."""
    records, limit = window.records(), limits.log_lines_per_minute
    value = records / minutes if minutes > _LEAST_MINUTES else None
    states: Mapping[bool, State] = {True: "above", False: "ok"}
    state: State = "open" if value is None else states[value > limit]
    return LiveMeasure(
        "log_volume", "log lines", value, "/min", limit, records, minutes, None, state
    )
