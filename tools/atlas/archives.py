"""Sources out of wheels, sdists and npm tarballs, kept in a cache as small zip files."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.atlas.packages import Package

TESTS = re.compile(r"(^|/)(tests?|__tests__|examples|node_modules)/|\.test\.|_test\.js$|(^|/)test_")


def _members(archive: bytes) -> Iterator[tuple[str, bytes]]:
    if archive[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist() if _wanted(name))
        return
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() and _wanted(member.name) else None
            if stream is not None:
                yield member.name, stream.read()


def _wanted(name: str) -> bool:
    return name.endswith((".py", ".js")) and not TESTS.search(name)


def _inside(package: Package, name: str) -> str:
    """The name from the package's own top folder on: livekit/agents/worker.py, dist/worker.js."""
    folder = "dist" if package.language == "javascript" else package.folder
    _, found, rest = f"/{name}".partition(f"/{folder}/")
    return f"{folder}/{rest}" if found else ""


def sources(package: Package, archive: bytes) -> dict[str, bytes]:
    """The package's source files by name, tests left out."""
    suffix = ".js" if package.language == "javascript" else ".py"
    named = ((_inside(package, name), text) for name, text in _members(archive))
    return dict(sorted((name, text) for name, text in named if name.endswith(suffix)))


def cached(
    cache: Path, package: Package, version: str, download: Callable[[], bytes]
) -> dict[str, bytes]:
    """The sources of one version: from the cache, else downloaded and put there."""
    path = cache / package.name.replace("/", "+") / f"{version}.zip"
    if not path.exists():
        _store(path, sources(package, download()))
    with zipfile.ZipFile(path) as stored:
        return {name: stored.read(name) for name in stored.namelist()}


def _store(path: Path, files: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in files.items():
            target.writestr(name, text)
    partial.rename(path)
