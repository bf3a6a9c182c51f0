"""A recommendation in, the same after the callers' own pauses were asked out.

Nobody is advised a shorter wait unless a replay of the log says what it costs. Where the problem is
the wait or the cut-offs, all profiles and single delays are priced (`choices`), and the cheapest
that the replay supports wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tuner.advice import false_stops
from tuner.advice.case import Case
from tuner.advice.choices import PricedChoice, cheapest, choices, turn_price
from tuner.advice.effects import with_effects
from tuner.advice.moves import SILENCE
from tuner.advice.price import price_of_profile
from tuner.advice.verdicts import add_on_top, change_to, keep, sentence, undecided
from tuner.model import Change, Finding, Recommendation
from tuner.rules import REMEDIES, false_interruptions
from tuner.whatif.texts import cell
from tuner.whatif.timing import DELAY, LONGEST

if TYPE_CHECKING:
    from tuner.whatif.predict import Prediction, Replay

SHORTER = "This log does not show how many callers a shorter wait cuts off."
TOO_DEAR = "a shorter wait would cut off callers, or the log cannot rule that out"
WHAT_IF = "`tuner what-if LOG` shows every delay with its interval"


def asked(advice: Recommendation, case: Case) -> Recommendation:
    """The recommendation, or another one that the callers' pauses support better."""
    worst = _about_waits(case)
    shortens = _shortens(advice, case)
    if (stops := _about_stops(case)) and not shortens and not case.server_decides:
        return false_stops.priced(advice, _after(advice, case), stops, case)
    if case.server_decides or len(case.facts.current.mixed) > 1 or not (worst or shortens):
        return advice
    log = case.replay
    if isinstance(log, str):
        return undecided(case, f"{_problem(worst)}{SHORTER}", log) if shortens else advice
    figures = log.predict(_after(advice, case))
    cost = turn_price(log, figures, case.limits, of_turns=True)
    best = cheapest(choices(log, case.profiles, case.limits))
    better = best is not None and (cost is None or best.price.value < cost.value)
    if worst and best and better and (best.profile != advice.profile or advice.verdict == "keep"):
        return _change(worst, best, case, log)
    if shortens and (cost is None or cost.high >= 0):
        return _not_shorter(advice, worst, case)
    return _with_effect(advice, figures, case)


def _about_waits(case: Case) -> Finding | None:
    """The problem that decides, if it is one of waiting or being cut off."""
    problems = case.confirmed() or case.undecided()
    worst = problems[0] if problems else None
    return worst if worst and DELAY in REMEDIES[worst.rule].knobs else None


def _about_stops(case: Case) -> Finding | None:
    """The problem that decides, if it is certain and of false stops."""
    worst = next(iter(case.confirmed()), None)
    return worst if worst and worst.rule == false_interruptions.ID else None


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


def _change(worst: Finding, best: PricedChoice, case: Case, log: Replay) -> Recommendation:
    """What costs callers least: a single delay, a profile, or the one in use as it is now."""
    if not best.profile:
        return _single(worst, best, case, log)
    advice = change_to(best.profile, _least(worst, best), worst, case)
    return _with_effect(advice, best.figures, case)


def _single(worst: Finding, best: PricedChoice, case: Case, log: Replay) -> Recommendation:
    """Keep everything but one setting."""
    ((name, value),) = best.values.items()
    old = log.values[name]
    why = f"{_least(worst, best)} {WHAT_IF}."
    change = Change(name, old, value, _meaning(name, old, value), effect(best.figures), "estimated")
    instead = dict.fromkeys(worst.remedies, "the delay alone costs callers less")
    return keep(case, why, (change,), _wait_text(best.figures), instead=instead)


def _least(worst: Finding, best: PricedChoice) -> str:
    name = f"`{best.profile}`" if best.profile else best.name
    costs = f"In a replay of this log {name} costs callers least: {effect(best.figures)}."
    return f"{sentence(worst)} {costs}"


def _meaning(name: str, old: float, new: float) -> str:
    if name == LONGEST:
        return "longest wait where the turn detector expects more"
    if new > old:
        return f"a pause of up to {new:g} s no longer ends the turn"
    return "the turn closes sooner"


def _not_shorter(advice: Recommendation, worst: Finding | None, case: Case) -> Recommendation:
    """Leave the wait as it is; what the profile does besides goes on top."""
    main = next(iter(case.confirmed()), None)
    if main is not None and worst is None and advice.profile:
        return add_on_top(main, f"{sentence(main)} But {TOO_DEAR}", advice.profile, case)
    instead = {advice.profile: TOO_DEAR} if advice.profile else {}
    return keep(case, f"{_problem(worst)}But {TOO_DEAR}.", needs=WHAT_IF, instead=instead)


def _with_effect(advice: Recommendation, figures: Prediction, case: Case) -> Recommendation:
    """The advice, with what the replay says about its delay and its price."""
    if advice.changes:
        move, wait = case.move({**case.values, **_after(advice, case)}), _wait_text(figures)
        profile = (advice.profile or "") if advice.verdict == "switch" else ""
        cost = price_of_profile(profile, move, case.measured_from(profile), wait)
        advice = msgspec.structs.replace(advice, price=cost)
    return with_effects(advice, {DELAY: effect(figures)})


def effect(figures: Prediction) -> str:
    """ "cut-offs a turn 0.52 -> 0.02 (0.00 to 0.14), median wait 1.36 -> 1.55 s (…)"."""
    cut, wait = figures["cut_offs_per_turn"], figures["wait_p50_s"]
    parts = [f"cut-offs a turn {_logged(cut.logged)} → {cell(cut)}"]
    parts.append(f"median wait {_logged(wait.logged)} → {cell(wait)} s")
    return ", ".join(parts)


def _logged(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _wait_text(figures: Prediction) -> str:
    """ "the median reply comes 0.20 s later (0.11 to 0.33)"; "" where no replay can say."""
    wait = figures["wait_p50_s"]
    if wait.change is None or wait.low is None or wait.high is None:
        return ""
    if abs(wait.change) < 0.01:
        return "adds no delay"
    way = "later" if wait.change > 0 else "sooner"
    ends = sorted((abs(wait.low), abs(wait.high))) if wait.low * wait.high > 0 else None
    span = f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else ""
    return f"the median reply comes {abs(wait.change):.2f} s {way}{span}"
