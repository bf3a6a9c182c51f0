"""What a row of the catalogue is made of: a meaning, its spellings, and what it adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from tuner.limits import Limits
from tuner.model import EvidenceName, Kind, SignalName, Stage

Unit = Literal["", "s", "ms", "epoch s", "tokens", "words", "0-1", "MB", "number", "flag", "object"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Language = Literal["Python", "Node"]
CallFigure = Literal[
    "false_turn_log", "phantom", "sync", "vad_slow", "eous", "turns", "responses",
    "cutoffs_turn_log", "lost", "closed", "eou_objects", "own_eous", "network", "network_poor",
    "transcripts",
]  # fmt: skip
"""A count of one call (`summary.call_counts.Call`) that rows add to."""
CountName = Literal[
    "phantom", "phantom_turn_log", "connection_new", "pool_timeout", "pool_waits", "attempt_again",
    "unanswered",
]  # fmt: skip
"""A count of a log that only some lines of a kind add to."""
Fields = dict[str, Any]
Figures = Callable[[str, Fields], Fields | None]
"""Reads figures out of a message, given the fields behind it; None: it is another message."""

LIVEKIT, OPENAI, HTTPX, HTTPCORE = ("livekit",), ("openai",), ("httpx",), ("httpcore",)
ANY = ("",)
"""`log_metrics(metrics, logger=...)` writes to whatever logger the app names."""
NODE = ("",)
"""agents-js names no logger."""

_LIMITS = Limits()
NEVER_S = float("inf")
NEVER_ABOVE = float("-inf")
LONGEST_S = 3600.0
"""No delay is longer: what is above is an epoch time, as livekit-agents 1.0.11 wrote one."""
UNKNOWN_S = -1.0
"""What libraries write for "no value came"; any other negative delay is a fault of a clock."""


class Field(NamedTuple):
    """A field that we read, by its name in the meaning; units are those of the meaning, too."""

    name: str
    unit: Unit = ""


class Renamed(NamedTuple):
    """How one spelling names a field: `written` times `factor` is the field `name`.

    Where another spelling has the same key in another unit, only a value above `above` is of this
    one: no delay of 20 s is written without a logger, and none of 20 ms is worth a line.
    """

    written: str
    name: str
    factor: float = 1.0
    above: float = NEVER_ABOVE


class Spelling(NamedTuple):
    """How a version of a library writes the line. `starts` is how its message begins; with
    `exact` the whole message, with `within` a text that stands anywhere in message or fields.
    `loggers` are the first letters of the loggers that write it. A line without the first of the
    `renamed` fields is another spelling's. `versions` are those of the atlas."""

    starts: str
    loggers: tuple[str, ...]
    level: Level
    exact: bool = False
    within: bool = False
    versions: str = ""
    language: Language = "Python"
    renamed: tuple[Renamed, ...] = ()
    figures: Figures | None = None


def node(
    starts: str,
    level: Level,
    versions: str = "",
    renamed: tuple[Renamed, ...] = (),
    exact: bool = False,
    figures: Figures | None = None,
) -> Spelling:
    """How agents-js writes the line."""
    return Spelling(
        starts, NODE, level, exact, False, versions, "Node", renamed=renamed, figures=figures
    )


def in_ms(written: str, name: str, above: float = NEVER_ABOVE) -> Renamed:
    """A field that is written in milliseconds, and is one of seconds here."""
    return Renamed(written, name, 0.001, above)


class Measure(NamedTuple):
    """A length of time in `field` (s) that goes into the histogram `name` ("stage@source").

    What cannot be one (`is_possible`) is set aside, and counted as "impossible:" + name.

    Below `low_s` the request ended without a value: it is counted as censored. Above `long_s` the
    line is evidence. A value adds 1 to the call's `figure`.
    """

    name: str
    field: str
    evidence: EvidenceName | None = None
    long_s: float = NEVER_S
    low_s: float = 0.0
    figure: CallFigure | None = None


def is_possible(seconds: float, low_s: float = 0.0) -> bool:
    """Whether a figure can be a delay at all; a clock's grain may put it down to `low_s`."""
    return min(low_s, 0.0) <= seconds <= LONGEST_S or seconds == UNKNOWN_S


def stage(
    name: Stage, field: str, source: str, low_s: float = 0.0, figure: CallFigure | None = None
) -> Measure:
    """The measure of a stage by one source; it is evidence above the stage's alert."""
    long_s = _LIMITS.bands(name)[2]
    return Measure(f"{name}@{source}", field, name, long_s, low_s, figure)


class Tally(NamedTuple):
    """Counts lines under "prefix:value of the field"; a line without the field has the default."""

    prefix: str
    field: str
    default: str = "None"


class ValueCase(NamedTuple):
    """What else a line adds when a field has this value, and which evidence it then is instead."""

    field: str
    value: Any
    counter: CountName | None = None
    figure: CallFigure | None = None
    evidence: EvidenceName | None = None


class LogLine(NamedTuple):
    """All that is known of one line of a log.

    `figure` of the call grows by 1 with each line. `sums` are fields whose values are added up
    ("tokens:field"). `signal` is the report's count of such lines where that is all it is.
    `extends_call` is False for lines that belong to a process and not to a call.
    """

    kind: Kind
    meaning: str
    spellings: tuple[Spelling, ...]
    fields: tuple[Field, ...] = ()
    measures: tuple[Measure, ...] = ()
    sums: tuple[str, ...] = ()
    tallies: tuple[Tally, ...] = ()
    cases: tuple[ValueCase, ...] = ()
    figure: CallFigure | None = None
    evidence: EvidenceName | None = None
    signal: SignalName | None = None
    extends_call: bool = True
