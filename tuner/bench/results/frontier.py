"""Takes the figures of the profiles in one scenario, gives which to choose and why.

The frontier is every profile that no other beats on both wait and errors. The best is the one with
the least cost, both put together by the weights of `tuner.limits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tuner.bench.results.estimates import Draws, Estimate


@dataclass(frozen=True, slots=True)
class Choice:
    """What one scenario says about the profiles.

    `dearer` is how much more a turn costs under each profile than under the best (s), paired over
    callers; a profile is `as_good` when the interval of that reaches 0.
    """

    best: str
    frontier: tuple[str, ...]
    dearer: Mapping[str, Estimate]
    as_good: tuple[str, ...]


def choose(figures: Mapping[str, Mapping[str, Draws]]) -> Choice | None:
    """Choose among the profiles; None when nothing was measured."""
    known = {name: one for name, one in figures.items() if not np.isnan(one["cost_s"].plain)}
    if not known:
        return None
    best = min(known, key=lambda name: known[name]["cost_s"].plain)
    dearer = {name: _dearer(one["cost_s"], known[best]["cost_s"]) for name, one in known.items()}
    as_good = tuple(name for name, more in dearer.items() if more.low is not None and more.low <= 0)
    return Choice(best, _frontier(known), dearer, as_good)


def _dearer(mine: Draws, best: Draws) -> Estimate:
    return Draws(mine.plain - best.plain, mine.drawn - best.drawn, mine.n).estimate()


def _frontier(figures: Mapping[str, Mapping[str, Draws]]) -> tuple[str, ...]:
    points = {
        name: (one["wait_p50_s"].plain, one["errors_s"].plain) for name, one in figures.items()
    }

    def beaten(mine: tuple[float, float]) -> bool:
        others = (other for other in points.values() if other != mine)
        return any(other[0] <= mine[0] and other[1] <= mine[1] for other in others)

    return tuple(name for name, point in points.items() if not beaten(point))
