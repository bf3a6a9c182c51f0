"""What could not be seen, judged or read: the rows about gaps in a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tuner.model import InputInfo, Latency, OtherLine, Report, Signal
from tuner.redaction.terminal import printable
from tuner.report.figures import name
from tuner.report.text_layout import plural, sentences

MANY = 10
"""Rows of a list that may be endless (files) before it says "and N more"."""


class Hidden(NamedTuple):
    """Signals that one reason hides, wholly or partly."""

    names: tuple[str, ...]
    why: str


def hidden(report: Report) -> list[Hidden]:
    """Signals and latencies that were not visible, or not everywhere, by reason."""
    reasons: dict[str, list[str]] = {}
    for key, source in _observed(report):
        if source.observable != "yes":
            partly = " (partly)" if source.observable == "partly" else ""
            why = printable(source.why or "not logged")
            reasons.setdefault(why, []).append(name(key) + partly)
    return [Hidden(tuple(dict.fromkeys(names)), why) for why, names in reasons.items()]


def _observed(report: Report) -> Iterator[tuple[str, Signal | Latency]]:
    yield from report.signals.items()
    yield from report.latency.items()


def refusals(report: Report) -> list[tuple[str, str]]:
    """Rules that could not judge for a reason that NOT VISIBLE does not give already; those with
    one reason stand together."""
    known = {row.why for row in hidden(report)}
    rules: dict[str, list[str]] = {}
    for refusal in report.refusals:
        if printable(refusal.why) not in known:
            text = sentences(refusal.why, f"Needs {refusal.needs}")
            rules.setdefault(text, []).append(printable(refusal.rule))
    return [(", ".join(names), text) for text, names in rules.items()]


def unread(report: Report) -> list[tuple[str, str]]:
    """Inputs with a problem or with lines that were not understood; the first MANY of them."""
    rows = [(printable(info.path), _unread(info)) for info in report.inputs]
    rows = [row for row in rows if row[1]]
    rest = len(rows) - MANY
    return rows[:MANY] + ([("", f"and {plural(rest, 'more input')}")] if rest > 0 else [])


def _unread(info: InputInfo) -> str:
    reasons = sorted(info.unread.items(), key=lambda item: -item[1])
    parts = [f"{count:,} {printable(reason)}" for reason, count in reasons if count]
    lines = f"{plural(sum(info.unread.values()), 'line')}: {', '.join(parts)}" if parts else ""
    return "; ".join(part for part in (printable(info.problem), lines) if part)


def also(report: Report) -> list[str]:
    """Warnings and errors that no rule judges; the MANY most frequent."""
    rows = [_also(line) for line in report.also[:MANY]]
    rest = sum(line.count for line in report.also[MANY:])
    return rows + ([f"{rest:,} more, see --json"] if rest else [])


def _also(line: OtherLine) -> str:
    calls = f" in {plural(line.calls, 'call')}" if line.calls else ""
    times = f"{line.count:,} x{calls}: "
    if line.text:
        return times + printable(f"{line.text} ({line.level}, {line.logger or 'no logger'})")
    if not line.level:
        return f"{times}other warnings and errors"
    return times + printable(f"{line.level} of {line.logger or 'no logger'}, not known")


def notes(report: Report) -> list[str]:
    """Remarks on the report and on its inputs, each once."""
    own = [printable(note) for note in report.notes]
    of_inputs = [printable(note) for info in report.inputs for note in info.notes]
    return list(dict.fromkeys(own + of_inputs))
