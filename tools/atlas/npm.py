"""Versions and tarballs of Node packages, through npm as it is set up on this machine."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path


def order(version: str) -> tuple[tuple[int, ...], bool, list[tuple[bool, int, str]]]:
    """Sorts versions as semver does: 1.0.0-next.2 before 1.0.0-next.10 before 1.0.0."""
    release, _, pre = version.partition("+")[0].partition("-")
    parts = [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in pre.split(".") if p]
    return tuple(int(number) for number in release.split(".")), not pre, parts


def versions(package: str) -> list[str]:
    """Every version, oldest first; raises CalledProcessError for an unknown package."""
    command = ["npm", "view", package, "versions", "--json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(output)
    return sorted([found] if isinstance(found, str) else found, key=order)


def download(package: str, version: str) -> bytes:
    """The tarball; `npm pack` of a released package runs none of its scripts."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package}@{version}"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        return next(Path(folder).glob("*.tgz")).read_bytes()
