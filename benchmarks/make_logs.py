"""Makes large logs from the genuine sample logs, with the truth about each beside it.

python -m benchmarks.make_logs sparse 100MB --dir logs
python -m benchmarks.make_logs dense 1GB --gz
python -m benchmarks.make_logs --clean
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import IO, Any, NamedTuple

from benchmarks.blocks import KINDS, TEXTS
from benchmarks.entries import FOLDER
from benchmarks.layout_shapes import LAYOUT_SHAPES
from benchmarks.shapes import SHAPES, Shape
from benchmarks.truth import Truth

DEFAULT_DIR = Path(tempfile.gettempdir()) / "voice-tuner-bench"
_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_FORMAT = 5
"""Raise it when the same recipe would make another log."""


_BARE = Shape(lambda entry: entry.raw)


class Recipe(NamedTuple):
    """What determines a log to the last byte. `size` is in bytes, before packing."""

    kind: str
    size: int
    density: float = 0.01
    seed: int = 1
    gz: bool = False

    @property
    def name(self) -> str:
        """The file's name."""
        thin = f"-{self.density:g}" if self.kind in ("sparse", "dev") else ""
        seed = "" if self.seed == 1 else f"-seed{self.seed}"
        end = ".log" if self.kind in TEXTS else ".jsonl"
        return f"bench-{self.kind}{thin}-{written(self.size)}{seed}{end}{'.gz' * self.gz}"


class Log(NamedTuple):
    """A log that was made, and what is true of it."""

    path: Path
    truth: dict[str, Any]


def make(recipe: Recipe, folder: Path) -> Log:
    """Return the log of this recipe, making it unless it is there already."""
    path = folder / recipe.name
    beside = truth_path(path)
    stamp = {"recipe": recipe._asdict(), "format": _FORMAT, "samples": _samples()}
    if path.exists() and beside.exists():
        known = json.loads(beside.read_text())
        if known["stamp"] == stamp:
            return Log(path, known["truth"])
    folder.mkdir(parents=True, exist_ok=True)
    beside.unlink(missing_ok=True)  # a log that was left unfinished must not pass for whole
    _check_room(folder, recipe)
    with path.open("wb") as raw:
        if recipe.gz:
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                truth = write(recipe, packed)
        else:
            truth = write(recipe, raw)
    figures = truth.figures()
    beside.write_text(json.dumps({"stamp": stamp, "truth": figures}, indent=1) + "\n")
    return Log(path, figures)


def write(recipe: Recipe, out: IO[bytes] | gzip.GzipFile) -> Truth:
    """Write copies of the kind's blocks, one after the other in time, and return the truth.

    Whole blocks only: the log is as long as fits into the size, and at least one block.
    """
    blocks = KINDS[recipe.kind](recipe.density, recipe.seed)
    shape = SHAPES.get(recipe.kind) or LAYOUT_SHAPES.get(recipe.kind.removeprefix("debug-"), _BARE)
    clock, number, uses = blocks[0].template.start, 0, [0] * len(blocks)
    done = 0
    for place, block in cycle(enumerate(blocks)):
        data = block.template.copy(clock, number)
        if done and done + len(data) > recipe.size:
            break
        out.write(shape.comma if done else shape.before)
        out.write(data[: len(data) - len(shape.comma)])
        done += len(data)
        uses[place] += 1
        clock += timedelta(minutes=block.template.minutes)
        number += block.template.ids
    out.write(shape.behind)
    truth = Truth()
    for block, times in zip(blocks, uses, strict=True):
        if times:
            truth.add(block.truth, times)
    around = shape.before + shape.behind
    truth.counts["bytes"] += len(around) - len(shape.comma)
    truth.counts["lines"] += around.count(b"\n") - bool(shape.comma)
    truth.hidden = shape.hidden
    return truth


def clean(folder: Path) -> list[Path]:
    """Delete the logs that were made here, and nothing else; return their paths."""
    made = sorted(folder.glob("bench-*.truth.json"))
    logs = [path.with_name(path.name.removesuffix(".truth.json")) for path in made]
    for path in (*made, *logs):
        path.unlink(missing_ok=True)
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()
    return logs


def truth_path(log: Path) -> Path:
    """Where the truth of a log stands."""
    return log.with_name(log.name + ".truth.json")


def parse_size(text: str) -> int:
    """Read a size such as 10MB, 1.5GB or 4096; the units are decimal."""
    number = text.strip().upper().rstrip("KMGB")
    unit = text.strip().upper()[len(number) :]
    try:
        size = int(float(number) * _UNITS[unit])
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write 10MB or 1GB") from None
    if size <= 0:
        raise argparse.ArgumentTypeError(f"{text!r}: a size is above zero")
    return size


def written(size: int) -> str:
    """Write a size as briefly as it can be read back."""
    for unit in ("GB", "MB", "KB"):
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:g}{unit}"
    return str(size)


def _samples() -> dict[str, int]:
    """The sample logs by size: new ones make new logs."""
    return {p.name: p.stat().st_size for p in sorted(FOLDER.iterdir()) if "log" in p.name}


def _check_room(folder: Path, recipe: Recipe) -> None:
    needed = recipe.size // 5 if recipe.gz else recipe.size
    free = shutil.disk_usage(folder).free
    if free < needed * 1.05:
        raise SystemExit(
            f"{folder} has {written(free)} free, {recipe.name} needs {written(needed)}: "
            "name a roomier folder with --dir, or run with --clean first"
        )


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where logs are kept."""
    parser.add_argument("--dir", type=Path, default=DEFAULT_DIR, help="where the logs are kept")
    parser.add_argument("--clean", action="store_true", help="delete the logs that were made there")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make one log, or delete all."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.make_logs")
    parser.add_argument("kind", nargs="?", choices=KINDS)
    parser.add_argument("size", nargs="?", type=parse_size, help="10MB to 10GB, before packing")
    parser.add_argument(
        "--density", type=float, default=0.01, help="share of signals (sparse, dev)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gz", action="store_true")
    add_folder(parser)
    given = parser.parse_args(arguments)
    if given.clean:
        removed = clean(given.dir)
        sys.stdout.write(f"deleted {len(removed)} logs in {given.dir}\n")
    elif given.size is None:
        parser.error("name a kind and a size, or --clean")
    else:
        recipe = Recipe(given.kind, given.size, given.density, given.seed, given.gz)
        log = make(recipe, given.dir)
        sys.stdout.write(f"{log.path}\n{json.dumps(log.truth, indent=1)}\n")


if __name__ == "__main__":
    main()
