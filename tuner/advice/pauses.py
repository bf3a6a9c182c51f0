"""A recommendation in, the same after the callers' own pauses were asked out.

Nobody is advised a shorter wait unless a replay of the log says what it costs. Where the problem is
the wait or the cut-offs, single delays are priced beside the profile; the cheapest that the replay
supports wins. One cut-off costs what `limits` says, a second of waiting too; the interval of the
sum is as wide as both together, so that advice errs towards keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tuner.advice.case import Case
from tuner.advice.moves import SILENCE
from tuner.advice.verdicts import add_on_top, keep, sentence, undecided
from tuner.limits import Limits
from tuner.model import Change, Finding, Recommendation
from tuner.rules import REMEDIES
from tuner.whatif.texts import cell
from tuner.whatif.timing import DELAY, SWEEPS

if TYPE_CHECKING:
    from tuner.whatif.predict import Prediction, Replay

LEAST_GAIN_S = 0.1
"""A change that saves a caller less than this a turn is not worth to be made."""
SHORTER = "This log does not show how many callers a shorter wait cuts off."
TOO_DEAR = "a shorter wait would cut off callers, or the log cannot rule that out"
WHAT_IF = "`tuner what-if LOG` shows every delay with its interval"


class DelayPrice(NamedTuple):
    """What a change costs a caller, in seconds a turn, with its interval; negative is a gain."""

    value: float
    low: float
    high: float

    @property
    def supported(self) -> bool:
        """Whether the change certainly saves callers something worth it."""
        return self.high < 0 and self.value <= -LEAST_GAIN_S


class Delay(NamedTuple):
    """A delay that was tried: seconds, what it costs, and the figures behind that."""

    seconds: float
    price: DelayPrice
    figures: Prediction


def asked(advice: Recommendation, case: Case) -> Recommendation:
    """The recommendation, or another one that the callers' pauses support better."""
    worst = _about_waits(case)
    shortens = _shortens(advice, case)
    if case.server_decides or len(case.facts.current.mixed) > 1 or not (worst or shortens):
        return advice
    log = case.replay
    if isinstance(log, str):
        return undecided(case, f"{_problem(worst)}{SHORTER}", log) if shortens else advice
    price = turn_price(log.predict(_after(advice, case)), case.limits)
    best = cheapest(log, case.limits)
    if worst and best and (price is None or best.price.value < price.value):
        return _single(worst, best, case, log)
    if shortens and (price is None or price.high >= 0):
        return _not_shorter(advice, worst, case)
    return _with_effect(advice, log.predict(_after(advice, case)))


def cheapest(log: Replay, limits: Limits) -> Delay | None:
    """The delay that costs callers least, if the replay supports any; of equal ones the longest."""
    tried = [_tried(log, seconds, limits) for seconds in SWEEPS[DELAY]]
    supported = [one for one in tried if one and one.price.supported]
    return min(supported, key=lambda one: (round(one.price.value, 2), -one.seconds), default=None)


def _tried(log: Replay, seconds: float, limits: Limits) -> Delay | None:
    figures = log.predict({DELAY: seconds})
    price = turn_price(figures, limits)
    return None if price is None else Delay(seconds, price, figures)


def turn_price(figures: Prediction, limits: Limits) -> DelayPrice | None:
    """Cut-offs and wait of a prediction in seconds a turn; None where either is not known."""
    cut, wait = figures["cut_offs_per_turn"], figures["wait_p50_s"]
    ends = (cut.low, cut.high, wait.low, wait.high)
    if any(end is None for end in ends):
        return None
    weights = limits.cost_false_cutoff_s, limits.cost_wait_s
    value = (_value(cut.change, cut.high), _value(wait.change, wait.high))
    return DelayPrice(
        *(
            weights[0] * (one or 0.0) + weights[1] * (other or 0.0)
            for one, other in (value, (cut.low, wait.low), (cut.high, wait.high))
        )
    )


def _value(change: float | None, high: float | None) -> float | None:
    """The change; where only bounds are known, the worse end."""
    return high if change is None else change


def _about_waits(case: Case) -> Finding | None:
    """The problem that decides, if it is one of waiting or being cut off."""
    problems = case.confirmed() or case.undecided()
    worst = problems[0] if problems else None
    return worst if worst and DELAY in REMEDIES[worst.rule].knobs else None


def _after(advice: Recommendation, case: Case) -> Mapping[str, Any]:
    """The settings under the advice."""
    if advice.verdict == "switch" and advice.profile:
        return case.profiles[advice.profile]
    return {change.setting: change.to for change in advice.changes}


def _shortens(advice: Recommendation, case: Case) -> bool:
    """Whether turns close sooner; a shorter VAD silence brings transcripts sooner, too."""
    move = case.move({**case.values, **_after(advice, case)})
    return move.wait() < 0 or move.of(SILENCE) < 0


def _problem(worst: Finding | None) -> str:
    return f"{sentence(worst)} " if worst else ""


def _single(worst: Finding, best: Delay, case: Case, log: Replay) -> Recommendation:
    """Keep everything but the delay."""
    old = log.values[DELAY]
    why = (
        f"{sentence(worst)} In a replay of this log {DELAY}={best.seconds:g} costs callers least: "
        f"{effect(best.figures)}. {WHAT_IF}."
    )
    change = Change(
        DELAY, old, best.seconds, _meaning(old, best), effect(best.figures), "estimated"
    )
    instead = dict.fromkeys(worst.remedies, "the delay alone costs callers less")
    return keep(case, why, (change,), _price_text(best.figures), instead=instead)


def _meaning(old: float, best: Delay) -> str:
    if best.seconds > old:
        return f"a pause of up to {best.seconds:g} s no longer ends the turn"
    return "the turn closes sooner"


def _not_shorter(advice: Recommendation, worst: Finding | None, case: Case) -> Recommendation:
    """Leave the wait as it is; what the profile does besides goes on top."""
    main = next(iter(case.confirmed()), None)
    if main is not None and worst is None and advice.profile:
        return add_on_top(main, f"{sentence(main)} But {TOO_DEAR}", advice.profile, case)
    instead = {advice.profile: TOO_DEAR} if advice.profile else {}
    return keep(case, f"{_problem(worst)}But {TOO_DEAR}.", needs=WHAT_IF, instead=instead)


def _with_effect(advice: Recommendation, figures: Prediction) -> Recommendation:
    """The advice, with what the replay says about its delay."""
    changes = tuple(
        msgspec.structs.replace(change, effect=effect(figures), label="estimated")
        if change.setting == DELAY
        else change
        for change in advice.changes
    )
    return msgspec.structs.replace(advice, changes=changes)


def effect(figures: Prediction) -> str:
    """ "cut-offs a turn 0.52 -> 0.02 (0.00 to 0.14), median wait 1.36 -> 1.55 s (…)"."""
    cut, wait = figures["cut_offs_per_turn"], figures["wait_p50_s"]
    parts = [f"cut-offs a turn {_logged(cut.logged)} → {cell(cut)}"]
    parts.append(f"median wait {_logged(wait.logged)} → {cell(wait)} s")
    return ", ".join(parts)


def _logged(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _price_text(figures: Prediction) -> str:
    wait = figures["wait_p50_s"]
    if wait.change is None or wait.low is None or wait.high is None or abs(wait.change) < 0.01:
        return "adds no delay"
    way = "later" if wait.change > 0 else "sooner"
    ends = sorted((abs(wait.low), abs(wait.high))) if wait.low * wait.high > 0 else None
    span = f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else ""
    return f"the median reply comes {abs(wait.change):.2f} s {way}{span}"
