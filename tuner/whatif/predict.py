"""The calls of a log and two sets of settings in, every predicted figure out.

Every prediction of a log stands on the same draws, so that candidates compare call by call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tuner.errors import InputError
from tuner.settings.knob_table import REALTIME_ONLY_STT
from tuner.whatif import cut_offs, stops, waits
from tuner.whatif.calls import LoggedCall
from tuner.whatif.draws import Array, Figure, unknown, weights
from tuner.whatif.timing import (
    FIGURES,
    PASSING,
    SAME_HEARING,
    THRESHOLD,
    TURNS,
    UNLIKELY,
    FigureName,
    hears_otherwise,
    hidden,
    timing,
)

MOST_CALLS = 200
"""More calls than this are thinned evenly: an interval is narrow enough from here on."""
ENOUGH_SHARE = 0.9
"""Share of turns whose silence a detector judged, from which on its threshold can be replayed."""
Values = Mapping[str, Any]
Prediction = dict[FigureName, Figure]


def enough(calls: Sequence[LoggedCall]) -> Sequence[LoggedCall]:
    """The calls themselves. Raises InputError where they are too few for any prediction."""
    if not calls:
        raise InputError(
            "no turn of a turn log was found",
            "Turn it on: TURN_LOG=stdout in an agent of `tuner init`, "
            "tuner.turn_log.attach(session) in another with livekit-agents 1.8 or later. "
            "Other agents write none: `tuner analyze` says what yours can log.",
        )
    if len(calls) < cut_offs.MIN_CALLS:
        few = "1 call has" if len(calls) == 1 else f"{len(calls)} calls have"
        raise InputError(
            f"{few} turns: a prediction needs {cut_offs.MIN_CALLS}", "Give the logs of more calls."
        )
    return calls


class Replay:
    """A log that can be replayed: its calls, and the settings by environment name behind them."""

    def __init__(self, calls: Sequence[LoggedCall], values: Values) -> None:
        step = max(1, -(-len(calls) // MOST_CALLS))
        self.calls, self.values = tuple(calls[::step]), values

    @cached_property
    def weight(self) -> Array:
        """The bootstrap's draws over the calls."""
        return weights(len(self.calls))

    @cached_property
    def _answered(self) -> waits.ReplayedTurns:
        return waits.ReplayedTurns(self.calls)

    @property
    def turns(self) -> int:
        """Whole turns of the replayed calls."""
        return sum(call.turns for call in self.calls)

    @property
    def pauses(self) -> tuple[float, ...]:
        """The known lengths of all silences after which the caller spoke on, in seconds."""
        silences = (one.lasted for call in self.calls for one in call.silences)
        return tuple(sorted(lasted for lasted in silences if lasted is not None))

    @property
    def support_s(self) -> float:
        """The longest silence, in seconds, about which the log says something."""
        return cut_offs.support(self.calls)

    @cached_property
    def shown(self) -> frozenset[str]:
        """Settings that most logs cannot answer for, and this one can."""
        answers = [one for call in self.calls for one in call.answers]
        asked = sum(one.detector.probability is not None for one in answers)
        names = {UNLIKELY} if answers and asked >= ENOUGH_SHARE * len(answers) else set()
        if streams(self.values) and stops.has_words(self.calls):
            names.add(PASSING)
        return frozenset(names | ({THRESHOLD} if stops.has_clarity(self.calls) else set()))

    def predict(self, after: Values) -> Prediction:
        """Every figure under other settings; those that are missing stay as they were."""
        values = {**self.values, **after}
        old, new = timing(self.values), timing(values)
        found: Prediction = {
            "cut_offs_per_turn": cut_offs.cut_offs(self.calls, old, new, self.weight),
            "wait_p50_s": waits.wait_p50(self._answered, old, new),
            "false_stops_per_min": stops.false_stops(self.calls, old, new, self.weight),
            "dead_air_s_per_min": stops.dead_air(self.calls, old, new, self.weight),
            "barge_in_s": stops.barge_in(self.calls, old, new),
        }
        if hears_otherwise(self.values, values):
            found |= {name: _assuming(found[name]) for name in TURNS}
        why = hidden(self.values, values, self.shown)
        return {
            name: unknown(found[name].logged, why[name]) if name in why else found[name]
            for name in FIGURES
        }


def _assuming(figure: Figure) -> Figure:
    """The figure where the voice detection itself is set otherwise: never exact."""
    why = f"{figure.why or 'assumes that nothing else changes'} {SAME_HEARING}"
    label = "estimated" if figure.label == "exact" else figure.label
    return figure._replace(label=label, why=why)


def streams(values: Values) -> bool:
    """Whether words are transcribed while the caller speaks."""
    model = str(values.get("STT_MODEL"))
    return bool(values.get("STT_REALTIME")) or model.startswith(REALTIME_ONLY_STT)
