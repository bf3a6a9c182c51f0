"""Which package, in which versions, wrote a log, and which lines those can write at all.

The version is the one that the log names; else it is any that can write all lines of the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache, reduce
from operator import and_
from typing import NamedTuple

from tuner import atlas
from tuner.atlas import version_order
from tuner.call_records.detection import source_of
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.catalogue.table import BY_KIND
from tuner.lines.json_lines import PINO
from tuner.names import Kind
from tuner.summary.summary import LONGEST_VALUE, SPELLED, Summary

PYTHON, NODE = "livekit-agents", "@livekit/agents"
PLUGINS = ("livekit.plugins", "livekit.…")
"""How the loggers of plugins begin, also on screens that cut the names."""
TURN_LOG_SINCE = (1, 8)
"""From this version of livekit-agents on the turn log can be attached to any agent, up to 2.0."""
_NAMED = {"start": "as logged at its start", "turn log": "as its turn log says"}
_BY_ITS_LINES = "by its lines"
_NO_VOICE = frozenset(
    ("worker_started", "session_started", "turn", "interruption", "sound", "openai_call")
)
"""Kinds that tell nothing of a version: of the turn log, or the same in all."""


_ONLY_PYTHON = frozenset(
    ("http_headers", "http_request", "http_started", "connect", "openai_response", "openai_retry")
)
"""Kinds of httpx, httpcore and the SDK of OpenAI for Python: no log of agents-js has them."""


_OF_NODE = lazy_pattern(
    rb"(?<![_\w])SegmentSynchronizerImpl\."
    rb'|"(?:jobID|ttftMs|endOfUtteranceDelayMs|extraInferenceTimeMs)" ?:'
    rb"|^\[[^]\n]{8,40}\] (?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) \([^)\n]{1,60}\): "
)
"""Its class and its names of fields, which differ from Python's, and how pino-pretty begins a line.
"""


class Writer(NamedTuple):
    """`package` is "" where no line is LiveKit's; `versions` are empty where none fits."""

    package: str = ""
    versions: tuple[str, ...] = ()
    basis: str = ""

    @property
    def text(self) -> str:
        """For a report: "livekit-agents 1.5.4–1.5.17 by its lines"; "" if nothing is known."""
        if not self.versions:
            return ""
        if self.basis != _BY_ITS_LINES:
            return f"{self.package} {', '.join(self.versions)}, {self.basis}"
        return f"{self.name} {self.basis}"

    @property
    def name(self) -> str:
        """The package with its versions, as far as they are known."""
        releases = atlas.load().releases[self.package]
        known = bool(self.versions) and releases.bits(self.versions) is not None
        return releases.text(self.versions) if known else self.package

    @property
    def is_node(self) -> bool:
        """Whether it is agents-js."""
        return self.package == NODE

    @property
    def takes_turn_log(self) -> bool:
        """Whether the turn log can be attached to such an agent, as far as is known."""
        if self.is_node:
            return False
        return not self.versions or any(
            TURN_LOG_SINCE <= version_order.place(version)[0] < (2,)
            for version in reversed(self.versions)
        )

    @property
    def is_new_enough(self) -> bool:
        """Whether the turn log can be attached for certain."""
        places = [version_order.place(version)[0] for version in self.versions]
        fit = [TURN_LOG_SINCE <= each < (2,) for each in places]
        return self.package == PYTHON and bool(fit) and all(fit)

    @property
    def names_since(self) -> tuple[int, ...]:
        """The version whose names of options it surely takes: the oldest 1.x that may be, for newer
        ones take them too, else the newest of all."""
        places = sorted(version_order.place(version)[0] for version in self.versions)
        return next((each for each in places if each >= (1,)), places[-1] if places else ())

    def can_write(self, *kinds: Kind) -> bool:
        """Whether any of these versions writes a line of these kinds, as far as is known."""
        return not self.versions or any(
            _can_write(self.package, self.versions, kind) for kind in kinds
        )

    def without(self, kind: Kind) -> tuple[str, ...]:
        """The versions among those that the log names which write no line of this kind."""
        if self.basis == _BY_ITS_LINES:
            return ()
        return tuple(v for v in self.versions if not _can_write(self.package, (v,), kind))

    def is_before(self, version: str) -> bool:
        """Whether all of its versions are older than this one of the package."""
        return all(version_order.place(own) < version_order.place(version) for own in self.versions)

    def first_version(self, *kinds: Kind) -> str:
        """The first version of the package that writes such a line; "" if none does."""
        releases = atlas.load().releases[self.package]
        writers = 0
        for kind in kinds:
            writers |= releases.writers(_rows(self.package, kind))
        return next(iter(releases.names(writers)), "")


