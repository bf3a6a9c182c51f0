"""How fast each layout and export is read: in CPU seconds of all processes, and in what memory.

python -m benchmarks.layouts --size 1GB                        # all
python -m benchmarks.layouts --size 200MB --only csv rich-1.3.3

A log is made, read once, and deleted. Exit 1 if a count is not the log's.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import measure
from benchmarks.blocks import KINDS
from benchmarks.make_logs import Recipe, add_folder, make, parse_size, truth_path
from benchmarks.peers import BY_NAME, TUNER, disagreements

ENOUGH = 50
"""MB per CPU second: with two cores 100 MB/s."""


class Reading(NamedTuple):
    """What a log took: bytes before packing, CPU and wall seconds, peak memory in MB with and
    without mapped files, and the figures that are not the log's."""

    name: str
    size: int
    cpu_s: float
    wall_s: float
    memory: measure.Memory
    wrong: Sequence[str]

    @property
    def speed(self) -> float:
        """MB per CPU second."""
        return self.size / 1e6 / self.cpu_s


def _zipped(log: Path) -> Path:
    packed = log.with_name(log.name + ".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(log, log.name)
    return packed


def _gzipped(log: Path) -> Path:
    packed = log.with_name(log.name + ".gz")
    with log.open("rb") as plain, gzip.open(packed, "wb", compresslevel=1) as out:
        shutil.copyfileobj(plain, out, 1 << 20)
    return packed


PACKED: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "gz": ("dense", _gzipped),
    "zip": ("dense", _zipped),
    "csv-gz": ("csv", _gzipped),
}
"""Logs that are packed before they are read."""


def read(name: str, size: int, folder: Path) -> Reading:
    """Make a log, read it and delete it."""
    kind, pack = PACKED.get(name, (name, None))
    log = make(Recipe(kind, size), folder)
    paths = [log.path, truth_path(log.path)]
    try:
        paths.append(pack(log.path) if pack else log.path)
        before, wall = _children(), os.times().elapsed
        memory, output = measure.watch(BY_NAME[TUNER].command(paths[-1]))
        taken, wall = _children() - before, os.times().elapsed - wall
        wrong = disagreements(BY_NAME[TUNER].figures(output), log.truth)
        return Reading(name, log.truth["bytes"], taken, wall, memory, wrong)
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _children() -> float:
    """CPU seconds of all processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def table(readings: Sequence[Reading]) -> Iterator[str]:
    """The readings as a table, the slowest first."""
    yield "| layout | MB | CPU s | MB per CPU s | wall s | peak MB (own) | figures |"
    yield "|---|---|---|---|---|---|---|"
    for one in sorted(readings, key=lambda one: one.speed):
        memory = f"{one.memory.total:.0f} ({one.memory.own or 0:.0f})"
        figures = "; ".join(one.wrong) or "true"
        slow = " **" * (one.speed < ENOUGH)
        yield (
            f"| {one.name} | {one.size / 1e6:.0f} | {one.cpu_s:.2f} | {one.speed:.0f}{slow} "
            f"| {one.wall_s:.1f} | {memory} | {figures} |"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a count is not the log's."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.layouts")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    names = [*KINDS, *PACKED]
    parser.add_argument("--size", type=parse_size, default=parse_size("200MB"))
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    add_folder(parser)
    given = parser.parse_args(arguments)
    readings = []
    for name in given.only:
        try:
            readings.append(read(name, given.size, given.dir))
        except measure.Failed as error:
            sys.stdout.write(f"{name}: {error}\n")
            continue
        sys.stderr.write(f"{name}: {readings[-1].speed:.0f} MB per CPU second\n")
    sys.stdout.write("\n".join(table(readings)) + "\n")
    return int(any(one.wrong for one in readings) or len(readings) < len(given.only))


if __name__ == "__main__":
    sys.exit(main())
