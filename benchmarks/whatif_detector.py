"""Predictions of `tuner what-if` for what a turn detector decides, against runs of the bench.

    python -m benchmarks.whatif_detector --record FOLDER --seed 31    # 12 minutes, a quiet machine
    python -m benchmarks.whatif_detector FOLDER

The agent has LiveKit's local detector, v1-mini. Each run has the same callers under another longest
delay, another threshold, or another shortest delay, SCENARIO.RUN.jsonl.gz. From every log every
other run of its scenario is predicted; the change that the two logs show must lie in the interval.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.whatif import COMPARED
from benchmarks.whatif_knobs import Plan, recorded
from tuner import pipeline
from tuner.whatif.draws import Figure
from tuner.whatif.predict import Replay
from tuner.whatif.timing import DELAY, LONGEST, UNLIKELY, FigureName

KNOBS = (LONGEST, UNLIKELY, DELAY)
_ON = "TURN_DETECTION=detector"
PLAN = Plan(
    ("slow-thinker", "quiet-office"),
    {
        "base": _ON,
        "longest1": f"{_ON} {LONGEST}=1.0",
        "longest18": f"{_ON} {LONGEST}=1.8",
        "unlikely02": f"{_ON} {UNLIKELY}=0.2",
        "unlikely05": f"{_ON} {UNLIKELY}=0.5",
        "delay09": f"{_ON} {DELAY}=0.9",
    },
)


class DetectorOutcome(NamedTuple):
    """One prediction, and the change between the two logs."""

    before: str
    after: str
    knobs: str
    name: FigureName
    predicted: Figure
    measured: float

    @property
    def inside(self) -> bool | None:
        """Whether the measured change lies in the interval; None if none was predicted."""
        low, high = self.predicted.low, self.predicted.high
        if low is None or high is None:
            return None
        rounded = COMPARED[self.name]
        return low - rounded <= self.measured <= high + rounded


def outcomes(folder: Path) -> Iterator[DetectorOutcome]:
    """Every prediction from each log to each other run of its scenario."""
    for scenario in PLAN.scenarios:
        logs = {path: pipeline.replay([path]) for path in sorted(folder.glob(f"{scenario}.*.gz"))}
        for before, old in logs.items():
            for after, new in logs.items():
                if before != after:
                    yield from _outcomes(before.name, old, after.name, new)


def _outcomes(before: str, old: Replay, after: str, new: Replay) -> Iterator[DetectorOutcome]:
    found, logged = old.predict({name: new.values[name] for name in KNOBS}), new.predict({})
    knobs = " and ".join(name for name in KNOBS if old.values[name] != new.values[name])
    for name in COMPARED:
        was, became = found[name].logged, logged[name].logged
        if was is not None and became is not None:
            yield DetectorOutcome(before, after, knobs, name, found[name], became - was)


def report(found: list[DetectorOutcome]) -> Iterator[str]:
    """Every prediction, and how many hold."""
    for one in found:
        low, high, label = one.predicted.low, one.predicted.high, one.predicted.label
        note = {True: "", False: "  MISSED", None: "  none"}[one.inside]
        yield (
            f"{one.before} -> {one.after} {one.name} {one.predicted.change!s:.6} ({low!s:.6} to "
            f"{high!s:.6}) measured {one.measured:.3f} {label}{note}"
        )
    for name in COMPARED:
        for knobs in dict.fromkeys(one.knobs for one in found):
            each = [one.inside for one in found if (one.name, one.knobs) == (name, knobs)]
            yield f"{name}, {knobs}: {sum(map(bool, each))} of {len(each) - each.count(None)}"


def main(arguments: list[str]) -> None:
    """Record, or predict, compare and print."""
    folder = recorded(arguments, __doc__, PLAN, None)
    sys.stdout.writelines(f"{line}\n" for line in report(list(outcomes(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
