"""Candidates in, the one that costs callers least out: a race in rounds, then fresh callers.

All candidates meet the same callers. After each round only those go on whose cost may still be the
least. The winner and the current settings then meet callers that neither has met, because the best
of many looks better than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tuner.bench.results import estimates, frontier
from tuner.bench.results.estimates import Draws, Estimate
from tuner.bench.results.measures import CallMeasures
from tuner.bench.tuning.candidates import CURRENT, Candidate
from tuner.bench.tuning.result import FIGURES, RaceResult, Standing
from tuner.errors import UsageError
from tuner.limits import Limits

LEAST_CALLERS = 8
"""Fewer callers tell nothing: an interval needs as many calls."""
SHARES = (0.4, 0.2, 0.4)
"""Of the calls that the time allows: first round, second round, fresh callers."""
FINALISTS = 3
START_S = 6.0
"""Processes start, and calls begin one after the other."""
BETWEEN_CALLS_S = 4.0

COMPARED = ("cost_s", "wait_p50_s", "errors_s")
"""The figures that a choice rests on."""
Measured = Mapping[str, Sequence[CallMeasures]]
Hold = Callable[[Sequence[Candidate], Iterable[int], int], Measured]
"""Holds a call of every candidate with each caller of these numbers, drawn from a seed."""


class RacePlan(NamedTuple):
    """How many callers each candidate meets: first round, second round, at the end."""

    first: int
    second: int
    final: int


def plan(minutes: float, call_s: float, at_once: int, candidates: int) -> RacePlan:
    """Share out the calls that fit into so many minutes.

    Raises:
        UsageError: the time is too short for `LEAST_CALLERS` callers a candidate.
    """
    calls = _calls(minutes, call_s, at_once)
    finalists = min(FINALISTS, candidates)
    first, second, final = (share * calls for share in SHARES)
    found = RacePlan(int(first / candidates), int(second / finalists), int(final / 2))
    if min(found.first, found.final) < LEAST_CALLERS:
        needed = minutes
        while (
            min(SHARES[0] / candidates, SHARES[2] / 2) * _calls(needed, call_s, at_once)
            < LEAST_CALLERS
        ):
            needed += 1
        raise UsageError(
            f"--minutes {minutes:g} is too short for {candidates} candidates",
            f"Give --minutes {needed:g} or more, or --offline for a replay alone.",
        )
    return found


def _calls(minutes: float, call_s: float, at_once: int) -> float:
    seconds = minutes * 60 - (len(SHARES)) * START_S
    return max(0.0, seconds / (call_s + BETWEEN_CALLS_S) * at_once)


def race(
    candidates: Sequence[Candidate], plan: RacePlan, hold: Hold, seed: int, limits: Limits
) -> RaceResult:
    """Race the candidates; `seed` draws the callers of the race, the next one the fresh ones."""
    by_name = {one.name: one for one in candidates}
    measured = _joined({}, hold(candidates, range(plan.first), seed))
    best = [by_name[name] for name in _going_on(_draw(measured, seed, limits))]
    if len(best) > 1 and plan.second:
        more = range(plan.first, plan.first + plan.second)
        measured = _joined(measured, hold(best, more, seed))
    costs = _draw({one.name: measured[one.name] for one in best}, seed, limits)
    winner = by_name[min(costs, key=lambda name: costs[name]["cost_s"].plain)]
    standings = tuple(_standings(measured, winner.name, seed, limits))
    if winner.name == CURRENT:
        return RaceResult(winner, standings, {}, None)
    fresh = hold([by_name[CURRENT], winner], range(plan.final), seed + 1)
    drawn = _draw(fresh, seed + 1, limits, tuple(FIGURES))
    figures = {
        name: {figure: draws.estimate() for figure, draws in found.items()}
        for name, found in drawn.items()
    }
    gain = _difference(drawn[CURRENT]["cost_s"], drawn[winner.name]["cost_s"])
    return RaceResult(winner, standings, figures, gain, plan.final)


def _going_on(drawn: Mapping[str, Mapping[str, Draws]]) -> list[str]:
    """The finalists: those whose cost may be the least, cheapest first."""
    choice = frontier.choose(drawn)
    if choice is None:
        return [CURRENT]
    return sorted(choice.as_good, key=lambda name: drawn[name]["cost_s"].plain)[:FINALISTS]


def _draw(
    measured: Measured, seed: int, limits: Limits, figures: Sequence[str] = COMPARED
) -> dict[str, dict[str, Draws]]:
    wanted = [one for one in estimates.measures(limits) if one.name in figures]
    return estimates.draw(measured, wanted, seed)


def _difference(one: Draws, other: Draws) -> Estimate:
    return Draws(one.plain - other.plain, one.drawn - other.drawn, one.n).estimate()


def _joined(before: Measured, more: Measured) -> dict[str, list[CallMeasures]]:
    names = dict.fromkeys((*before, *more))
    return {name: [*before.get(name, ()), *more.get(name, ())] for name in names}


def _standings(measured: Measured, winner: str, seed: int, limits: Limits) -> Iterable[Standing]:
    """Cheapest first, each compared with the winner over the callers that both have met."""
    found = []
    for name, calls in measured.items():
        met = {call.number for call in calls}
        both = {name: calls, winner: [one for one in measured[winner] if one.number in met]}
        costs = {which: one["cost_s"] for which, one in _draw(both, seed, limits).items()}
        if name in costs:
            dearer = _difference(costs[name], costs[winner])
            found.append(Standing(name, len(calls), costs[name].estimate(), dearer))
    return sorted(found, key=lambda one: one.dearer.value or 0.0)
