"""Every version of a package, downloaded once and read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from pip._internal.exceptions import PipError

from tools.atlas import npm, pypi
from tools.atlas.archives import cached
from tools.atlas.merge import Version, read_version
from tools.atlas.packages import Package

Download = Callable[[], bytes]
FAILURES = (OSError, ValueError, PipError, subprocess.CalledProcessError)
"""What a registry or a broken archive can raise; requests' errors are OSErrors."""


def downloads(package: Package) -> list[tuple[str, Download]]:
    """Every version with the function that downloads it, oldest first."""
    if package.language == "javascript":
        versions = npm.versions(package.name)
        return [(version, partial(npm.download, package.name, version)) for version in versions]
    releases = pypi.releases(package.name, package.first)
    return [(release.version, partial(pypi.download, release)) for release in releases]


def read_package(package: Package, cache: Path, at_once: int) -> Iterator[Version]:
    """Every version that the registry has, read, oldest first; missing ones are named."""
    for version, files in _sources(package, cache, at_once):
        if files:
            yield read_version(package, version, files)
        else:
            print(f"{package.name} {version}: no sources")


def _sources(package: Package, cache: Path, at_once: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    versions = downloads(package)
    with ThreadPoolExecutor(at_once) as pool:
        fetch = partial(_fetch, package, cache)
        for (version, _), ok in zip(versions, pool.map(fetch, versions), strict=True):
            yield version, cached(cache, package, version, bytes) if ok else {}


def _fetch(package: Package, cache: Path, version: tuple[str, Download]) -> bool:
    try:
        cached(cache, package, *version)
    except FAILURES as error:
        print(f"{package.name} {version[0]}: {type(error).__name__}: {error}")
        return False
    return True
