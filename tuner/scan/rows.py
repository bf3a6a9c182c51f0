"""The rows of the catalogue, as the compiled scan is given them: what a layout's lines begin with.

What the scan cannot count yet, and what needs code of its own, is Python's (way "PYTHON").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from tuner.lines import events, message_figures
from tuner.lines.catalogue.livekit import COMMIT_DELAY
from tuner.lines.catalogue.row import CallFigure, CountName, Measure, Spelling, Tally, ValueCase
from tuner.lines.catalogue.table import LINES, TURNS, LogLine
from tuner.model import EvidenceName, Kind
from tuner.names import COUNTED_BY_CALL
from tuner.scan.layout import MOST_LATENCIES, ROLES

HANDED: dict[Kind, dict[str, str]] = {
    "commit": dict.fromkeys(
        ("speech_start_time", "last_speaking_time", "last_final_transcript_time"), "NUMBER"
    ),
    "transcript": dict.fromkeys(message_figures.TRANSCRIPT, "WORDS"),
    "false_interruption": {},
    "interruption": {"outcome": "TEXT", "agent_audible": "FLAG", "dead_air": "NUMBER"},
    "session_started": {"profile": "TEXT", "settings": "OBJECT", "versions": "OBJECT"},
    "openai_call": {
        "endpoint": "TEXT",
        "status": "WHOLE",
        "error": "TEXT",
        "connection_reused": "FLAG",
        **dict.fromkeys(("processing_ms", "attempt", "pool_wait_ms"), "NUMBER"),
    },
}
"""Kinds with code of their own, and the fields that it uses, each with its type: lines that make
the turns of a call, and lines that Python adds."""
TURN_OF: dict[Kind, str] = {
    "commit": "COMMIT",
    "transcript": "SPEECH",
    "false_interruption": "PAUSE",
}
CUTOFFS = "false_cutoffs@commit"
"""Evidence that commits are when the turn before was cut off; the turn log shows some, too."""
_BY_MESSAGE: dict[object, str] = {
    message_figures.synchroniser_method: "SYNC",
    message_figures.request_line: "REQUEST",
    message_figures.response_headers: "HEADERS",
    message_figures.response_line: "RESPONSE",
}
_IDS = {"pid": "DIGITS", "job_id": "TEXT", "room": "TEXT"}
assert len(_IDS) == len(ROLES)
SLOW_CALLS = "openai_calls"
"""Evidence that lines with headers are when their response was slow."""


class TurnRules(NamedTuple):
    """What the turns of a call are judged by (`call_counts`), and the grain of time zones."""

    cutoff_s: float
    talk_over_s: float
    overlap_s: float
    zone_grain_s: float
    backchannel_words: int


class ScanRow(NamedTuple):
    """A spelling, the bytes that its lines begin with in this layout, and how they are read."""

    line: LogLine
    spelling: Spelling
    starts: bytes
    way: str
    exact: bool = False
    """Whether nothing of the message may stand behind `starts`; else `starts` shows that itself."""

    @property
    def marks(self) -> tuple[str, ...] | None:
        """The fields without which lines that name no logger are of this row, too. None: nobody
        counts them here."""
        return None if self.way in ("PYTHON", "HANDED") else events.marks_of_others(self.spelling)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The latencies that the scan measures."""
        return self.line.measures if self.is_counted else ()

    @property
    def is_counted(self) -> bool:
        """Whether the scan adds all that the catalogue says of the line."""
        return self.way not in ("PYTHON", "HANDED")


