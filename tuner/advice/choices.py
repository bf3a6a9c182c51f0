"""A log to be replayed in, what each profile and each single delay would cost its callers out.

A cut-off, a false stop and a second of waiting cost what `limits` says, counted in seconds a turn;
the interval of the sum is as wide as all of them together, so that advice errs towards keep. What
a replay cannot say of a candidate leaves it without a price: it is no candidate then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner.advice.targets import STAYS
from tuner.limits import Limits
from tuner.model import FrontierPoint
from tuner.whatif.timing import DELAY, HIDDEN, LONGEST, SWEEPS, cannot_act, differs

if TYPE_CHECKING:
    from tuner.whatif.draws import Figure
    from tuner.whatif.predict import Prediction, Replay

LEAST_GAIN_S = 0.1
"""A change that saves a caller less than this a turn is not worth to be made."""
SHOWN = 4
"""Candidates that a report shows."""
NOT_FOR_SERVING = ("evidence",)


class TurnPrice(NamedTuple):
    """What a change costs a caller, in seconds a turn, with its interval; negative is a gain."""

    value: float
    low: float
    high: float

    @property
    def supported(self) -> bool:
        """Whether the change certainly saves callers something worth it."""
        return self.high < 0 and self.value <= -LEAST_GAIN_S


class PricedChoice(NamedTuple):
    """A profile, or a single setting where `profile` is ""; what it changes, costs and does."""

    profile: str
    values: Mapping[str, Any]
    price: TurnPrice
    figures: Prediction

    @property
    def name(self) -> str:
        """ "patient" or "MIN_ENDPOINTING_DELAY=1.3"."""
        return self.profile or ", ".join(f"{name}={value}" for name, value in self.values.items())


def choices(
    log: Replay, profiles: Mapping[str, Mapping[str, Any]], limits: Limits
) -> list[PricedChoice]:
    """Every candidate that has a price: also the profile that is named for the log, where the log
    shows other values than it has now."""
    idle = cannot_act(log.values)
    singles = [
        ("", {name: value})
        for name in (DELAY, LONGEST)
        if name not in idle and name in log.values
        for value in SWEEPS[name]
        if value != log.values[name]
    ]
    others = [
        (name, values)
        for name, values in profiles.items()
        if name not in (*STAYS, *NOT_FOR_SERVING) and is_new(values, log)
    ]
    tried = (_tried(log, name, values, limits) for name, values in (*singles, *others))
    return [one for one in tried if one is not None]


def is_new(values: Mapping[str, Any], log: Replay) -> bool:
    """Whether a profile times anything otherwise than the settings that the log shows."""
    both = (name for name in (*SWEEPS, *HIDDEN) if name in values and name in log.values)
    return any(differs(name, log.values, values) for name in both)


def _tried(
    log: Replay, name: str, values: Mapping[str, Any], limits: Limits
) -> PricedChoice | None:
    figures = log.predict(values)
    price = turn_price(log, figures, limits)
    return None if price is None else PricedChoice(name, values, price, figures)


def turn_price(
    log: Replay, figures: Prediction, limits: Limits, *, of_turns: bool = False
) -> TurnPrice | None:
    """Cut-offs, wait and false stops of a prediction in seconds a turn; None where one is not
    known. With `of_turns` false stops may be unknown, and are left out then."""
    from tuner.whatif.price import weighed  # what loads the replay

    minutes = sum(call.minutes for call in log.calls) / log.turns
    stops = figures["false_stops_per_min"]
    weights = [
        (figures["cut_offs_per_turn"], limits.cost_false_cutoff_s),
        (figures["wait_p50_s"], limits.cost_wait_s),
    ]
    if not of_turns or stops.effect is not None:
        weights.append((stops, limits.cost_false_interruption_s * minutes))
    price = weighed(weights)
    return None if price is None else TurnPrice(*price)


def cheapest(candidates: Sequence[PricedChoice]) -> PricedChoice | None:
    """The one that costs callers least, if the replay supports any.

    Of equal single delays the longest; a whole profile only where it saves more than the best of
    them by what is worth a change.
    """
    supported = [one for one in candidates if one.price.supported]
    return min(supported, key=_rank, default=None)


def _rank(one: PricedChoice) -> tuple[float, float]:
    if one.profile:
        return round(one.price.value, 2) + LEAST_GAIN_S, 0.0
    return round(one.price.value, 2), -max(float(value) for value in one.values.values())


def frontier(
    log: Replay, profiles: Mapping[str, Mapping[str, Any]], limits: Limits
) -> tuple[FrontierPoint, ...]:
    """The settings in use, then the candidates than which no other has both fewer cut-offs and a
    shorter wait, the cheapest first; at most `SHOWN` of them."""
    known = [one for one in choices(log, profiles, limits) if _both(one) is not None]
    best = [
        one
        for one in known
        if not any(_beats(_both(other) or (), _both(one) or ()) for other in known)
    ]
    in_use = PricedChoice("", {}, TurnPrice(0.0, 0.0, 0.0), log.predict({}))
    if _both(in_use) is None:
        return ()
    return tuple(map(_point, (in_use, *sorted(best, key=_rank)[:SHOWN])))


def _point(one: PricedChoice) -> FrontierPoint:
    cut, wait = one.figures["cut_offs_per_turn"], one.figures["wait_p50_s"]
    return FrontierPoint(
        one.name,
        *(cut.value or 0.0, _ends(cut)),
        *(wait.value or 0.0, _ends(wait)),
        *(one.price.value, (one.price.low, one.price.high)),
    )


def _ends(figure: Figure) -> tuple[float, float]:
    base = figure.logged or 0.0
    return max(0.0, base + (figure.low or 0.0)), max(0.0, base + (figure.high or 0.0))


def _both(one: PricedChoice) -> tuple[float, ...] | None:
    cut, wait = one.figures["cut_offs_per_turn"].value, one.figures["wait_p50_s"].value
    return None if cut is None or wait is None else (round(cut, 3), round(wait, 3))


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
