"""What a release writes of the script: its templates, loggers, levels and keys, by the atlas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from packaging.version import Version

from tools.version_logs.conversation import LIVEKIT, Event, Measurement, Wording
from tools.version_logs.versions import Release
from tuner.atlas import HOLE, Row, load


class Line(NamedTuple):
    """One call of a logger."""

    event: Event
    row: Row
    message: str

    @property
    def fields(self) -> dict[str, object]:
        """The event's fields that this row carries."""
        every = "*" in self.row.extra
        return {k: v for k, v in self.event.fields.items() if every or k in self.row.extra}


def written(happens: list[Event | Measurement], release: Release) -> Iterator[Line | Measurement]:
    """The script in the release's words, without what it does not log."""
    for each in happens:
        if isinstance(each, Measurement):
            yield each
        elif line := _line(each, release):
            yield line


def _line(event: Event, release: Release) -> Line | None:
    for wording in event.wordings:
        if row := _row(wording, event, release):
            return Line(event, row, _fill(wording))
    return None


def _fill(wording: Wording) -> str:
    parts = wording.template.split(HOLE)
    return "".join(text for pair in zip(parts, (*wording.holes, ""), strict=True) for text in pair)


def _row(wording: Wording, event: Event, release: Release) -> Row | None:
    """The row with most of the event's keys, where several places log one text."""
    version = _version(wording.package, release)
    if not version or (wording.since and Version(version) < Version(wording.since)):
        return None
    rows = (row for row in load().rows if row.package == wording.package)
    fitting = [r for r in rows if r.template == wording.template and _has(r, version)]
    return max(fitting, key=lambda row: len(event.fields.keys() & row.extra), default=None)


def _has(row: Row, version: str) -> bool:
    releases = load().releases[row.package]
    ends = (span.partition("..") for span in row.ranges)
    return any(version in releases.between(first, last or first) for first, _, last in ends)


def _version(package: str, release: Release) -> str:
    """The package's version beside this release: a plugin's newest that is not newer."""
    if package == LIVEKIT or not package.startswith("livekit-"):
        return {LIVEKIT: release.version, **release.others}.get(package, "")
    versions = load().releases[package].package.versions
    return max((v for v in versions if Version(v) <= Version(release.version)), key=Version)
