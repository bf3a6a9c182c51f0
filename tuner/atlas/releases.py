"""Sets of a package's versions as the bits of one number, oldest version lowest."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable

from tuner.atlas.row import Package, Row
from tuner.atlas.version_order import place


class Releases:
    """The versions of one package in their order."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._at = {version: index for index, version in enumerate(package.versions)}

    def between(self, first: str, last: str) -> tuple[str, ...]:
        """All versions from `first` to `last`; none if either was not read."""
        if first not in self._at or last not in self._at:
            return ()
        return self.package.versions[self._at[first] : self._at[last] + 1]

    def bits(self, versions: Iterable[str]) -> int | None:
        """The set of these versions, or None if one of them was not read."""
        found = 0
        for version in versions:
            if version not in self._at:
                return None
            found |= 1 << self._at[version]
        return found

    def around(self, version: str) -> tuple[str, ...]:
        """The version itself or, if it was not read, the one before it and the one behind it.

        None where it is older than all that were read.
        """
        if version in self._at:
            return (version,)
        versions = self.package.versions
        behind = bisect(versions, place(version), key=place)
        return versions[behind - 1 : behind + 1] if behind else ()

    def writers(self, rows: Iterable[Row]) -> int:
        """The set of versions that can write any of these rows."""
        found = 0
        for row in rows:
            for span in row.ranges:
                first, _, last = span.partition("..")
                found |= (2 << self._at[last or first]) - (1 << self._at[first])
        return found

    def names(self, bits: int) -> tuple[str, ...]:
        """The versions of a set, oldest first."""
        return tuple(v for index, v in enumerate(self.package.versions) if bits >> index & 1)

    def text(self, versions: Iterable[str]) -> str:
        """The versions for a reader: "livekit-agents 1.5.4–1.5.17", gaps as ", "."""
        runs: list[list[int]] = []
        for index in sorted(self._at[version] for version in versions):
            if runs and index == runs[-1][1] + 1:
                runs[-1][1] = index
            else:
                runs.append([index, index])
        return f"{self.package.name} {', '.join(map(self._span, runs))}".strip()

    def _span(self, run: list[int]) -> str:
        first, last = (self.package.versions[index] for index in run)
        return first if first == last else f"{first}–{last}"
