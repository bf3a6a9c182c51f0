"""A report that prints itself, and shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.model import Report
from tuner.redaction.terminal import printable
from tuner.report import conclusions, figures, gaps, heading, text

_LATENCY = ("stage", "p50 (s)", "p90", "p95", "p99", "n", "p50 is", "limits")


class PrintedReport(Report, frozen=True):
    """The report of `tuner.analyze`: `print` gives its text, a notebook its tables."""

    def __str__(self) -> str:
        """The text that `tuner analyze` prints."""
        return text.render(self)

    def _repr_html_(self) -> str:
        """What Jupyter shows: no script, no style sheet, nothing from elsewhere."""
        parts = [
            f"<h3>{_text(conclusions.verdict(self))}</h3>",
            f"<p>{_text(' · '.join(heading.head(self)))}<br>{_text(heading.running(self))}</p>",
            *(f"<p>{_text(each)}</p>" for each in conclusions.reasons(self)),
            _table(("severity", "finding", "measured", "where"), _findings(self)),
            _table(_LATENCY, figures.latencies(self)),
            *(f"<p>{_text(each)}</p>" for each in [" · ".join(figures.counted(self))] if each),
            _table(("not visible", "why"), [(", ".join(n), why) for n, why in gaps.hidden(self)]),
        ]
        return "\n".join(part for part in parts if part)


def _findings(report: Report) -> list[tuple[str, ...]]:
    rows = conclusions.findings(report)
    return [(row.severity, f"{row.title} ({row.rule})", row.figures, row.where) for row in rows]


def _text(value: str) -> str:
    from html import escape  # few reports are shown in a notebook

    return escape(printable(value))


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
