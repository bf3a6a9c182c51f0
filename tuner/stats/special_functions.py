"""The two special functions that the intervals need: incomplete gamma and incomplete beta.

scipy has them, but importing `scipy.special` takes 0.3 s, as long as all the rest of an analysis of
a small log; the tests hold these to scipy's values. Methods: power series and Lentz's continued
fractions (Press et al., Numerical Recipes, 3rd ed., sections 6.2 and 6.4; DLMF 8.11, 8.17).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

_TINY = 1e-300
_ENOUGH = 1e-15
_ROUNDS = 10_000
_NEAR = 1e-13
_HALVINGS = 100  # as many as bisection alone would need, twice over
_KEPT = 1024  # a third of what a report asks for it has asked for before


@lru_cache(_KEPT)
def gamma_p(a: float, x: float) -> float:
    """Regularised lower incomplete gamma function P(a, x), for a > 0."""
    if x <= 0:
        return 0.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        return front * _gamma_series(a, x)
    fraction = _lentz(x + 1 - a, lambda i: -i * (i - a), lambda i: x + 1 - a + 2 * i)
    return 1.0 - front / fraction


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    for n in range(1, _ROUNDS):
        term *= x / (a + n)
        total += term
        if term < total * _ENOUGH:
            break
    return total


@lru_cache(_KEPT)
def beta_i(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b), for a, b > 0."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_i(b, a, 1 - x)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta) / a

    def step(i: int) -> float:
        m = i // 2
        if i % 2 == 0:
            return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))

    return front / _lentz(1.0, step, lambda _: 1.0)


def _lentz(first: float, over: Callable[[int], float], under: Callable[[int], float]) -> float:
    """first + over(1)/(under(1) + over(2)/(under(2) + …)), by Lentz's method."""
    value = c = first or _TINY
    d = 0.0
    for i in range(1, _ROUNDS):
        d = 1 / (under(i) + over(i) * d or _TINY)
        c = under(i) + over(i) / c or _TINY
        value *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return value


def gamma_p_inverse(a: float, p: float) -> float:
    """The x at which P(a, x) = p, for 0 < p < 1: Newton's steps, halved where they leave."""
    low, high, x = 0.0, a + 10.0, a
    while gamma_p(a, high) < p:
        high *= 2
    for _ in range(_HALVINGS):
        over = gamma_p(a, x) - p
        low, high = (low, x) if over > 0 else (x, high)
        density = math.exp((a - 1) * math.log(x) - x - math.lgamma(a))
        before, x = x, x - over / (density or _TINY)
        if not low < x < high:
            x = (low + high) / 2
        if abs(x - before) <= _NEAR * x:
            break
    return x
