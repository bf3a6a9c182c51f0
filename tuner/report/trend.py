"""Calls of a store in, their figures by day, profile or version and when they changed, out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tuner.calls.model import CallFigures
from tuner.limits import Limits
from tuner.lines.timestamps import within_calendar
from tuner.model import Rate
from tuner.redaction.terminal import printable
from tuner.report.json import SCHEMA, iso
from tuner.report.text_layout import number, plural, seconds, table, wrap
from tuner.trends.changes import FIGURES, DatedChange, calls_with, changes
from tuner.trends.groups import By, CallGroup, groups

_COLUMNS = ("calls", "minutes", "turns", "false stops/min", "cut-offs/turn", "wait p50, s")
_SHORT = ("calls", "minutes", "turns", "stops", "cuts", "wait")


class Trend(NamedTuple):
    """Rows by day, profile or version, and the changes of each figure by its key."""

    by: By
    calls: int
    rows: Sequence[CallGroup]
    changes: dict[str, list[DatedChange]]


def trend(calls: Sequence[CallFigures], by: By, limits: Limits) -> Trend:
    """What the calls show over time."""
    found = {figure.key: changes(figure, calls_with(figure, calls)) for figure in FIGURES}
    return Trend(by, len(calls), groups(calls, by, limits), found)


def text(found: Trend, width: int) -> str:
    """A table and the changes, for a terminal."""
    lines = [f" {plural(found.calls, 'call')}", ""]
    lines += [" " + line for line in _table(found, width - 1)]
    lines += wrap(note, width, "   ") if (note := _unseen(found.rows)) else []
    lines += ["", " CHANGES"]
    shown = [line for text in _changes(found) for line in wrap(text, width, "   ", "     ")]
    return "\n".join([*lines, *(shown or ["   none found"])])


def _table(found: Trend, width: int) -> list[str]:
    """The rows; where they do not fit with their intervals, without and with short titles: a
    figure that is cut off may be read as another."""
    by, body = f"BY {found.by.upper()}", [_cells(row) for row in found.rows]
    lines = table([(by, *_COLUMNS), *body], width, drop=(3, 2))
    if not any(line.endswith("...") for line in lines):
        return lines
    body = [tuple(cell.partition(" [")[0] for cell in row) for row in body]
    legend = "stops per minute, cut-offs per turn, median wait in seconds"
    return [
        *table([(by, *_SHORT), *body], width, drop=(3, 2, 1)),
        *wrap(legend, width, "  ", "  "),
    ]


def _cells(row: CallGroup) -> tuple[str, ...]:
    return (
        "  " + printable(row.name),
        number(row.calls),
        number(row.minutes),
        number(row.turns),
        _rate(row.false_stops),
        _rate(row.cut_offs),
        seconds(row.wait_p50_s),
    )


def _unseen(rows: Sequence[CallGroup]) -> str:
    """Which calls the rates of false stops are not of, where some have one."""
    unseen = sum(row.unseen for row in rows)
    if not unseen or not any(row.false_stops for row in rows):
        return ""
    of = plural(sum(row.calls for row in rows), "call")
    return f"{unseen:,} of {of} could not show a false stop all the time: that is in no rate"


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return "-"
    return f"{number(rate.value)} [{number(rate.low)}-{number(rate.high)}]"


def _changes(found: Trend) -> Iterator[str]:
    for figure in FIGURES:
        for one in found.changes[figure.key]:
            when, low, high = (_moment(time) for time in (one.at, one.low, one.high))
            yield (
                f"{figure.title}: {number(one.point.before)} → {number(one.point.after)} "
                f"{figure.unit}, at {when} ({low} to {high})"
            )


def _moment(time: float) -> str:
    return f"{within_calendar(time):%Y-%m-%d %H:%M}"


def document(found: Trend) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "schema": SCHEMA,
        "by": found.by,
        "calls": found.calls,
        "groups": [_group(row) for row in found.rows],
        "changes": [
            {"figure": key, **_change(one)} for key, each in found.changes.items() for one in each
        ],
    }


def _group(row: CallGroup) -> dict[str, Any]:
    return row._asdict() | {
        "first": iso(row.first),
        "last": iso(row.last),
        "false_stops": _rate_document(row.false_stops),
        "cut_offs": _rate_document(row.cut_offs),
    }


def _rate_document(rate: Rate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    interval = [rate.low, rate.high]
    return {
        "count": rate.events,
        f"per_{rate.unit}": rate.value,
        "exposure": rate.exposure,
        "interval": interval,
    }


def _change(one: DatedChange) -> dict[str, Any]:
    return {
        "at": iso(one.at),
        "interval": [iso(one.low), iso(one.high)],
        "before": one.point.before,
        "after": one.point.after,
        "probability": one.point.probability,
    }
