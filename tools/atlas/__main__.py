"""Command line: `python -m tools.atlas [--cache FOLDER] [PACKAGE ...]`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tools.atlas import data
from tools.atlas.fetch import FAILURES, read_package
from tools.atlas.merge import rows
from tools.atlas.packages import PACKAGES, Package

CACHE = Path.home() / ".cache" / "voice-tuner-atlas"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.atlas", description=__doc__)
    parser.add_argument("packages", nargs="*", help="only these packages; all when left out")
    parser.add_argument("--cache", type=Path, default=CACHE, help="keeps downloaded sources")
    parser.add_argument("--at-once", type=int, default=4, help="downloads at the same time")
    return parser.parse_args()


def main() -> None:
    """Reads the packages and writes what changed in the atlas."""
    arguments = _arguments()
    versions, lines = data.load()
    for package in PACKAGES:
        if not arguments.packages or package.name in arguments.packages:
            _update(package, arguments, versions, lines)
            data.save(versions, lines)


def _update(
    package: Package,
    arguments: argparse.Namespace,
    versions: dict[str, str],
    lines: dict[str, list[str]],
) -> None:
    """Replaces a package's rows; they stay as they are when its registry does not answer."""
    start = time.monotonic()
    try:
        read = list(read_package(package, arguments.cache, arguments.at_once))
    except FAILURES as error:
        print(f"{package.name}: not read: {error}")
        return
    versions[package.name] = data.version_line(package, [version.version for version in read])
    lines[package.name] = [data.row_line(row) for row in rows(package, read)]
    seconds = time.monotonic() - start
    print(f"{package.name}: {len(read)} versions, {len(lines[package.name])} rows, {seconds:.0f} s")


if __name__ == "__main__":
    main()
