"""Calls of many versions as rows: one a message, with the versions that can write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tools.atlas import python_source
from tools.atlas.calls import Call, Logger, Source
from tools.atlas.packages import Package
from tools.atlas.python_loggers import resolved


class Version(NamedTuple):
    """What one version of a package can log: each call, and a file that has it."""

    version: str
    calls: dict[Call, str]


def read_version(package: Package, version: str, files: dict[str, bytes]) -> Version:
    """Reads every source file of one version; a file that cannot be parsed is left out."""
    read = _reader(package)
    sources: dict[str, Source] = {}
    for name, text in sorted(files.items()):
        try:
            sources[name] = read(name, text)
        except (SyntaxError, ValueError):
            print(f"{package.name} {version}: cannot parse {name}")
    modules = {_module(name): source.loggers for name, source in sources.items()}
    calls: dict[Call, str] = {}
    for name, source in sources.items():
        for call in source.calls:
            logger = resolved(call.logger, modules)
            calls.setdefault(call._replace(logger=Logger(logger)), name)
    return Version(version, calls)


def _reader(package: Package) -> Callable[[str, bytes], Source]:
    if package.language == "python":
        return python_source.read
    from tools.atlas import javascript_source  # needs tree-sitter, which nothing else does

    return javascript_source.read


def _module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def rows(package: Package, versions: Iterable[Version]) -> list[list[str]]:
    """Sorted rows: package, logger, level, template, extra keys, newest file, version ranges.

    `versions` are in release order, oldest first. Extra keys are joined by blanks, ranges too.
    """
    read = list(versions)
    at: dict[Call, list[int]] = {}
    files: dict[Call, str] = {}
    for index, version in enumerate(read):
        for call, name in version.calls.items():
            at.setdefault(call, []).append(index)
            files[call] = name
    names = [version.version for version in read]
    return sorted(
        [
            *(package.name, call.logger.name, call.level, call.template, " ".join(call.extra)),
            *(files[call], ranges(at[call], names)),
        ]
        for call in at
    )


def ranges(indices: list[int], names: list[str]) -> str:
    """Neighbouring versions as `first..last`, a lone one by itself, with blanks between."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return " ".join(
        names[low] if low == high else f"{names[low]}..{names[high]}" for low, high in runs
    )
