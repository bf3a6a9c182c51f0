"""Paths in, again and again, the inputs that they mean by now out.

To list an archive it has to be unpacked: that is done again only where the file changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tuner.inputs.archives import Members
from tuner.inputs.find import FoundInputs, find_inputs, members

_Version = tuple[int, int, int, int] | None
"""Device, inode, size and time of a file; None where there is none."""


class FoundAgain:
    """Finds inputs as `find_inputs` does; it remembers what the files of the last time hold."""

    def __init__(self) -> None:
        self._listed: dict[str, tuple[_Version, Members]] = {}

    def find(self, paths: Sequence[str]) -> FoundInputs:
        """The inputs that are there now."""
        before, self._listed = self._listed, {}

        def list_members(path: str) -> Members:
            version, known = _version(path), before.get(path)
            found = known[1] if known is not None and known[0] == version else members(path)
            self._listed[path] = version, found
            return found

        return find_inputs(paths, list_members)


def _version(path: str) -> _Version:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
