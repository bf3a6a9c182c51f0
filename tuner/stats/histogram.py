"""Values in, exact quantiles out, mergeable: a count for every whole millisecond.

The logs themselves round (two decimals of a second, whole milliseconds), so a millisecond loses
nothing that could be compared, and memory stays bounded by the spread of the values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Histogram:
    """Counts per whole millisecond."""

    __slots__ = ("counts",)

    def __init__(self, counts: Iterable[tuple[int, int]] = ()) -> None:
        # To begin and to fill a Counter its own way takes three times as long.
        self.counts: Counter[int] = Counter.__new__(Counter)
        dict.update(self.counts, counts)

    def add(self, ms: float, n: int = 1) -> None:
        """Count a value, in milliseconds, `n` times."""
        self.counts[round(ms)] += n

    def merge(self, other: Histogram) -> None:
        """Add another histogram's counts to this one."""
        self.counts.update(other.counts)

    @property
    def n(self) -> int:
        """How many values were counted."""
        return self.counts.total()

    def above(self, limit_ms: float) -> int:
        """How many values exceed the limit."""
        return sum(count for ms, count in self.counts.items() if ms > limit_ms)

    def quantiles(self, *shares: float) -> list[float | None]:
        """Quantiles in milliseconds, interpolated linearly between neighbours; None when empty."""
        ordered, n = sorted(self.counts.items()), self.n
        return [_quantile(ordered, n, share) for share in shares]

    @property
    def max(self) -> int | None:
        """The largest value, None when empty."""
        return max(self.counts, default=None)


def _quantile(ordered: list[tuple[int, int]], n: int, share: float) -> float | None:
    if n == 0:
        return None
    rank = share * (n - 1)
    low, high = _at(ordered, int(rank))
    return low + (high - low) * (rank - int(rank))


def _at(ordered: list[tuple[int, int]], rank: int) -> tuple[int, int]:
    """The value of this rank (from 0 on) and the next; of the last one, itself."""
    seen, low = 0, None
    for value, count in ordered:
        seen += count
        if low is None and seen > rank:
            low = value
        if seen > rank + 1 and low is not None:
            return low, value
    last = ordered[-1][0]
    return (last if low is None else low), last
