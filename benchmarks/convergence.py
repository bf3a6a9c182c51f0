"""Whether advice comes to rest: logs made under the advice, analyzed again, up to three steps.

    python -m benchmarks.convergence FOLDER                   # all scenarios, 13 minutes
    python -m benchmarks.convergence FOLDER --scenario slow-thinker --calls 20
    python -m benchmarks.convergence OTHER_FOLDER --seed 160  # other callers

Each chain begins with a profile, also with one of one's own, and is played by other callers at each
step. It must end with "keep" and nothing to change. Exit 1 if one does not. All chains take their
step together, on two cores that nothing else uses. The logs of every whole run are kept in FOLDER:
the same command goes on where it was stopped. Calls on a machine that was too slow are not kept.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.calls_held import AT_ONCE, NotKept, hold
from tuner import pipeline
from tuner.bench import choices
from tuner.bench.callers import scenarios
from tuner.bench.running.job import CallJob
from tuner.model import Recommendation
from tuner.settings import profiles

STEPS = 3
SEED = 60
CELLS_AT_ONCE = 12
"""So many logs are made in one run: what a stop in between loses is 4 minutes."""
OURS = {"ours": "MIN_ENDPOINTING_DELAY=0.8\nMIN_INTERRUPTION_DURATION=0.6\n"}
Changes = tuple[tuple[str, str], ...]
STARTS: tuple[tuple[str, Changes], ...] = (
    ("balanced", ()),
    ("balanced", (("MIN_ENDPOINTING_DELAY", "0.3"),)),
    ("balanced", (("MIN_ENDPOINTING_DELAY", "1.5"),)),
    ("ours", ()),
)


class Cell(NamedTuple):
    """One log: callers of a scenario under a profile with changes on top, at a step of a chain."""

    scenario: str
    step: int
    profile: str
    changes: Changes

    @property
    def settings(self) -> str:
        """Profile and changes, as a file name and a line of the report show them."""
        return " ".join([self.profile, *(f"{name}={value}" for name, value in self.changes)])

    def log(self, folder: Path) -> Path:
        """Where its log is kept."""
        return folder / f"{self.scenario}.{self.step}.{self.settings.replace(' ', '.')}.jsonl"


class Asked(NamedTuple):
    """Where logs are kept, calls of each, how many are held at once, and who calls first."""

    folder: Path
    calls: int
    at_once: int
    seed: int = SEED

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment in which own profiles are found."""
        return {**os.environ, "AGENT_PROFILES_DIR": str(self.folder / "profiles")}


def chains(asked: Asked, names: Sequence[str]) -> list[list[tuple[Cell, Recommendation]]]:
    """Every chain with the advice on each of its logs."""
    done: list[list[tuple[Cell, Recommendation]]] = [[] for _ in names for _ in STARTS]
    now = {at: Cell(name, 0, *start) for at, (name, start) in enumerate(_starts(names))}
    for _ in range(STEPS + 1):
        make_logs(sorted(set(now.values())), asked)
        for at, cell in now.items():
            found = pipeline.analyze([cell.log(asked.folder)], environ=asked.environ)
            done[at].append((cell, found.recommendation))
        now = {at: after(*done[at][-1]) for at in now if not _ended(done[at][-1][1])}
    return done


def _starts(names: Sequence[str]) -> Iterator[tuple[str, tuple[str, Changes]]]:
    yield from ((name, start) for name in names for start in STARTS)


def make_logs(cells: Sequence[Cell], asked: Asked) -> None:
    """Hold the calls of every log that is not there yet."""
    missing = [cell for cell in cells if not cell.log(asked.folder).exists()]
    for at in range(0, len(missing), CELLS_AT_ONCE):
        some = missing[at : at + CELLS_AT_ONCE]
        parts = {cell: cell.log(asked.folder).with_suffix(".part") for cell in some}
        for part in parts.values():
            part.unlink(missing_ok=True)
        jobs = [job for cell in some for job in jobs_of(cell, asked, str(parts[cell]))]
        hold(jobs, asked.at_once, f"step {some[0].step}, {len(some)} logs")
        for cell, part in parts.items():
            part.rename(cell.log(asked.folder))


def jobs_of(cell: Cell, asked: Asked, log: str = "", name: str = "") -> Iterator[CallJob]:
    """The calls of a cell, logged to a file if one is given; `name` stands for its profile."""
    scenario = scenarios.load(cell.scenario)
    changes = [f"{knob}={value}" for knob, value in cell.changes]
    where = profiles.folders(asked.environ, asked.folder)
    settings = choices.settings_of(cell.profile, where, changes, None)
    for number in range(asked.calls):
        yield CallJob(scenario, name or cell.profile, settings, number, asked.seed + cell.step, log)


def rests(advice: Recommendation) -> bool:
    """Whether there is nothing more to change."""
    return advice.verdict == "keep" and not advice.changes


def _ended(advice: Recommendation) -> bool:
    return rests(advice) or advice.verdict == "undecided"


def after(cell: Cell, advice: Recommendation) -> Cell:
    """What is run next: the profile that is advised, or the same with the changes on top."""
    if advice.verdict == "switch" and advice.profile:
        return Cell(cell.scenario, cell.step + 1, advice.profile, ())
    changes = {one.setting: str(one.to) for one in advice.changes}
    merged = tuple((dict(cell.changes) | changes).items())
    return Cell(cell.scenario, cell.step + 1, cell.profile, merged)


def _line(chain: Sequence[tuple[Cell, Recommendation]]) -> str:
    advice = chain[-1][1]
    end = "keep" if rests(advice) else "undecided" if _ended(advice) else "DOES NOT REST"
    return f"{chain[0][0].scenario:26} {' -> '.join(c.settings for c, _ in chain)} -> {end}"


def write_own_profiles(asked: Asked) -> None:
    """Make the folder, with the profiles of one's own in it."""
    own = asked.folder / "profiles"
    own.mkdir(parents=True, exist_ok=True)
    for name, text in OURS.items():
        (own / f"{name}.env").write_text(text)


def wanted(arguments: list[str], about: str | None) -> tuple[Asked, Sequence[str]]:
    """What the command line asks for, and of which scenarios; own profiles are written."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenario", action="append", choices=scenarios.names())
    parser.add_argument("--calls", type=int, default=12)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    asked = Asked(chosen.folder, chosen.calls, chosen.at_once, chosen.seed)
    write_own_profiles(asked)
    return asked, chosen.scenario or scenarios.names()


def main(arguments: list[str]) -> int:
    """Play every chain and print it."""
    asked, names = wanted(arguments, __doc__)
    try:
        found = chains(asked, names)
    except NotKept as error:
        sys.exit(f"not measured, start it again: {error}")
    sys.stdout.writelines(f"{_line(chain)}\n" for chain in found)
    return int(any(not _ended(chain[-1][1]) for chain in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
