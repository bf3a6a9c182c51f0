"""Figures of calls in the order of time in, the moments when they changed out. Pure arithmetic.

A stretch of calls has one rate (Gamma-Poisson) or one level (normal scores of the ranks, so that a
few extreme calls decide nothing). The evidence that a stretch is really two is averaged over all
places where it could be cut, each as likely as the other; so is the place itself. A stretch is cut
where the probability of a change is at least `PROBABILITY`, and each part is looked at again.
Prior: a change is as likely as none; a stretch's rate is exponential around the rate of all calls.
Events that cluster in few calls count less (quasi-Poisson, as in `intervals`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import NormalDist, median
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tuner.stats import intervals

PROBABILITY = 0.98
"""How sure a change must be to be reported: several figures of a log are looked at together."""
MIN_CALLS = 5
"""A stretch has at least so many calls: fewer are an incident, not a level."""
MOST_PLACES = 400
"""More calls than this are put together, neighbours into one, before a place is looked for."""
_TAIL = 0.025
_ROUNDS = 20

Array = npt.NDArray[np.float64]
Evidence = Callable[[Array, Array], Array]
"""Sums and sizes of stretches to the logarithm of how well one rate or level explains each."""


class ChangePoint(NamedTuple):
    """A change between the calls `at - 1` and `at`; with 95 % it lies in `low` to `high`.

    `before` and `after` are the rates or medians of the stretches beside it, `probability` that of
    there being a change at all.
    """

    at: int
    low: int
    high: int
    probability: float
    before: float
    after: float


def rate_changes(events: Sequence[float], exposures: Sequence[float]) -> list[ChangePoint]:
    """Changes of events per exposure. Calls without exposure add their events alone."""
    counts, sizes = np.asarray(events, float), np.asarray(exposures, float)
    if len(counts) < 2 * MIN_CALLS or counts.sum() <= 0 or sizes.sum() <= 0:
        return []
    prior = float(sizes.sum() / counts.sum())
    found = _cuts(counts, sizes, lambda s, n: _gamma_poisson(s, n, prior), _spread)
    return _with_levels(found, len(counts), lambda a, b: counts[a:b].sum() / sizes[a:b].sum())


def level_changes(values: Sequence[float]) -> list[ChangePoint]:
    """Changes of the typical value of a call, such as its median wait."""
    raw = np.asarray(values, float)
    if len(raw) < 2 * MIN_CALLS:
        return []
    ones = np.ones(len(raw))
    found = _cuts(_normal_scores(raw), ones, _normal, lambda *_: 1.0)
    return _with_levels(found, len(raw), lambda a, b: median(raw[a:b].tolist()))


class _Cut(NamedTuple):
    at: int
    low: int
    high: int
    probability: float


Spread = Callable[[Array, Array, int], float]


def _cuts(values: Array, sizes: Array, evidence: Evidence, spread: Spread) -> list[_Cut]:
    """All places where the calls are cut, in order."""

    def best(start: int, end: int) -> _Cut | None:
        found = _best(values[start:end], sizes[start:end], evidence, spread)
        sure = found is not None and found.probability >= PROBABILITY
        return _moved(found, start) if found is not None and sure else None

    return _settled(_halved(best, 0, len(values)), best, len(values))


Best = Callable[[int, int], _Cut | None]


def _halved(best: Best, start: int, end: int) -> list[_Cut]:
    """The stretch cut in two where that is likeliest, and each part again."""
    cut = best(start, end)
    if cut is None:
        return []
    return [*_halved(best, start, cut.at), cut, *_halved(best, cut.at, end)]


def _settled(cuts: list[_Cut], best: Best, end: int) -> list[_Cut]:
    """Each cut looked for again between its neighbours: the first was made with all others in
    its parts, so it may be misplaced, and another beside it made up for that."""
    for _ in range(_ROUNDS):
        edges = [0, *(cut.at for cut in cuts), end]
        again = [best(a, c) for a, c in zip(edges, edges[2:], strict=False)]
        lost = next((i for i, cut in enumerate(again) if cut is None), None)
        if lost is not None:
            cuts = cuts[:lost] + cuts[lost + 1 :]
            continue
        settled = [cut for cut in again if cut is not None]
        if [cut.at for cut in settled] == edges[1:-1]:
            return settled
        cuts = [cut for i, cut in enumerate(settled) if i == 0 or cut.at > settled[i - 1].at]
    return cuts


def _moved(cut: _Cut, by: int) -> _Cut:
    return _Cut(cut.at + by, cut.low + by, cut.high + by, cut.probability)


def _best(values: Array, sizes: Array, evidence: Evidence, spread: Spread) -> _Cut | None:
    """The likeliest place to cut, with the probability that there is one; None for few calls."""
    places = _places(len(values))
    if not len(places):
        return None
    gain = _gain(values, sizes, places, evidence)
    wide = spread(values, sizes, int(places[gain.argmax()]))
    if wide > 1:
        gain = _gain(values / wide, sizes / wide, places, evidence)
    top = float(gain.max())
    share = np.exp(gain - top)
    odds = math.exp(min(700.0, top + math.log(share.mean())))
    reached = share.cumsum() / share.sum()
    low, high = np.minimum(reached.searchsorted((_TAIL, 1 - _TAIL)), len(places) - 1)
    at = places[gain.argmax()]
    return _Cut(int(at), int(places[low]), int(places[high]), odds / (1 + odds))


def _places(calls: int) -> npt.NDArray[np.int64]:
    """Where so many calls may be cut: at most `MOST_PLACES` places, evenly apart."""
    step = max(1, -(-calls // MOST_PLACES))
    return np.arange(MIN_CALLS, calls - MIN_CALLS + 1, step)


def _gain(values: Array, sizes: Array, places: npt.NDArray[np.int64], evidence: Evidence) -> Array:
    """The logarithm of how much better two stretches explain the calls than one, by place."""
    sums, reach = values.cumsum(), sizes.cumsum()
    left, before = sums[places - 1], reach[places - 1]
    whole = evidence(sums[-1:], reach[-1:])
    return evidence(left, before) + evidence(sums[-1] - left, reach[-1] - before) - whole


def _gamma_poisson(counts: Array, exposure: Array, prior: float) -> Array:
    """Marginal likelihood of the counts of a stretch; terms that all cuts share are left out."""
    gammas = np.array([math.lgamma(1 + count) for count in counts.tolist()])
    return math.log(prior) + gammas - (1 + counts) * np.log(prior + exposure)


def _normal(sums: Array, n: Array) -> Array:
    """The same for scores with variance 1 around a level that is itself standard normal."""
    return sums**2 / (2 * (1 + n)) - np.log1p(n) / 2


def _spread(counts: Array, exposures: Array, cut: int) -> float:
    """Variance to mean of the counts within both parts: a change must not hide itself."""
    parts = ((counts[:cut], exposures[:cut]), (counts[cut:], exposures[cut:]))
    each = [(intervals.dispersion(c.tolist(), e.tolist()), len(c)) for c, e in parts]
    return sum(spread * n for spread, n in each) / len(counts)


def _normal_scores(values: Array) -> Array:
    """Each value as the normal quantile of its rank; equal values share one."""
    _, place, sizes = np.unique(values, return_inverse=True, return_counts=True)
    middle = (sizes.cumsum() - sizes / 2) / len(values)
    quantile = NormalDist().inv_cdf
    scores = np.array([quantile(share) for share in middle.tolist()])
    return np.asarray(scores[place], float)


def _with_levels(
    cuts: Sequence[_Cut], calls: int, level: Callable[[int, int], float]
) -> list[ChangePoint]:
    edges = [0, *(cut.at for cut in cuts), calls]
    levels = [float(level(a, b)) for a, b in pairwise(edges)]
    beside = zip(cuts, pairwise(levels), strict=True)
    return [ChangePoint(*cut, *levels_) for cut, levels_ in beside]
