"""Counts and exposures in, intervals and probabilities out. Pure arithmetic.

Sources: exact Poisson interval (Garwood 1936), Wilson score interval (Wilson 1927); posteriors
are conjugate (Gamma for rates, Beta for shares) with Jeffreys' prior. Events that cluster in few
calls widen both by the ratio of variance to mean over calls (quasi-Poisson).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

from tuner.stats import special_functions


def poisson_interval(events: float, exposure: float, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a rate (events per unit of `exposure`); (0, inf) without exposure."""
    if exposure <= 0:
        return 0.0, float("inf")
    tail = (1 - level) / 2
    low = special_functions.gamma_p_inverse(events, tail) if events > 0 else 0.0
    high = special_functions.gamma_p_inverse(events + 1, 1 - tail)
    return low / exposure, high / exposure


def wilson_interval(hits: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a share; (0, 1) when n is 0."""
    if n <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - (1 - level) / 2)
    share, z2 = hits / n, z * z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * ((share * (1 - share) + z2 / (4 * n)) / n) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def dispersion(counts: Sequence[float], exposures: Sequence[float]) -> float:
    """Variance-to-mean ratio of the counts given the exposures; 1 if unknown, at most the total.

    What was not exposed tells nothing of it.
    """
    total, exposed, n = sum(counts), sum(exposures), len(counts) - exposures.count(0)
    if n < 2 or total <= 0 or exposed <= 0:
        return 1.0
    # The sum of (c - m)^2 / m with m = total * e / exposed, of which most c are 0.
    hit = [(c, e) for c, e in zip(counts, exposures, strict=True) if c and e > 0]
    squares = sum(c * c / e for c, e in hit) * exposed / total
    chi2 = squares - 2 * sum(c for c, _ in hit) + total
    return effective_spread(chi2 / (n - 1), total)


def effective_spread(spread: float, events: float) -> float:
    """The spread in use: at least 1, and never so wide that less than one event is left.

    Beyond that the prior alone would speak, and it would call twenty events in one of two calls
    a proof.
    """
    return min(max(1.0, spread), max(1.0, events))


def p_rate_above(limit: float, events: float, exposure: float, spread: float = 1.0) -> float:
    """P(rate > limit | data), Gamma posterior with Jeffreys' prior, widened by `spread`."""
    if exposure <= 0:
        return 0.5
    spread = effective_spread(spread, events)
    shape, scale = events / spread + 0.5, exposure / spread
    return 1.0 - special_functions.gamma_p(shape, limit * scale)


def p_share_above(limit: float, hits: float, n: float, spread: float = 1.0) -> float:
    """P(share > limit | data), Beta posterior with Jeffreys' prior, widened by `spread`."""
    if n <= 0:
        return 0.5
    spread = effective_spread(spread, hits)
    a, b = hits / spread + 0.5, (n - hits) / spread + 0.5
    return 1.0 - special_functions.beta_i(a, b, limit)


def growth_to_settle(
    p_above: Callable[[float], float], probability: float, most: float = 64.0
) -> float | None:
    """How many times as much of the same data makes `p_above(times)` sure; None beyond `most`.

    Sure is at or above `probability`, or at or below its complement. 1 means: sure already.
    """
    steps = round(8 * math.log2(most))
    for step in range(steps + 1):
        times: float = 2 ** (step / 8)
        p = p_above(times)
        if p >= probability or p <= 1 - probability:
            return times
    return None
