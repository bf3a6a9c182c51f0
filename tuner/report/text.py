"""A report in, text for a terminal out: the answer first, then why, then what was not visible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from tuner.model import Report
from tuner.redaction.terminal import columns, cut, printable
from tuner.report import conclusions, figures, gaps, heading
from tuner.report.text_layout import flow, paint, table, wrap

NARROWEST = 40
_INDENT = "   "


def render(report: Report, width: int = 80, colour: bool = False, height: int = 0) -> str:
    """Return the report in lines of at most `width` columns (never fewer than 40).

    Where it is longer than a terminal of `height` rows, the verdict stands at its end again.
    """
    width = max(width, NARROWEST)
    sections = (
        _head(report, width),
        _answer(report, width),
        _pairs("FRONTIER", conclusions.frontier(report), width),
        _findings(report, width),
        _counted(report, width),
        _latencies(report, width),
        _calls(report, width),
        _pairs("NOT VISIBLE", [(", ".join(n), why) for n, why in gaps.hidden(report)], width),
        _pairs("NOT JUDGED", gaps.refusals(report), width),
        _pairs("NOT READ", gaps.unread(report), width),
        _listed("ALSO IN THIS LOG", gaps.also(report), width),
        _listed("NOTES", gaps.notes(report), width),
        _pairs("OTHER PROFILES", _others(report), width),
        _next(report, width),
    )
    lines: Iterable[str] = chain.from_iterable([*section, ""] for section in sections if section)
    if height:
        lines = list(lines)
        lines += _verdict(report, width) if len(lines) >= height else []
    return "\n".join(paint(lines) if colour else lines).rstrip("\n")


def _head(report: Report, width: int) -> list[str]:
    lines = flow(heading.head(report), width)
    if report.partial:
        lines += wrap(report.partial, width, " PARTIAL  ")
    return lines


def _answer(report: Report, width: int) -> list[str]:
    advice = report.recommendation
    lines = _verdict(report, width)
    lines += _labelled("why", advice.why, width)
    for change in conclusions.changes(report):
        lines += _labelled("change", change, width)
    return lines + _labelled("price", advice.price, width) + _labelled("needs", advice.needs, width)


def _verdict(report: Report, width: int) -> list[str]:
    return _ends(f" {conclusions.verdict(report)}", f"({heading.running(report)})", width)


def _findings(report: Report, width: int) -> list[str]:
    lines = [" FOUND"]
    for row in conclusions.findings(report):
        lines += _finding(row, width)
    nothing = "nothing above its limit in what was visible"
    return lines if len(lines) > 1 else wrap(nothing, width, " FOUND  ")


def _finding(row: conclusions.FindingRow, width: int) -> list[str]:
    deep = " " * 12
    lines = wrap(f"{row.title} ({row.rule})", width, f"{_INDENT}{row.severity:<9}", deep)
    lines += wrap(row.figures, width, deep)
    lines += wrap(row.advice, width, deep) if row.advice else []
    lines += wrap(f"at {row.where}", width, deep) if row.where else []
    return lines + (wrap(cut(printable(row.text), 2 * width), width, deep)[:2] if row.text else [])


def _counted(report: Report, width: int) -> list[str]:
    parts = figures.counted(report)
    return [" COUNTED", *flow(parts, width, _INDENT)] if parts else []


def _latencies(report: Report, width: int) -> list[str]:
    measured = figures.latencies(report)
    if not measured:
        return []
    title = ("LATENCY (s)", "p50", "p90", "p95", "p99", "n", "p50 is", "limits")
    lines = _table(title, measured, width, left=(0, 6, 7), drop=(7, 4, 3))
    for text in (*figures.without_value(report), figures.LIMITS):
        lines += wrap(text, width, _INDENT, _INDENT + "  ")
    return lines


def _calls(report: Report, width: int) -> list[str]:
    endpoints = figures.calls(report)
    if not endpoints:
        return []
    title = ("OPENAI CALLS (ms)", "n", "slow", "p50", "p90", "p95", "p99", "max")
    return _table(title, endpoints, width, left=(0,), drop=(6, 5, 4))


def _table(
    title: Sequence[str],
    body: Sequence[Sequence[str]],
    width: int,
    left: Sequence[int],
    drop: Sequence[int],
) -> list[str]:
    """A table whose heading is the name of its section."""
    indented = [("  " + row[0], *row[1:]) for row in body]
    return [" " + line for line in table([title, *indented], width - 1, left, drop)]


def _others(report: Report) -> list[tuple[str, str]]:
    return [(printable(other.profile), other.why) for other in report.recommendation.against]


def _next(report: Report, width: int) -> list[str]:
    return _listed("NEXT", conclusions.next_steps(report), width)


def _pairs(title: str, pairs: Sequence[tuple[str, str]], width: int) -> list[str]:
    """A section of names, each with what is to be said of it."""
    if not pairs:
        return []
    lines = [f" {title}"]
    for name, text in pairs:
        lines += wrap(f"{name}: {text}" if name else text, width, _INDENT, _INDENT + "  ")
    return lines


def _listed(title: str, texts: Sequence[str], width: int) -> list[str]:
    """A section of lines of their own."""
    lines = [line for text in texts for line in wrap(text, width, _INDENT, _INDENT + "  ")]
    return [f" {title}", *lines] if lines else []


def _labelled(label: str, text: str, width: int) -> list[str]:
    return wrap(text, width, f"{_INDENT}{label:<8}") if text.strip() else []


def _ends(left: str, right: str, width: int) -> list[str]:
    """Two texts at the two ends of a line, or one under the other when they do not fit."""
    gap = width - columns(left) - columns(right)
    if gap >= 2:
        return [left + " " * gap + right]
    return [*wrap(left.strip(), width, " "), *wrap(right, width, _INDENT)]
