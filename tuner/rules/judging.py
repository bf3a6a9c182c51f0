"""From counts and a limit to above, below or undecided, and from there to what a rule returns.

Shared by the rules, which stay a table of thresholds and words. Three outcomes: sure and above is
a Finding; sure and below is silence; unsure is an info Finding (figure above the limit) or a
Refusal (at or below it), both saying how much more log would settle it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import msgspec

from tuner.limits import Limits
from tuner.model import (
    Evidence,
    EvidenceName,
    Facts,
    Finding,
    Latency,
    Refusal,
    Severity,
    Signal,
    SignalName,
    Stage,
)
from tuner.stats.intervals import (
    dispersion,
    effective_spread,
    growth_to_settle,
    p_rate_above,
    p_share_above,
    poisson_interval,
    wilson_interval,
)

SHOWN = 5
"""Evidence lines that one finding carries."""
MAY_GROW = 16.0
"""Beyond this many times the log, more of it is no advice: the figure is at the limit."""


class Judged(msgspec.Struct, frozen=True):
    """A figure against its limit: `p_above` = P(above | data), `growth` = log needed, in times."""

    events: float
    value: float
    low: float
    high: float
    limit: float
    p_above: float
    growth: float | None
    state: Literal["above", "below", "undecided"]


class Problem(msgspec.Struct, frozen=True):
    """What a rule says if it says anything; the words of a Finding without its severity."""

    rule: str
    title: str
    measured: str
    limit: str
    advice: str
    evidence: tuple[Evidence, ...] = ()
    total: int = 0
    remedies: tuple[str, ...] = ()
    cause: str = ""
    needs: str = ""
    """What is missing to know the cure, when the problem itself is sure."""


def judge_rate(
    events: float, exposure: float, limit: float, limits: Limits, spread: float = 1.0
) -> Judged:
    """Events per unit of exposure against `limit`."""
    spread = effective_spread(spread, events)
    low, high = poisson_interval(events / spread, exposure / spread)
    value = events / exposure if exposure > 0 else 0.0

    def p(times: float) -> float:
        return p_rate_above(limit, events * times, exposure * times, spread)

    return _judged(events, (value, low, high), limit, p, limits.probability)


def judge_share(hits: float, n: float, limit: float, limits: Limits, spread: float = 1.0) -> Judged:
    """A share of n against `limit`; events are spread over calls as `spread` says."""
    hits = min(hits, n)
    spread = effective_spread(spread, hits)
    low, high = wilson_interval(hits / spread, n / spread)
    value = hits / n if n > 0 else 0.0

    def p(times: float) -> float:
        return p_share_above(limit, hits * times, n * times, spread)

    return _judged(hits, (value, low, high), limit, p, limits.probability)


def _judged(
    events: float,
    figure: tuple[float, float, float],
    limit: float,
    p: Callable[[float], float],
    probability: float,
) -> Judged:
    now = p(1.0)
    state: Literal["above", "below", "undecided"] = "undecided"
    if now >= probability:
        state = "above"
    elif now <= 1 - probability:
        state = "below"
    growth = growth_to_settle(p, probability, MAY_GROW)
    return Judged(events, *figure, limit, now, growth, state)


def spread_of(facts: Facts, events: str, per: str = "minutes") -> float:
    """How much events of one kind cluster in few calls, given minutes or another kind of event."""
    counts = facts.per_call.events.get(events, ())
    exposed = facts.per_call.minutes if per == "minutes" else facts.per_call.events.get(per, ())
    if len(counts) != len(exposed):
        return 1.0
    return dispersion(counts, exposed)


def severity(judged: Judged, limits: Limits) -> Severity:
    """By size, once it is sure: a few events stay an info, many times the limit is high."""
    if judged.events < limits.min_events:
        return "info"
    return "high" if judged.value >= limits.high_times * judged.limit else "warning"


def conclude(
    problem: Problem, judged: Judged, facts: Facts, above: Severity, seen: Signal | None = None
) -> Finding | Refusal | None:
    """The rule's answer; `seen` is the signal, whose blind spots keep a low figure from passing."""
    if judged.state == "above":
        return _finding(problem, above, problem.needs)
    needs = how_much_more(judged, facts)
    if judged.state == "undecided" and judged.value > judged.limit:
        return _finding(problem, "info", needs)
    if judged.state == "undecided":
        return Refusal(problem.rule, f"{problem.measured}: too near {problem.limit}", needs)
    if seen is not None and seen.observable == "partly":
        return Refusal(problem.rule, seen.why or "only part of the log shows it", WHOLE)
    return None


WHOLE = "logs that all show it"


def how_much_more(judged: Judged, facts: Facts) -> str:
    """How much more log of the same kind would settle an open verdict."""
    if judged.growth is None:
        return "a decision: the figure is at the limit, and more log will hardly settle it"
    calls = facts.exposure.calls
    if calls:
        more = max(1, math.ceil((judged.growth - 1) * calls))
        return f"about {more} more call{'s' if more > 1 else ''} like these"
    return f"about {judged.growth:.1f} times as much log"


def _finding(problem: Problem, grade: Severity, needs: str = "") -> Finding:
    return Finding(
        rule=problem.rule,
        severity=grade,
        title=problem.title,
        measured=problem.measured,
        limit=problem.limit,
        evidence=problem.evidence,
        advice=problem.advice,
        total=problem.total,
        remedies=problem.remedies,
        cause=problem.cause,
        needs=needs,
    )


def evidence(facts: Facts, *names: EvidenceName) -> tuple[Evidence, ...]:
    """The first few lines to look at, from the first of the named signals that has any."""
    for name in names:
        if lines := facts.evidence.get(name):
            return tuple(lines[:SHOWN])
    return ()


def visible(facts: Facts, name: SignalName) -> Signal | None:
    """The signal if it could be seen and counted, else None."""
    signal = facts.signals.get(name)
    if signal is None or signal.observable == "no" or signal.count is None:
        return None
    return signal


def hidden(rule: str, facts: Facts, name: SignalName | Stage, needs: str) -> Refusal:
    """The refusal of a rule whose signal this log could not show."""
    named: tuple[tuple[str, Signal | Latency], ...] = (
        *facts.latency.items(),
        *facts.signals.items(),
    )
    source = dict(named).get(name)
    why = source.why if source is not None else None
    return Refusal(rule, why or "no line of this log speaks of it", needs)


def share_text(judged: Judged, events: str, n: int) -> str:
    """ "12.9 % [8.7-18.8], 22 of 170 calls": a share with its interval and its counts."""
    low, high = 100 * judged.low, 100 * judged.high
    return f"{percent(judged.value)} [{low:.1f}-{high:.1f}], {judged.events:.0f} of {n} {events}"


def percent(share: float) -> str:
    """A share as text: "5 %", "12.9 %"."""
    return f"{round(100 * share, 1):g} %"
