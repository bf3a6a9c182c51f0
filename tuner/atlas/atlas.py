"""The atlas: which template, logger and versions a log line is from."""

from __future__ import annotations

import functools
import gc
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tuner.atlas.pattern import KEY, Pattern, by_key, patterns
from tuner.atlas.releases import Releases
from tuner.atlas.row import Package, Row
from tuner.lazy_patterns import lazy_pattern

Answer = Literal["yes", "no", "unknown"]
COLOUR = r"\x1b\[[0-9;]*[A-Za-z]"
BEGINNINGS = lazy_pattern(rf"(?:{COLOUR})+|\w+|[^\w\s]")
"""Where a message may begin: at a word or a sign, also right behind a colour code."""


class Line(NamedTuple):
    """What a log line shows of itself; "" and () where its layout does not show it."""

    message: str
    logger: str = ""
    level: str = ""
    keys: tuple[str, ...] = ()
    """Keys of its fields; keys that the atlas does not know for this message are ignored."""


class MessagePlace(NamedTuple):
    """A message found inside a line: it begins at `offset`, and `row` can have written it."""

    offset: int
    row: Row


class Atlas:
    """Rows and versions of all packages, with indexes that are built when first needed."""

    def __init__(self, rows: tuple[Row, ...], packages: tuple[Package, ...]) -> None:
        self.rows = rows
        self.releases = {package.name: Releases(package) for package in packages}

        self._patterns: dict[str, list[Pattern]] = {}

    @functools.cached_property
    def _index(self) -> dict[str, list[Row]]:
        return by_key(self.rows)

    @functools.cached_property
    def _sorted(self) -> list[tuple[str, int]]:
        """The templates in order, each with the place of its row."""
        return sorted((row.template.strip(), place) for place, row in enumerate(self.rows))

    @functools.cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(key for key in self._index if len(key) == KEY)

    def _under(self, key: str) -> list[Pattern]:
        """The patterns of this key, made when it is first asked for."""
        if key not in self._index:
            return []
        if key not in self._patterns:
            self._patterns[key] = patterns(self._index[key])
        return self._patterns[key]

    def match(self, message: str, logger: str = "") -> Row | None:
        """The row that wrote this message, or None if none fits.

        Of several that fit, one of `logger` is preferred (never required: layouts cut and rename
        loggers), then the one with most text of its own, a Python package, the newest versions.
        """
        fitting = self._fitting(message)
        of_logger = (
            [row for row in pattern.rows if logger and row.logger == logger] for pattern in fitting
        )
        rows = next(filter(None, of_logger), [])
        return self._best(rows or (fitting[0].rows if fitting else ()))

    def complete(self, beginning: str) -> Row | None:
        """The row of a message that a screen cut off: `beginning` is all that is left of it.

        At least KEY characters; of several rows the one that lacks least. None if no row fits.
        """
        beginning = beginning.strip()
        key = beginning[:KEY]
        patterns = self._under(key) if key in self._beginnings else []
        begun = [pattern for pattern in patterns if pattern.can_begin(beginning)]
        return self._best(min(begun, key=lambda each: each.weight).rows if begun else ())

    def matches(self, line: Line) -> tuple[Row, ...]:
        """All rows that can have written the line: message, logger, level and keys agree.

        Where the atlas does not know a logger or level, or the line does not show it, it agrees.
        """
        fitting = (
            [row for row in pattern.rows if _agrees(row, line.logger, line.level)]
            for pattern in self._fitting(line.message)
        )
        rows = next(filter(None, fitting), [])
        known = {key for row in rows for key in row.extra} & set(line.keys)
        return tuple(row for row in rows if "*" in row.extra or known <= set(row.extra))

    def find_message(self, line: str) -> MessagePlace | None:
        """The earliest place in a line of unknown layout at which a message of the atlas begins.

        Messages that begin with a hole, or with fewer than KEY characters of their own, are not
        looked for. What stands behind the message does not matter.
        """
        for word in BEGINNINGS.finditer(line):
            offset = word.end() if word[0][0] == "\x1b" else word.start()
            key = line[offset : offset + KEY]
            for pattern in self._under(key) if key in self._beginnings else ():
                if pattern.begins_at(line, offset):
                    return MessagePlace(offset, max(pattern.rows, key=self._rank))
        return None

    def starts(self) -> frozenset[str]:
        """The texts, KEY characters each, at which `find_message` can find a message."""
        return self._beginnings

    def beginning_with(self, text: str) -> list[Row]:
        """The rows whose templates begin with a text, which may have holes as they have them."""
        places = []
        for template, place in self._sorted[bisect_left(self._sorted, (text, -1)) :]:
            if not template.startswith(text):
                break
            places.append(place)
        return [self.rows[place] for place in sorted(places)]

    def versions_that_write(self, lines: Iterable[Line], package: str) -> tuple[str, ...]:
        """The versions of a package that can write every one of these lines, oldest first.

        Lines of other packages are ignored. Empty if no line is of this package, or if no one
        version writes them all, as when a file holds the logs of two versions.
        """
        releases = self.releases[package]
        written = [w for line in lines if (w := releases.writers(self._of(package, line)))]
        return releases.names(functools.reduce(int.__and__, written)) if written else ()

    def could_write(
        self, package: str, versions: Iterable[str], text: str, logger: str = "", level: str = ""
    ) -> Answer:
        """Whether these versions of a package can write a message that begins with `text`.

        `text` is the beginning of a template. "yes": each version can; "no": none can;
        "unknown": some can, or the atlas did not read that package or one of the versions.
        """
        releases = self.releases.get(package)
        asked = releases.bits(versions) if releases else None
        if not releases or not asked:
            return "unknown"
        writers = releases.writers(
            row
            for row in self.beginning_with(text)
            if row.package == package and _agrees(row, logger, level)
        )
        return "no" if not asked & writers else "yes" if asked & ~writers == 0 else "unknown"

    def _fitting(self, message: str) -> list[Pattern]:
        """The templates that fit the whole message, the heaviest first."""
        message = message.strip()
        found = [
            pattern
            for length in range(min(len(message), KEY) + 1)
            for pattern in self._under(message[:length])
            if pattern.longest in message and pattern.fits(message)
        ]
        return sorted(found, key=lambda pattern: -pattern.weight)

    def _best(self, rows: Iterable[Row]) -> Row | None:
        return max(rows, key=self._rank, default=None)

    def _of(self, package: str, line: Line) -> list[Row]:
        return [row for row in self.matches(line) if row.package == package]

    def _rank(self, row: Row) -> tuple[bool, float]:
        """Python packages before Node's; then how late in its history the row was last written."""
        package = self.releases[row.package].package
        age = package.versions.index(row.last) / len(package.versions)
        return package.language == "python", age


def _agrees(row: Row, logger: str, level: str) -> bool:
    return row.logger in ("", logger or row.logger) and row.level in ("", level or row.level)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection meanwhile: it would take six times as long as the decoding itself."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@functools.cache
def load() -> Atlas:
    """The atlas that ships with this program; read once, on first use."""
    data = Path(__file__).with_name("data")
    with _no_collection():
        lines = msgspec.json.Decoder(Row).decode_lines((data / "lines.jsonl").read_bytes())
        versions = msgspec.json.Decoder(Package).decode_lines(
            (data / "versions.jsonl").read_bytes()
        )
    return Atlas(tuple(lines), tuple(versions))