def writer_of(summary: Summary) -> Writer:
    """Who wrote the log of one input.

    Versions older than all that were read are none: agents-js called itself 0.1.0 for long.
    """
    named = [name.split(" ", 2) for name in summary.versions]
    releases = atlas.load().releases
    named = [each for each in named if releases[each[0]].around(each[1])]
    for basis, words in _NAMED.items():
        found = [(package, version) for package, version, where in named if where == basis]
        if found:
            package = found[0][0]
            versions = dict.fromkeys(version for other, version in found if other == package)
            source = source_of(summary.wrappers)
            record = f"as its {source.name.removeprefix('LiveKit ')} says" if source else words
            return Writer(package, tuple(versions), record)
    return _by_its_lines(summary)


def _by_its_lines(summary: Summary) -> Writer:
    loggers = {logger for logger, _ in summary.levels}
    if any(logger.startswith("livekit") for logger in loggers) or any(
        _spelled(PYTHON, text) for text in _spellings(summary)
    ):
        return Writer(PYTHON, _likeliest(summary, PYTHON), _BY_ITS_LINES)
    if "" not in loggers:
        return Writer()
    packages = (NODE,) if summary.shapes[PINO] or _is_of_node(summary) else (PYTHON, NODE)
    packages = (PYTHON,) if any(summary.counts[kind] for kind in _ONLY_PYTHON) else packages
    fitting = {package: _fitting(summary, package) for package in packages}
    package = next((name for name in fitting if fitting[name]), packages[0] * (len(packages) == 1))
    return Writer(package, fitting.get(package, ()), _BY_ITS_LINES)


def _is_of_node(summary: Summary) -> bool:
    """Whether the lines that are kept look as only agents-js writes them."""
    kept = (raw for places in summary.evidence.values() for _, raw in places)
    return any(_OF_NODE.search(raw) for raw in kept)


def _fitting(summary: Summary, package: str) -> tuple[str, ...]:
    """The versions that can write all lines of the log; none where nothing tells them apart."""
    return _named(package, reduce(and_, _sets_of_writers(summary, package), -1))


def _likeliest(summary: Summary, package: str) -> tuple[str, ...]:
    """The same; where no version writes all lines, as several did, those that no other outdoes, if
    the turn log is new to all of them."""
    sets = _sets_of_writers(summary, package)
    if reduce(and_, sets, -1):
        return _fitting(summary, package)
    places = range(len(atlas.load().releases[package].package.versions))
    lines = [frozenset(n for n, each in enumerate(sets) if each >> place & 1) for place in places]
    most = {each for each in lines if not any(each < other for other in lines)}
    named = _named(package, sum(1 << place for place in places if lines[place] in most))
    return named if all(version_order.place(each)[0] < TURN_LOG_SINCE for each in named) else ()


def _named(package: str, versions: int) -> tuple[str, ...]:
    """The versions of a set; none if it holds all."""
    releases = atlas.load().releases[package]
    everything = (1 << len(releases.package.versions)) - 1
    return () if versions & everything == everything else releases.names(versions & everything)


