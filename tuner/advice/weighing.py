"""Whether a profile helps against a problem, is worth its price, and is supported by evidence."""

from __future__ import annotations

import math
from typing import Any

from tuner.advice.case import Case, cost
from tuner.advice.moves import MINIMUM, SILENCE, number
from tuner.advice.price import price_s
from tuner.model import Direction, Finding
from tuner.rules import REMEDIES


def helps(finding: Finding, target: str, case: Case) -> bool:
    """Whether a profile goes further than the settings in use, in the direction of the fix."""
    move, knobs = case.move(case.profiles[target]), REMEDIES[finding.rule].knobs
    return any(_sign(direction) * move.acts(name) > 0 for name, direction in knobs.items())


def _sign(direction: Direction) -> int:
    return 1 if direction == "up" else -1


def worth(finding: Finding, target: str, case: Case) -> bool:
    """Whether to remove the problem would save callers more than the profile's known price."""
    return cost(finding, case) > price_s(case.move(case.profiles[target]))


def own_knobs(finding: Finding, target: str, case: Case) -> dict[str, Any]:
    """The settings that carry a profile's fix, where they go beyond those in use.

    LiveKit counts the VAD's silence into an interruption, so the same minimum asks for less sound
    under a longer silence: what is carried over is the length of the sound.
    """
    knobs, values = REMEDIES[finding.rule].knobs, case.profiles[target]
    wanted = {name: values[name] for name in knobs if name in values}
    least, longer = number(wanted.get(MINIMUM)), -case.move(values).of(SILENCE)
    if least is not None and longer > 0:
        wanted[MINIMUM] = round(least + longer, 2)
    gap = case.move({**case.values, **wanted}).of
    return {name: value for name, value in wanted.items() if _sign(knobs[name]) * gap(name) > 0}


def lacking(finding: Finding, case: Case) -> str:
    """What is missing to predict another setting; "" when the evidence is enough."""
    limits, calls = case.limits, case.facts.exposure.calls
    minimum = f"{limits.prediction_events} events in {limits.prediction_calls} calls"
    if calls is None:
        return f"lines that identify their call (job_id): a prediction needs {minimum}"
    more = max(0, limits.prediction_calls - calls)
    if finding.total < limits.prediction_events:
        missing = limits.prediction_events - finding.total
        more = max(more, math.ceil(missing * max(1, calls) / max(1, finding.total)))
    if not more:
        return ""
    return f"about {more} more call{'s' if more > 1 else ''}: a prediction needs {minimum}"


def settles(finding: Finding, case: Case) -> str:
    """What would settle an undecided problem, for its verdict and for a prediction."""
    return finding.needs or lacking(finding, case) or "more calls like these"
