"""What was read, and under which profile: the first lines of a report."""

from __future__ import annotations

from datetime import UTC, datetime

from tuner.model import Report
from tuner.redaction.terminal import printable
from tuner.report.text_layout import number, plural

_DAY_S = 86_400.0
_MOST_VERSIONS = 3
_YEARLESS = 1972
"""The year of times that have none (syslog)."""


def head(report: Report) -> list[str]:
    """What was read: calls, minutes, turns, lines, formats, time."""
    exposure = report.exposure
    calls = exposure.calls
    parts = [plural(calls, "call") if calls is not None else "number of calls unknown"]
    if exposure.minutes is not None:
        parts.append(f"{number(exposure.minutes)} min")
    if exposure.turns is not None:
        parts.append(plural(exposure.turns, "turn"))
    if len(report.inputs) != 1:
        parts.append(plural(len(report.inputs), "input"))
    parts += [_lines(report), _formats(report), _versions(report), span(report.first, report.last)]
    return [part for part in parts if part]


def span(first: float | None, last: float | None) -> str:
    """The time from the first line to the last, with the date once if it is one day."""
    if first is None or last is None:
        return ""
    try:
        start, end = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    if last < 2 * _DAY_S:  # a clock without a date
        return f"{start:%H:%M}–{end:%H:%M}"
    date, zone = ("%b %d", "") if start.year == _YEARLESS else ("%Y-%m-%d", " UTC")
    if start.date() == end.date():
        return f"{start:{date} %H:%M}–{end:%H:%M}{zone}"
    return f"{start:{date} %H:%M} – {end:{date} %H:%M}{zone}"


def running(report: Report) -> str:
    """The profile that the logs were made under, and how that is known."""
    current = report.current
    source = "the log" if current.how == "log" else current.how
    if current.mixed:
        return printable(f"profiles {', '.join(current.mixed)} mixed, from {source}")
    if current.name is None or (current.how == "log" and current.name == "unknown"):
        return "settings unknown: the log has none"
    if current.contradicted:
        return printable(f"{current.name}, from {source}, does not fit the log")
    return printable(f"made with {current.name}, from {source}")


def _lines(report: Report) -> str:
    lines = sum(info.lines for info in report.inputs)
    unread = sum(sum(info.unread.values()) for info in report.inputs)
    understood = f"{unread:,} not understood" if unread else "all understood" if lines else ""
    return f"{plural(lines, 'line')}, {understood}".rstrip(", ")


def _versions(report: Report) -> str:
    """Which versions wrote the inputs, as far as that is known; of many only the first few."""
    versions = list(dict.fromkeys(info.versions for info in report.inputs if info.versions))
    more = f" and {len(versions) - _MOST_VERSIONS} more" if len(versions) > _MOST_VERSIONS else ""
    return printable("; ".join(versions[:_MOST_VERSIONS]) + more)


def _formats(report: Report) -> str:
    """The formats of the inputs, with what each is wrapped in."""
    formats = [
        printable(" in ".join(filter(None, (info.format, ", ".join(info.wrappers)))))
        for info in report.inputs
        if info.format not in ("", "none")
    ]
    return ", ".join(dict.fromkeys(formats))