def _sets_of_writers(summary: Summary, package: str) -> list[int]:
    """For each line that tells versions apart, the set of those that can write it."""
    releases = atlas.load().releases[package]
    plugins = _may_be_plugins(summary)
    told = (kind for kind in BY_KIND if not (plugins and _is_of_plugins(kind)))
    counted = [kind for kind in told if summary.counts[kind] and kind not in _NO_VOICE]
    writers = [releases.writers(_rows(package, kind)) for kind in counted]
    for (logger, level, start), line in summary.other_lines.items():
        if start and (not logger or logger.startswith("livekit")):
            writers.append(_writers_of(package, atlas.Line(line.text, logger, level)))
    writers += [releases.writers(_spelled(package, text)) for text in _spellings(summary)]
    writers += [_writers_with(package, logger) for logger in {name for name, _ in summary.levels}]
    return [each for each in writers if each]


def _may_be_plugins(summary: Summary) -> bool:
    """Whether a plugin wrote some of the lines, or may have: it has versions of its own."""
    return any(not name or name.startswith(PLUGINS) for name, _ in summary.levels)


def _spellings(summary: Summary) -> Iterator[str]:
    """How lines of metrics begin that are text: the versions differ in that."""
    mark = f"{SPELLED}:"
    yield from (name.removeprefix(mark) for name in summary.counts if name.startswith(mark))


def _spelled(package: str, text: str) -> list[atlas.Row]:
    """The rows of a package's lines that are so, as far as the text goes: apps write such lines
    of their own."""
    is_cut = text.endswith(":") or len(text) >= LONGEST_VALUE
    rows = [row for row in atlas.load().beginning_with(text) if row.package == package]
    return [row for row in rows if is_cut or row.template == text]


@lru_cache(maxsize=4096)  # a thousand files of one agent have the same lines
def _writers_of(package: str, line: atlas.Line) -> int:
    """The set of versions of a package that can write a line; 0 if it is not the package's.

    Without its logger a line may have anything behind its message, such as an id, and what begins
    with whatever the program fills in would fit too many.
    """
    rows = [row for row in atlas.load().matches(line) if row.package == package]
    if not line.logger:
        rows = [row for row in rows if not row.template.startswith(atlas.HOLE)]
    return atlas.load().releases[package].writers(rows)


@lru_cache(maxsize=256)
def _writers_with(package: str, logger: str) -> int:
    """The set of versions of a package that have a logger below the package's own; else 0."""
    if not logger.startswith("livekit.agents."):
        return 0
    found = atlas.load()
    rows = [row for row in found.rows if (row.package, row.logger) == (package, logger)]
    return found.releases[package].writers(rows)


@cache
def _can_write(package: str, versions: tuple[str, ...], kind: Kind) -> bool:
    """Whether one of the versions writes such a line; also where the atlas cannot know it.

    One that the atlas did not read writes what both do between which it stands.
    """
    releases = atlas.load().releases[package]
    writers = releases.writers(_rows(package, kind))
    asked = (releases.bits(releases.around(version)) or 0 for version in versions)
    known = any(not bits & ~writers for bits in asked) or _is_of_plugins(kind)
    return known or (package == NODE and not writers and _has_spelling(kind, "Node"))


def _has_spelling(kind: Kind, language: str) -> bool:
    """Whether the catalogue has such a line: the atlas knows none that agents-js puts together."""
    return any(spelling.language == language for spelling in BY_KIND[kind].spellings)


def _rows(package: str, kind: Kind) -> list[atlas.Row]:
    """The rows of a package's own lines of this kind."""
    return [row for row in _rows_of_all(kind) if row.package == package]


def _is_of_plugins(kind: Kind) -> bool:
    """Whether plugins or other packages write such lines, too: their versions are not known."""
    return any(row.package not in (PYTHON, NODE) for row in _rows_of_all(kind))


@cache
def _rows_of_all(kind: Kind) -> list[atlas.Row]:
    """The rows of lines of this kind; the program may fill in their first word."""
    starts = [spelling.starts for spelling in BY_KIND[kind].spellings]
    rests = [rest for start in starts if (rest := start.partition(" ")[2])]
    texts = dict.fromkeys([*starts, *(f"{atlas.HOLE} {rest}" for rest in rests)])
    return [row for text in texts for row in atlas.load().beginning_with(text)]
