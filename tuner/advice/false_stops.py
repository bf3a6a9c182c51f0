"""Advice against false stops in, the same priced by a replay of the log's own sounds out.

Where words are transcribed while the caller speaks, back-channels may pass by their words: that is
advised where it costs callers less in the replay than what the rule names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuner.advice.case import Case
from tuner.advice.choices import LEAST_GAIN_S, is_new
from tuner.advice.effects import with_effects
from tuner.advice.moves import MINIMUM
from tuner.advice.verdicts import change_to, keep, sentence
from tuner.model import Change, Facts, Finding, Recommendation
from tuner.settings.backchannels import AUTO
from tuner.whatif.texts import cell
from tuner.whatif.timing import PASSING, THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuner.whatif.predict import Prediction, Replay

WHY = '"mm-hm", "okay" and sounds without words no longer stop the agent'
ABOVE = "counted in above"
DEARER = "to let back-channels pass by their words costs callers less"


def priced(
    advice: Recommendation, after: Mapping[str, Any], worst: Finding, case: Case
) -> Recommendation:
    """The advice with what a replay says of it, or what costs callers less: words that pass, or
    a profile of the user's own.

    `after` are the settings under the advice. A log whose settings nobody knows, or without a turn
    log, is not read a second time: nothing in it can be replayed.
    """
    if not _can_be_replayed(case.facts):
        return advice
    log = case.replay
    if isinstance(log, str):
        return advice
    figures = log.predict(after)
    found = [
        (_price_s(figures, log, case), _with_effect(advice, figures)),
        *_words_that_pass(worst, case, log),
        *_own_profiles(worst, case, log),
    ]
    return min(found, key=lambda pair: pair[0])[1]


def _can_be_replayed(facts: Facts) -> bool:
    interruptions = facts.signals.get("interruptions")  # only a turn log has them
    has_turn_log = interruptions is not None and interruptions.count is not None
    named = facts.current.how == "--current" and has_turn_log
    return (facts.current.how == "log" or named) and len(facts.current.mixed) <= 1


def _price_s(figures: Prediction, log: Replay, case: Case) -> float:
    """What it costs callers more than now, in seconds a turn; 0 where no replay can say."""
    from tuner.whatif.price import replay_price

    price = replay_price(figures, log, case.limits)
    return 0.0 if price is None else price.value


def _gains_s(figures: Prediction, log: Replay, case: Case) -> bool:
    """Whether it certainly costs callers less than now."""
    from tuner.whatif.price import replay_price

    price = replay_price(figures, log, case.limits)
    return price is not None and price.high < 0


def _own_profiles(
    worst: Finding, case: Case, log: Replay
) -> Iterator[tuple[float, Recommendation]]:
    """The profiles of the user's own that certainly cost callers less, and what each costs."""
    for name, values in case.profiles.items():
        if case.is_measured(name) or not is_new(values, log):
            continue
        figures = log.predict(values)
        if _gains_s(figures, log, case):
            why = f"{sentence(worst)} In a replay of this log `{name}` costs callers least."
            advice = _with_effect(change_to(name, why, worst, case), figures)
            yield _price_s(figures, log, case) + LEAST_GAIN_S, advice


def _words_that_pass(
    worst: Finding, case: Case, log: Replay
) -> Iterator[tuple[float, Recommendation]]:
    """Keep everything and let words pass, and what that costs; nothing where that is set, not
    known, or not certainly a gain."""
    has_it = PASSING in case.facts.current.settings or case.current in case.profiles
    if PASSING not in log.shown or not has_it:
        return
    figures = log.predict({PASSING: AUTO})
    if not _gains_s(figures, log, case):
        return
    change = Change(PASSING, log.values[PASSING], AUTO, WHY, effect(figures), "estimated")
    instead = dict.fromkeys(worst.remedies, DEARER)
    why = f"{sentence(worst)} Words come while the caller speaks, so back-channels can pass."
    advice = keep(case, why, (change,), _price(figures), instead=instead)
    yield _price_s(figures, log, case), advice


def _price(figures: Prediction) -> str:
    later = figures["barge_in_s"].change
    if later is None or later < 0.01:
        return "adds no delay"
    return f"an interrupted agent stops {later:.2f} s later, when it knows a word"


def _with_effect(advice: Recommendation, figures: Prediction) -> Recommendation:
    """The advice, with what the replay says of all its settings together on the first of them."""
    if figures["false_stops_per_min"].effect is None:
        return advice
    about = [one.setting for one in advice.changes if one.setting in (MINIMUM, THRESHOLD)]
    texts = dict.fromkeys(about[1:], ABOVE) | dict.fromkeys(about[:1], effect(figures))
    return with_effects(advice, texts)


def effect(figures: Prediction) -> str:
    """ "then false stops a minute 2.83 → 1.90 (0.9 to 2.5), dead air …"."""
    stops, air = figures["false_stops_per_min"], figures["dead_air_s_per_min"]
    parts = [f"then false stops a minute {stops.logged or 0.0:.2f} → {cell(stops)}"]
    parts.append(f"dead air a minute {air.logged or 0.0:.2f} → {cell(air)} s")
    return ", ".join(parts)
