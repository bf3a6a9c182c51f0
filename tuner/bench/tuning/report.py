"""A tuning in, text for a terminal or a document for JSON out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner.bench.tuning.candidates import CURRENT, Candidate
from tuner.bench.tuning.profile import with_interval
from tuner.bench.tuning.result import FIGURES, RaceResult, Standing
from tuner.limits import Limits
from tuner.whatif.predict import Replay
from tuner.whatif.price import ReplayPrice, replay_price

if TYPE_CHECKING:
    from tuner.bench.results.estimates import Estimate

WIDTH = 100


class Tuning(NamedTuple):
    """What was tried and what came of it. `winner` is None where the settings stay."""

    log: Replay
    notes: Sequence[str]
    tried: Sequence[Candidate]
    outcome: RaceResult | None
    winner: Candidate | None
    target: Path


def text(found: Tuning, limits: Limits) -> str:
    """Verdict, candidates, race, and the figures with fresh callers."""
    log = found.log
    lines = [
        f" {_verdict(found)}",
        f"   {len(log.calls)} calls, {log.turns} turns, {len(log.pauses)} pauses in the log",
        *(f"   {note}" for note in found.notes),
        "",
        " CANDIDATES  seconds a turn that each costs callers more than now, by replay",
    ]
    for one in found.tried[1:]:
        lines += _candidate(one, replay_price(one.predicted, log, limits))
    if found.outcome is not None:
        lines += ["", *_race(found.outcome)]
    return "\n".join(lines)


def _verdict(found: Tuning) -> str:
    if found.winner is not None:
        return f"WROTE {found.target} ({found.winner.name})"
    if found.outcome is None:
        return "KEEP the current settings: by replay nothing certainly beats them"
    return "KEEP the current settings: nothing beat them with fresh callers"


def _candidate(one: Candidate, price: ReplayPrice | None) -> Iterator[str]:
    changes = ", ".join(f"{name} {value}" for name, value in one.changes.items())
    cost = "no replay can say" if price is None else _price(price)
    yield f"   {one.name:16} {cost}"
    yield from textwrap.wrap(changes, WIDTH, initial_indent=" " * 20, subsequent_indent=" " * 20)


def _price(price: ReplayPrice) -> str:
    return f"{price.value:+.2f} ({price.low:+.2f} to {price.high:+.2f})"


def _race(outcome: RaceResult) -> Iterator[str]:
    yield (
        " RACE  cost of a turn (s) with callers fitted to the log, and how much more than the least"
    )
    for one in outcome.standings:
        yield (
            f"   {one.name:16} {with_interval(one.cost):24} {with_interval(one.dearer):24} "
            f"{one.callers} callers"
        )
    if not outcome.figures:
        return
    yield ""
    yield f" {outcome.fresh} FRESH CALLERS{'now':>25}{outcome.winner.name:>26}"
    for name, title in FIGURES.items():
        now, then = (outcome.figures[which][name] for which in (CURRENT, outcome.winner.name))
        yield f"   {title:32} {with_interval(now):24}  {with_interval(then)}"
    if outcome.gain is not None:
        yield f"   {'a turn costs less by, s':32} {with_interval(outcome.gain)}"


def document(found: Tuning, limits: Limits) -> dict[str, Any]:
    """The same for JSON."""
    outcome = found.outcome
    return {
        "schema": 1,
        "verdict": "keep" if found.winner is None else "write",
        "profile": None if found.winner is None else str(found.target),
        "calls": len(found.log.calls),
        "turns": found.log.turns,
        "pauses": len(found.log.pauses),
        "notes": list(found.notes),
        "candidates": [
            {
                "name": one.name,
                "changes": dict(one.changes),
                "replay_price_s": _numbers(replay_price(one.predicted, found.log, limits)),
            }
            for one in found.tried
        ],
        "race": [] if outcome is None else [_standing(one) for one in outcome.standings],
        "fresh_callers": None if outcome is None or not outcome.figures else _fresh(outcome),
    }


def _standing(one: Standing) -> dict[str, Any]:
    figures = {"cost_s": _numbers(one.cost), "dearer_s": _numbers(one.dearer)}
    return {"name": one.name, "callers": one.callers, **figures}


def _fresh(outcome: RaceResult) -> dict[str, Any]:
    return {
        "callers": outcome.fresh,
        "winner": outcome.winner.name,
        "gain_s": _numbers(outcome.gain),
        **{
            side: {name: _numbers(outcome.figures[which][name]) for name in FIGURES}
            for side, which in (("before", CURRENT), ("after", outcome.winner.name))
        },
    }


def _numbers(one: Estimate | ReplayPrice | None) -> list[float | None] | None:
    """Value, low and high."""
    if one is None:
        return None
    return [None if n is None else round(n, 4) for n in (one.value, one.low, one.high)]
