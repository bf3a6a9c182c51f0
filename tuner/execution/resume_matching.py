"""Marks of earlier runs and the files of today in, where to resume each out.

A log is known again by its content, whatever its name is now: renamed, copied and truncated, or
packed. A new log under an old name is new.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tuner.errors import InputError
from tuner.execution import state_file
from tuner.execution.state_file import Mark
from tuner.inputs import remote, streams, versions

Key = Hashable


class Resumed(NamedTuple):
    """The mark of each known file, files to read besides, and marks whose logs are gone."""

    marks: dict[str, Mark]
    found: dict[str, str]
    gone: list[Mark]


def match(given: Mapping[str, str], marks: Sequence[Mark]) -> Resumed:
    """Find the log of each mark among the given files (path: version), or beside where it was."""
    begun = [mark for mark in marks if not mark.offset]
    matcher = _Matcher([mark for mark in marks if mark.offset])
    matcher.claim(given, lambda path: versions.identity(given[path]), _identity)
    matcher.claim(given, str, lambda mark: mark.path)
    matcher.claim(given, matcher.first_line, lambda mark: mark.first_line)
    beside = versions.planned(_beside([*matcher.free, *begun], given))
    matcher.claim(beside, lambda path: versions.identity(beside[path]), _identity)
    matcher.claim(beside, matcher.first_line, lambda mark: mark.first_line)
    claimed = _grown(begun, beside, matcher.claimed) | matcher.claimed
    found = {path: version for path, version in beside.items() if path in claimed}
    return Resumed(claimed, found, matcher.free)


def _identity(mark: Mark) -> str:
    return versions.identity(mark.version)


def _grown(
    begun: Sequence[Mark], beside: Mapping[str, str], claimed: Mapping[str, Mark]
) -> dict[str, Mark]:
    """Logs that had no whole line yet, grew and were renamed: only the inode is left to go by.

    A freed inode may come back as any file, most often as the archive of a log that was read. So
    a file that content has claimed, or that is packed, is never one of these.
    """
    by_identity = {_identity(mark): mark for mark in begun}
    by_identity.pop("", None)
    return {
        path: by_identity[versions.identity(version)]
        for path, version in beside.items()
        if versions.identity(version) in by_identity
        and path not in claimed
        and streams.plain_size(path) is not None
    }


class _Matcher:
    """Gives every mark to the first file that proves to be its log."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self.free = list(marks)
        self.claimed: dict[str, Mark] = {}
        self._lines: dict[str, bytes] = {}

    def claim(
        self, files: Mapping[str, str], key_of: Callable[[str], Key], known: Callable[[Mark], Key]
    ) -> None:
        """Give files the marks of the same key (`key_of` a file, `known` of a mark) they prove."""
        index: dict[Key, list[Mark]] = {}
        for mark in self.free:
            index.setdefault(known(mark), []).append(mark)
        for path, version in files.items():
            if index and version and path not in self.claimed and (key := key_of(path)):
                self._give(path, version, index.get(key, []))
        taken = {id(mark) for mark in self.claimed.values()}
        self.free = [mark for mark in self.free if id(mark) not in taken]

    def _give(self, path: str, version: str, marks: list[Mark]) -> None:
        mark = next((mark for mark in marks if _proved(mark, path, version)), None)
        if mark is not None:
            self.claimed[path] = mark
            marks.remove(mark)

    def first_line(self, path: str) -> bytes:
        """The hash of a file's first line."""
        if path not in self._lines:
            self._lines[path] = state_file.first_line(_head(path))
        return self._lines[path]


def _proved(mark: Mark, path: str, version: str) -> bool:
    """Whether the file holds what was read: nothing of a plain local file is believed unread."""
    trusted = mark.packed or remote.is_url(path)
    if trusted and mark.path == path and mark.version == version:
        return True
    try:
        with streams.opened(path, mark.offset) as log:
            tail = log.before[-mark.tail.size :] if mark.tail.size else b""
            there = log.start == mark.offset and mark.tail.fits(tail)
    except InputError:
        return False
    return there and mark.head.fits(_head(path)[: mark.head.size])


def _head(path: str) -> bytes:
    try:
        with streams.opened(path, little=True) as log:
            return streams.skip(log.stream, streams.KNOWN_BYTES)[1]
    except Exception:  # what cannot be unpacked is no log that was read before
        return b""


def _beside(marks: Iterable[Mark], given: Mapping[str, str]) -> list[str]:
    """Files that stand beside a log that is gone and begin with its name: rotated ones do."""
    found: dict[str, None] = {}
    for mark in marks:
        if not remote.is_url(mark.path):
            path = Path(mark.path)
            start = path.name.partition(".")[0]
            near = (p for p in _files(path.parent) if p.name.startswith(start))
            found.update(dict.fromkeys(map(str, near)))
    inodes = {versions.identity(version) for version in given.values()}
    there = versions.planned([path for path in found if path not in given])
    return [path for path, version in there.items() if versions.identity(version) not in inodes]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []
