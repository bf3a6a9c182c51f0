"""Takes a latency model and a random generator, gives how long one answer takes.

A model is a plain value, so a plan can be written down, compared and repeated with a seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fixed:
    """Every answer takes the same time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Times spread as real services spread them: half below the median, a long tail above.

    `sigma` is the spread on the log scale: 0.3 is calm, 0.6 is a busy day.
    """

    median_s: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Empirical:
    """Times drawn from a list of measured ones, each equally likely."""

    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SlowTail:
    """Another model, of which a share of the answers is slow: even between two bounds."""

    usual: Fixed | LogNormal | Empirical
    share: float
    low_s: float
    high_s: float


Latency = Fixed | LogNormal | Empirical | SlowTail


def draw(latency: Latency, rng: random.Random) -> float:
    """Return one time in seconds, never negative."""
    match latency:
        case SlowTail(usual, share, low_s, high_s):
            slow = rng.random() < share
            return rng.uniform(low_s, high_s) if slow else draw(usual, rng)
        case Fixed(seconds):
            return max(0.0, seconds)
        case LogNormal(median_s, sigma):
            return rng.lognormvariate(math.log(median_s), sigma)
        case Empirical(seconds):
            return max(0.0, rng.choice(seconds))


def draws(latency: Latency, count: int, *, seed: int) -> Sequence[float]:
    """Return the first `count` times that a generator with this seed would give."""
    rng = random.Random(seed)
    return [draw(latency, rng) for _ in range(count)]
