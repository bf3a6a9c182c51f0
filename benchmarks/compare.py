"""Measures tuner and its peers side by side in one run, and writes the tables.

python -m benchmarks.compare --quick     # small logs, minutes; tables to the log folder
python -m benchmarks.compare             # all tables, README's too; needs 40 GB of disk
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import machine, measure, readme, tables
from benchmarks.blocks import TEXTS
from benchmarks.make_logs import Log, Recipe, add_folder, clean, make, parse_size, written
from benchmarks.peers import (
    ARRAY,
    BY_NAME,
    CSV,
    GZ,
    JSON,
    PEERS,
    RECORD,
    TEXT,
    TUNER,
    Peer,
    disagreements,
)
from benchmarks.results import Results, Scene, Timing
from benchmarks.shapes import SHAPES

MB, GB = 10**6, 10**9
HERE = Path(__file__).parent
_HERE = {"--dir", "--out", "--date"}


class Plan(NamedTuple):
    """How much is measured. `slow` names the scenes in which the slow peers take part too."""

    scenes: dict[str, Recipe]
    growth: tuple[int, ...]
    growth_kinds: tuple[str, ...]
    repeats: int
    slow_repeats: int
    slow: tuple[str, ...] = ("dense",)


_SLOW = ("pipecat", "spans")
"""Kinds of which Python reads every line."""
_OWN = {"csv": CSV, "array": ARRAY, "pipecat": RECORD, "spans": RECORD}
FULL = Plan(
    {
        "debug": Recipe("debug", GB),
        "info-debug": Recipe("info-debug", GB),
        "sparse": Recipe("sparse", 4 * GB),
        "dense": Recipe("dense", GB),
        "dev": Recipe("dev", GB),
        "gz": Recipe("sparse", GB, gz=True),
        "docker": Recipe("docker", GB),
        "cri": Recipe("cri", GB),
        **{kind: Recipe(kind, GB) for kind in SHAPES if kind not in _SLOW},
        **{kind: Recipe(kind, 100 * MB) for kind in _SLOW},
    },
    (10 * MB, 100 * MB, GB, 10 * GB),
    ("sparse", "dense"),
    repeats=3,
    slow_repeats=3,
)
QUICK = Plan(
    {
        "debug": Recipe("debug", 100 * MB),
        "info-debug": Recipe("info-debug", 50 * MB),
        "sparse": Recipe("sparse", 200 * MB),
        "dense": Recipe("dense", 50 * MB),
        "dev": Recipe("dev", 50 * MB),
        "gz": Recipe("sparse", 50 * MB, gz=True),
        "docker": Recipe("docker", 50 * MB),
        "cri": Recipe("cri", 50 * MB),
        **{kind: Recipe(kind, 50 * MB) for kind in SHAPES if kind not in _SLOW},
        **{kind: Recipe(kind, 5 * MB) for kind in _SLOW},
    },
    (10 * MB, 100 * MB, 200 * MB),
    ("sparse",),
    repeats=3,
    slow_repeats=1,
)


def shape(recipe: Recipe) -> str:
    """What a peer must be able to read to take part."""
    if recipe.gz:
        return GZ
    if recipe.kind in _OWN:
        return _OWN[recipe.kind]
    return TEXT if recipe.kind in TEXTS else JSON


def play(name: str, recipe: Recipe, peers: Iterable[Peer], plan: Plan, folder: Path) -> Scene:
    """Measure these peers on one log: memory first, each alone, then the times in turns."""
    log = make(recipe, folder)
    measure.warm(log.path)
    asked = [peer for peer in peers if shape(recipe) in peer.shapes]
    able = [peer for peer in asked if not peer.missing]
    timings = {peer.name: Timing(peer.name, peer.does) for peer in able}
    for peer in able:
        _say(f"{name}, {log.path.name}: {peer.name}")
        _attempt(_examine, peer, log, timings[peer.name])
    for turn in range(max(plan.repeats, plan.slow_repeats)):
        _say(f"{name}, {log.path.name}: times, turn {turn + 1}")
        for peer in able:
            if turn < (plan.slow_repeats if peer.slow else plan.repeats):
                _attempt(_time, peer, log, timings[peer.name])
    missing = {peer.name: peer.missing for peer in asked if peer.missing}
    size, lines = log.truth["bytes"], log.truth["lines"]
    return Scene(name, log.path.name, size, lines, list(timings.values()), missing)


def _attempt(step: Any, peer: Peer, log: Log, timing: Timing) -> None:
    """Do one step of one peer; whoever failed once is not run again."""
    if not timing.failed:
        try:
            step(peer, log, timing)
        except measure.Failed as error:
            timing.failed = str(error)


def _examine(peer: Peer, log: Log, timing: Timing) -> None:
    command = peer.command(log.path)
    if measure.can_watch():
        timing.memory, output = measure.watch(command)
    else:
        _, output = measure.run(command)
    figures = peer.figures(output)
    timing.figures, timing.wrong = len(figures), disagreements(figures, log.truth)


def _time(peer: Peer, log: Log, timing: Timing) -> None:
    seconds, _ = measure.run(peer.command(log.path))
    timing.seconds.append(seconds)


def run(plan: Plan, folder: Path, date: str, command: str) -> Results:
    """Play every scene, then let the log grow."""
    facts = {"command": command, **machine.facts()}
    scenes = [
        play(name, recipe, [p for p in PEERS if not p.slow or name in plan.slow], plan, folder)
        for name, recipe in plan.scenes.items()
    ]
    growth = {
        kind: [
            play(f"growth, {kind}", Recipe(kind, size), [BY_NAME[TUNER]], plan, folder)
            for size in plan.growth
        ]
        for kind in plan.growth_kinds
        if plan.growth
    }
    return Results(facts, date, scenes, growth)


def _plan(given: argparse.Namespace) -> Plan:
    plan = QUICK if given.quick else FULL
    if given.only is not None:
        chosen = {n: recipe for n, recipe in plan.scenes.items() if n in given.only}
        plan = plan._replace(scenes=chosen)
        plan = plan if "growth" in given.only else plan._replace(growth=())
    if given.size is not None:
        resized = {n: recipe._replace(size=given.size) for n, recipe in plan.scenes.items()}
        plan = plan._replace(scenes=resized)
    if given.growth is not None:
        plan = plan._replace(growth=tuple(given.growth))
    if given.repeats is not None:
        plan = plan._replace(repeats=given.repeats, slow_repeats=given.repeats)
    return plan


def _command(words: Sequence[str]) -> str:
    """What anyone may type to measure the same, without what concerns this machine only."""
    kept = [w for w, before in zip(words, ("", *words), strict=False) if before not in _HERE]
    return " ".join(("python -m benchmarks.compare", *(w for w in kept if w not in _HERE)))


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.compare")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="small logs, minutes")
    parser.add_argument("--only", nargs="+", choices=[*FULL.scenes, "growth"], help="these scenes")
    parser.add_argument("--size", type=parse_size, help="one size for every scene, such as 100MB")
    parser.add_argument("--growth", nargs="*", type=parse_size, help="the sizes of the growth")
    parser.add_argument("--repeats", type=int, help="runs of each peer; the median counts")
    parser.add_argument("--date", default="", help="the day, as it is to stand in the tables")
    parser.add_argument("--out", type=Path, help="where results.md and results.json go")
    add_folder(parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a count disagreed or a peer failed."""
    given = _parser().parse_args(arguments)
    plan = _plan(given)
    results = run(plan, given.dir, given.date, _command(arguments or sys.argv[1:]))
    whole = plan == FULL
    out = given.out or (HERE if whole else given.dir)
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.md").write_text(tables.markdown(results))
    (out / "results.json").write_text(tables.document(results))
    sys.stdout.write(tables.markdown(results))
    _say(f"written to {out / 'results.md'} and results.json")
    if out.resolve() == HERE:
        readme.renew()
    if given.clean:
        made = clean(given.dir)
        _say(f"deleted {written(len(made))} logs in {given.dir}")
    return 1 if results.faults else 0


if __name__ == "__main__":
    sys.exit(main())