class Plan:
    """The rows of one layout, and the names of all that they add to, in the scan's order."""

    def __init__(self, rows: Iterable[ScanRow]) -> None:
        self.rows = tuple(rows)

    @property
    def _counted(self) -> Iterator[LogLine]:
        return (row.line for row in self.rows if row.is_counted)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of the rows."""
        return tuple(dict.fromkeys(row.line.kind for row in self.rows))

    @cached_property
    def latencies(self) -> dict[str, Measure]:
        """The latencies, by name."""
        measures = (measure for row in self.rows for measure in row.measures)
        return {measure.name: measure for measure in (*measures, COMMIT_DELAY)}

    @cached_property
    def sums(self) -> tuple[str, ...]:
        """The fields that are added up."""
        return tuple(dict.fromkeys(name for line in self._counted for name in line.sums))

    @cached_property
    def tallies(self) -> tuple[Tally, ...]:
        """What lines are counted by, if that is a field and not in the message."""
        rows = (row.line.tallies for row in self.rows if row.way == "FIELDS")
        return tuple(dict.fromkeys(tally for tallies in rows for tally in tallies))

    @cached_property
    def fields(self) -> dict[str, str]:
        """The fields in use, and the type of each: those by which a call is known come first."""
        types = dict(_IDS)
        for name, type_ in self._typed_fields():
            if types.setdefault(name, type_) != type_:
                raise TypeError(f"the catalogue has {name} as {types[name]} and as {type_}")
        return types

    def _typed_fields(self) -> Iterator[tuple[str, str]]:
        for row in self.rows:
            yield from HANDED.get(row.line.kind, {}).items()
        measures = (measure for row in self.rows for measure in row.measures)
        for name in (*(measure.field for measure in measures), *self.sums):
            yield name, "NUMBER"
        for tally in self.tallies:
            yield tally.field, "TEXT"
        for line in self._counted:
            for case in line.cases:
                yield case.field, _type(case.value)

    @cached_property
    def figures(self) -> tuple[CallFigure, ...]:
        """The figures of a call."""
        found = (part.figure for line in self._counted for part in _parts(line))
        return tuple(dict.fromkeys(figure for figure in found if figure is not None))

    @cached_property
    def counters(self) -> tuple[CountName, ...]:
        """What cases add to."""
        found = (case.counter for line in self._counted for case in line.cases)
        return tuple(dict.fromkeys(counter for counter in found if counter is not None))

    @cached_property
    def notes(self) -> dict[str, int]:
        """The place of each evidence: first long latencies, then the others."""
        found = (name for line in self._counted for name in _evidence(line))
        others = dict.fromkeys((SLOW_CALLS, CUTOFFS, *(name for name in found if name is not None)))
        places = {name: place for place, name in enumerate(self.latencies)}
        return places | {name: place for place, name in enumerate(others, MOST_LATENCIES)}


def _type(value: Any) -> str:
    return "TEXT" if isinstance(value, str) else "FLAG" if isinstance(value, bool) else "NUMBER"


def _evidence(line: LogLine) -> tuple[EvidenceName | None, ...]:
    return (line.evidence, *(case.evidence for case in line.cases))


def _parts(line: LogLine) -> tuple[LogLine | ValueCase | Measure, ...]:
    """All of a line that can add to a figure of its call."""
    return (line, *line.cases, *line.measures)


def json_plan() -> Plan:
    """LiveKit's JSON: behind a whole message stands the quote that closes it."""
    rows = _plan(lambda spelling: spelling.starts + '"' * spelling.exact).rows
    return Plan([*rows, *_of_node()])


def dev_plan() -> Plan:
    """LiveKit's dev text: behind a whole message stand the colour codes of the fields. What begins
    alike but goes on otherwise is Python's."""
    counted = _plan(lambda spelling: spelling.starts + " \x1b[90m" * spelling.exact).rows
    shown = [row for row in counted if row.spelling.loggers != TURNS]
    rest = [row._replace(starts=row.spelling.starts.encode(), way="PYTHON") for row in shown]
    return Plan([*(row for row in shown if row.way != "PYTHON"), *rest])


def text_plan() -> Plan:
    """Text in a layout that was found: the message ends where the line or its fields say so."""
    rows = _plan(lambda spelling: spelling.starts).rows
    shown = [row for row in rows if row.spelling.loggers != TURNS]
    return Plan([*(row._replace(exact=row.spelling.exact) for row in shown), *_of_node()])


def _of_node() -> Iterator[ScanRow]:
    """What agents-js alone writes."""
    return (
        ScanRow(line, spelling, spelling.starts.encode(), "PYTHON")
        for line in LINES
        for spelling in line.spellings
        if spelling.language == "Node" and not spelling.within
    )


def _plan(starts: Callable[[Spelling], str]) -> Plan:
    return Plan(ScanRow(line, s, starts(s).encode(), _way(line, s)) for line, s in _spellings())


def _spellings() -> Iterator[tuple[LogLine, Spelling]]:
    """Those that these layouts can have: agents-js has its own, and a text within a line is looked
    for in lines of no row (`may_hold_an_object`)."""
    return (
        (line, spelling)
        for line in LINES
        for spelling in line.spellings
        if spelling.language == "Python" and not spelling.within
    )


def _way(line: LogLine, spelling: Spelling) -> str:
    if spelling.renamed or line.signal in COUNTED_BY_CALL:  # few lines, whose calls are counted
        return "PYTHON"
    if line.kind in HANDED and line.kind not in TURN_OF:
        return "HANDED"
    if spelling.figures is not None and spelling.figures is not message_figures.word_count:
        return _BY_MESSAGE.get(spelling.figures, "PYTHON")
    return "FIELDS" if line.extends_call else "WIRE"
