"""Advice against false stops in, the same priced by a replay of the log's own sounds out.

Where words are transcribed while the caller speaks, back-channels may pass by their words: that is
advised where it costs callers less in the replay than what the rule names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuner.advice.case import Case
from tuner.advice.effects import with_effects
from tuner.advice.moves import MINIMUM
from tuner.advice.verdicts import keep, sentence
from tuner.model import Change, Finding, Recommendation
from tuner.settings.backchannels import AUTO
from tuner.whatif.texts import cell
from tuner.whatif.timing import PASSING, THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuner.whatif.predict import Prediction, Replay

WHY = '"mm-hm", "okay" and sounds without words no longer stop the agent'
ABOVE = "counted in above"
DEARER = "to let back-channels pass by their words costs callers less"


def priced(
    advice: Recommendation, after: Mapping[str, Any], worst: Finding, case: Case
) -> Recommendation:
    """The advice with what a replay says of it, or words that pass where that costs less.

    `after` are the settings under the advice. A log that does not stamp its settings is not read
    a second time: nothing in it can be replayed.
    """
    if case.facts.current.how != "log" or len(case.facts.current.mixed) > 1:
        return advice
    log = case.replay
    if isinstance(log, str):
        return advice
    figures = log.predict(after)
    return _words_that_pass(figures, worst, case, log) or _with_effect(advice, figures)


def _words_that_pass(
    others: Prediction, worst: Finding, case: Case, log: Replay
) -> Recommendation | None:
    """Keep everything and let words pass; None where that is set, not known, or no better."""
    from tuner.whatif.price import replay_price

    has_it = PASSING in case.facts.current.settings or case.current in case.profiles
    if PASSING not in log.shown or not has_it:
        return None
    figures = log.predict({PASSING: AUTO})
    price, other = (replay_price(one, log, case.limits) for one in (figures, others))
    if price is None or price.high >= 0 or (other is not None and other.value <= price.value):
        return None
    change = Change(PASSING, log.values[PASSING], AUTO, WHY, effect(figures), "estimated")
    instead = dict.fromkeys(worst.remedies, DEARER)
    why = f"{sentence(worst)} Words come while the caller speaks, so back-channels can pass."
    return keep(case, why, (change,), _price(figures), instead=instead)


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
