"""Versions and sources of Python packages, through pip as it is set up on this machine.

pip has no public interface for "every version" or for a download that runs no build, so this
module, and no other, uses pip's own classes (pip 23 to 26).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import Version
from pip._internal.commands import create_command

if TYPE_CHECKING:
    from pip._internal.models.candidate import InstallationCandidate


class Release(NamedTuple):
    """One version of a package and the archive that holds its sources."""

    version: str
    filename: str
    url: str


@functools.cache
def _pip():  # type: ignore[no-untyped-def]  # pip's session and finder have no public types
    command = create_command("download")
    options, _ = command.parse_args(["pip"])
    session = command._build_session(options)  # type: ignore[attr-defined]
    finder = command._build_package_finder(  # type: ignore[attr-defined]
        options, session, ignore_requires_python=True
    )
    return session, finder


def _cost(candidate: InstallationCandidate) -> int:
    """A wheel for every platform is smallest; one for a single platform holds binaries."""
    filename = candidate.link.filename
    return 0 if filename.endswith("-any.whl") else 1 if not candidate.link.is_wheel else 2


def releases(package: str, first: str = "0") -> list[Release]:
    """Every version from `first` on, yanked ones and pre-releases too, oldest first."""
    best: dict[Version, InstallationCandidate] = {}
    for candidate in sorted(_pip()[1].find_all_candidates(package), key=_cost, reverse=True):
        best[Version(str(candidate.version))] = candidate
    return [
        Release(str(version), best[version].link.filename, best[version].link.url_without_fragment)
        for version in sorted(best)
        if version >= Version(first)
    ]


def download(release: Release) -> bytes:
    """The archive; raises what pip's session raises when the registry has it no more."""
    response = _pip()[0].get(release.url, headers={"Accept-Encoding": "identity"})
    response.raise_for_status()
    return bytes(response.content)
