"""The rows of the catalogue, as the compiled scan is given them: what a layout's lines begin with.

What the scan cannot count yet, and what needs code of its own, is Python's (way "PYTHON").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from tuner.lines import message_figures
from tuner.lines.catalogue.row import CallFigure, Measure, Spelling
from tuner.lines.catalogue.table import LINES, TURNS, LogLine
from tuner.scan.layout import MOST_LATENCIES, ROLES

_OWN_CODE = frozenset(("false_interruption", "commit", "transcript"))
_BY_MESSAGE: dict[object, str] = {
    message_figures.synchroniser_method: "SYNC",
    message_figures.request_line: "REQUEST",
    message_figures.response_headers: "HEADERS",
    message_figures.response_line: "RESPONSE",
}
_ROLE_FIELDS = ("pid", "job_id", "room", "model_name")
assert len(_ROLE_FIELDS) == len(ROLES)
MODEL = "model_name"
SLOW_CALLS = "openai_calls"
"""Evidence that lines with headers are when their response was slow."""


class Row(NamedTuple):
    """A spelling, the bytes that its lines begin with in this layout, and how they are read."""

    line: LogLine
    spelling: Spelling
    starts: bytes
    way: str

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The latencies that the scan measures."""
        return self.line.measures if self.way != "PYTHON" else ()


class Plan:
    """The rows of one layout, and the names of all that they add to, in the scan's order."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = tuple(rows)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the rows."""
        return tuple(dict.fromkeys(row.line.kind for row in self.rows))

    @cached_property
    def latencies(self) -> dict[str, Measure]:
        """The latencies, by name."""
        measures = (measure for row in self.rows for measure in row.measures)
        return {measure.name: measure for measure in measures}

    @cached_property
    def sums(self) -> tuple[str, ...]:
        """The fields that are added up."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.line.sums))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields in use: those that the scan itself knows, and numbers."""
        numbers = [measure.field for measure in self.latencies.values()]
        return tuple(dict.fromkeys((*_ROLE_FIELDS, *numbers, *self.sums)))

    @cached_property
    def figures(self) -> tuple[CallFigure, ...]:
        """The figures of a call."""
        rows = (row.line.figure for row in self.rows if row.way != "PYTHON")
        return tuple(dict.fromkeys(figure for figure in rows if figure is not None))

    @cached_property
    def notes(self) -> dict[str, int]:
        """The place of each evidence: first long latencies, then the others."""
        others = dict.fromkeys(row.line.evidence for row in self.rows if row.line.evidence)
        places = {name: place for place, name in enumerate(self.latencies)}
        later = enumerate(dict.fromkeys((SLOW_CALLS, *others)), MOST_LATENCIES)
        return places | {name: place for place, name in later}


def json_plan() -> Plan:
    """LiveKit's JSON: behind a whole message stands the quote that closes it."""
    return _plan(lambda spelling: spelling.starts + '"' * spelling.exact)


def dev_plan() -> Plan:
    """LiveKit's dev text: behind a whole message stand the colour codes of the fields. What begins
    alike but goes on otherwise is Python's."""
    counted = _plan(lambda spelling: spelling.starts + " \x1b[90m" * spelling.exact).rows
    shown = [row for row in counted if row.spelling.loggers != TURNS]
    rest = [row._replace(starts=row.spelling.starts.encode(), way="PYTHON") for row in shown]
    return Plan([*(row for row in shown if row.way != "PYTHON"), *rest])


def _plan(starts: Callable[[Spelling], str]) -> Plan:
    return Plan(Row(line, s, starts(s).encode(), _way(line, s)) for line, s in _spellings())


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
    if spelling.figures is not None:
        return _BY_MESSAGE.get(spelling.figures, "PYTHON")
    if line.kind in _OWN_CODE or spelling.loggers == TURNS or line.cases or spelling.renamed:
        return "PYTHON"
    if any(tally.field != MODEL for tally in line.tallies):
        return "PYTHON"
    if any(measure.figure for measure in line.measures):
        return "PYTHON"
    return "FIELDS" if line.extends_call else "WIRE"
