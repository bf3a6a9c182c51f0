"""Whether advice harms: callers under the logged settings against callers under the advised ones.

    python -m benchmarks.harm FOLDER                          # all scenarios, 30 minutes
    python -m benchmarks.harm FOLDER --scenario slow-thinker

Of every scenario a log is made under `balanced` at each delay from 0.3 to 1.5 s, and analyzed. Then
fresh callers, the same for both, meet the logged settings and the advised ones. The advice harms
where a turn certainly costs them more (the whole 95 % interval, paired over callers). Exit 1 if one
does. Two cores that nothing else uses; finished parts are kept in FOLDER, and the same command goes
on where it was stopped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from benchmarks.calls_held import NotKept, hold
from benchmarks.convergence import (
    CELLS_AT_ONCE,
    Asked,
    Cell,
    after,
    jobs_of,
    make_logs,
    wanted,
)
from tuner import pipeline, whole_files
from tuner.bench.results import estimates
from tuner.bench.results.estimates import Draws, Estimate
from tuner.bench.results.measures import CallMeasures, measure
from tuner.bench.tuning.profile import with_interval
from tuner.limits import Limits

DELAYS = ("0.3", "0.5", "0.8", "1.0", "1.5")


class Pair(NamedTuple):
    """A log's settings and what is advised on it, both as cells of the fresh callers."""

    logged: Cell
    advised: Cell


def pairs(asked: Asked, names: Sequence[str]) -> list[Pair]:
    """Every log with the settings under its advice; the same ones where nothing is to change."""
    logs = [
        Cell(name, 0, "balanced", (("MIN_ENDPOINTING_DELAY", delay),))
        for name in names
        for delay in DELAYS
    ]
    make_logs(logs, asked)
    return [_pair(cell, asked) for cell in logs]


def _pair(cell: Cell, asked: Asked) -> Pair:
    advice = pipeline.analyze([cell.log(asked.folder)], environ=asked.environ).recommendation
    stays = advice.verdict == "undecided"
    logged = cell._replace(step=1)
    return Pair(logged, logged if stays else after(cell, advice))


def met(cells: Sequence[Cell], asked: Asked) -> dict[Cell, list[CallMeasures]]:
    """What fresh callers suffered under each of the settings."""
    missing = [cell for cell in cells if not _path(cell, asked).exists()]
    for at in range(0, len(missing), CELLS_AT_ONCE):
        some = {_key(cell): cell for cell in missing[at : at + CELLS_AT_ONCE]}
        named = [job for key, cell in some.items() for job in jobs_of(cell, asked, name=key)]
        run = hold(named, asked.at_once, f"{len(some)} settings")
        for key, cell in some.items():
            rows = [asdict(measure(call)) for call in run.good if call.profile == key]
            rows.sort(key=lambda row: int(row["number"]))
            whole_files.write(_path(cell, asked), json.dumps(rows).encode(), mode=0o644)
    return {
        cell: [CallMeasures(**row) for row in json.loads(_path(cell, asked).read_text())]
        for cell in cells
    }


def _key(cell: Cell) -> str:
    return f"{cell.scenario} {cell.settings}"


def _path(cell: Cell, asked: Asked) -> Path:
    return cell.log(asked.folder).with_suffix(".measured.json")


def dearer(pair: Pair, found: dict[Cell, list[CallMeasures]]) -> Estimate:
    """How much more a turn costs under the advice, in seconds, paired over callers."""
    calls = {name: found[cell] for name, cell in pair._asdict().items()}
    wanted = [one for one in estimates.measures(Limits()) if one.name == "cost_s"]
    drawn = estimates.draw(calls, wanted, 1)
    new, old = drawn["advised"]["cost_s"], drawn["logged"]["cost_s"]
    return Draws(new.plain - old.plain, new.drawn - old.drawn, new.n).estimate()


def report(found: Sequence[tuple[Pair, Estimate]]) -> Iterator[str]:
    """Every log whose advice changes something, and how many harm."""
    for pair, more in found:
        text = "no change" if pair.logged == pair.advised else with_interval(more)
        note = "  HARMS" if _harms(more) else ""
        yield f"{_key(pair.logged)} -> {pair.advised.settings}: {text}{note}"
    yield f"{sum(_harms(more) for _, more in found)} of {len(found)} cost certainly more"


def _harms(more: Estimate) -> bool:
    return more.low is not None and more.low > 0


def main(arguments: list[str]) -> int:
    """Make the logs, let callers meet the advice, and print."""
    asked, names = wanted(arguments, __doc__)
    try:
        advised = pairs(asked, names)
        changed = [pair for pair in advised if pair.logged != pair.advised]
        found = met(sorted({cell for pair in changed for cell in pair}), asked)
    except NotKept as error:
        sys.exit(f"not measured, start it again: {error}")
    nothing = Estimate(0.0, 0.0, 0.0, 0)
    verdicts = [(pair, dearer(pair, found) if pair in changed else nothing) for pair in advised]
    sys.stdout.writelines(f"{line}\n" for line in report(verdicts))
    return int(any(_harms(more) for _, more in verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
