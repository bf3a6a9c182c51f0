"""What false stops came to in each call, and would come to, in; rates a minute with both intervals
out.

The interval of the mean change is a bootstrap over the calls of the log, the same calls before and
after: it says what a setting does to callers like these, and advice rests on it. Another run shows
more: its calls are a sample of their own, and even the same callers do not make the same sounds
twice. So the interval of the figure draws its calls once more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuner.model import Label
from tuner.whatif.cut_offs import MIN_EVENTS, RULE_OF_THREE
from tuner.whatif.draws import Array, Figure, Interval, interval, ratio

NOTHING = 1e-9
ASSUMES = "assumes that sounds do not react to the agent"
TOO_FEW = "fewer than 10 stops: only the interval counts"
NO_STOP = "no false stop is in the log"


def rate(
    before: Array, changes: Sequence[Array], minutes: Array, weight: Array, events: int, each: float
) -> Figure:
    """A rate a minute under other settings.

    `before` and `changes` are sums over each call: as logged, and what is added (on the whole, at
    least, and at most). `events` are the sounds that stand behind them; `each` is what one more
    would add. Where no sound of the log lies between two bars there may be some, below three in
    all.
    """
    level, unseen = float(before.sum() / minutes.sum()), RULE_OF_THREE * each / minutes.sum()
    if not events:
        return Figure(level, None, -unseen, unseen, "bounds only", NO_STOP, (-unseen, 0.0))
    value = float(changes[0].sum() / minutes.sum())
    mean = _widest([interval(ratio(weight, one, minutes)[1:]) for one in changes], value)
    if mean[0] >= -NOTHING and mean[1] <= NOTHING:
        mean = (mean[0] - unseen, mean[1] + unseen)
    runs = [_of_another_run(ratio(weight, before + one, minutes), level) for one in changes]
    low, high = _widest([*runs, mean], value)
    few = events < MIN_EVENTS
    label: Label = "bounds only" if few else "estimated"
    return Figure(level, value, max(-level, low), high, label, TOO_FEW if few else ASSUMES, mean)


def _of_another_run(rates: Array, level: float) -> Interval:
    """How far the rate of other calls may lie from the logged one: what these calls leave open
    about the rate, and what chance does to the other ones."""
    drawn = rates[1:]
    return interval(drawn + np.roll(drawn, 1) - rates[0] - level)


def _widest(ends: Sequence[Interval], value: float) -> Interval:
    return min(value, *(low for low, _ in ends)), max(value, *(high for _, high in ends))
