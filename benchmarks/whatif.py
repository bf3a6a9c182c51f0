"""Predictions of `tuner what-if` against runs of the bench with the same callers.

    python -m benchmarks.whatif [FOLDER]

FOLDER (default tests/whatif) holds logs SCENARIO.RUN.jsonl.gz and `measured.json`: what callers
heard in each run. From every log every other run of its scenario is predicted; the change that was
measured must lie in the 95 % interval of the change that was predicted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

from tuner import pipeline
from tuner.model import Label
from tuner.whatif.draws import Figure
from tuner.whatif.timing import DELAY, FigureName

FOLDER = Path(__file__).parent.parent / "tests" / "whatif"
COMPARED: dict[FigureName, float] = {"cut_offs_per_turn": 0.0001, "wait_p50_s": 0.001}
"""The figures, and what rounding may do to the difference of two measured ones."""


class Outcome(NamedTuple):
    """One prediction and the change that was measured."""

    scenario: str
    before: str
    after: str
    figure: FigureName
    predicted: Figure
    measured: float

    @property
    def inside(self) -> bool:
        """Whether the measured change lies in the interval."""
        low, high = self.predicted.low, self.predicted.high
        if low is None or high is None:
            return False
        rounded = COMPARED[self.figure]
        return low - rounded <= self.measured <= high + rounded

    @property
    def label(self) -> Label:
        """How surely it was predicted."""
        return self.predicted.label


def predictions(folder: Path = FOLDER) -> Iterator[Outcome]:
    """Every prediction from each log to each other run of its scenario."""
    measured = json.loads((folder / "measured.json").read_text())
    for scenario, runs in measured.items():
        for before, was in runs.items():
            log = pipeline.replay([folder / f"{scenario}.{before}.jsonl.gz"])
            for after, became in runs.items():
                if after == before:
                    continue
                found = log.predict({DELAY: became["delay_s"]})
                for name in COMPARED:
                    change = became[name] - was[name]
                    yield Outcome(scenario, before, after, name, found[name], change)


def report(outcomes: list[Outcome]) -> Iterator[str]:
    """Every prediction, and how many hold."""
    for one in outcomes:
        low, high = one.predicted.low, one.predicted.high
        yield (
            f"{one.scenario:14} {one.before} -> {one.after}  {one.figure:18} "
            f"{one.predicted.change!s:.6} ({low!s:.6} to {high!s:.6}) "
            f"measured {one.measured:.3f}  {one.label}{'' if one.inside else '  MISSED'}"
        )
    for name in COMPARED:
        mine = [one for one in outcomes if one.figure == name]
        yield f"{name}: {sum(one.inside for one in mine)} of {len(mine)} inside"
        for label in get_args(Label):
            if of := [one.inside for one in mine if one.label == label]:
                yield f"  {label}: {sum(of)} of {len(of)}"


def main(arguments: list[str]) -> None:
    """Predict, compare and print."""
    outcomes = list(predictions(Path(arguments[0]) if arguments else FOLDER))
    sys.stdout.writelines(f"{line}\n" for line in report(outcomes))


if __name__ == "__main__":
    main(sys.argv[1:])
