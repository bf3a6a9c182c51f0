"""The report in ten lines: what was read, the verdict, and the findings of severity high."""

from __future__ import annotations

from tuner.model import Report
from tuner.redaction.terminal import cut
from tuner.report import conclusions, heading
from tuner.report.text_layout import paint, plural, wrap

LINES = 10
_EACH, _REASONS = 2, 4
"""Lines of one reason, and of all of them where findings need the room."""


def render(report: Report, width: int = 80, colour: bool = False) -> str:
    """Return at most LINES lines of at most `width` columns."""
    high = [row for row in conclusions.findings(report) if row.severity == "high"]
    head = " " + " · ".join(heading.head(report))
    verdict = f" {conclusions.verdict(report)}  ({heading.running(report)})"
    reasons = _reasons(report, width)
    found = [f"   high    {row.title}: {row.figures}" for row in high]
    room = LINES - 3 - min(len(reasons), _REASONS)
    lines = [head, verdict, *reasons[: LINES - 3 - min(len(found), room)], *found[:room]]
    lines.append(f"   {_rest(report, len(high), len(found[:room]))}")
    kept = [cut(line.rstrip(), width) for line in lines]
    return "\n".join(paint(kept) if colour else kept)


def _reasons(report: Report, width: int) -> list[str]:
    advice = report.recommendation
    named = [
        ("partial", report.partial),
        ("why", advice.why),
        ("price", advice.price if advice.verdict == "switch" else ""),
        ("needs", advice.needs if advice.verdict == "undecided" else ""),
    ]
    wrapped = [wrap(text, width, f"   {label:<8}") for label, text in named if text]
    return [line for lines in wrapped for line in _shortened(lines)]


def _shortened(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _EACH else [*lines[: _EACH - 1], f"{lines[_EACH - 1]} ..."]


def _rest(report: Report, high: int, shown: int) -> str:
    """The findings that are not shown."""
    lesser = len(report.findings) - high
    parts = [] if high else ["no finding of severity high"]
    parts += [f"{high - shown} more of severity high"] if high > shown else []
    parts += [plural(lesser, "lesser finding")] if lesser else []
    return ", ".join(parts) or "no other finding"
