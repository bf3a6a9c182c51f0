"""The report as Markdown: for a pull request, an issue, the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from tuner.lazy_patterns import lazy_pattern
from tuner.model import Report
from tuner.redaction.terminal import printable
from tuner.report import conclusions, figures, gaps, heading

_SPECIAL = lazy_pattern(r"([\\`*_{}\[\]|#~])")
_LATENCY = ("stage", "p50 (s)", "p90", "p95", "p99", "n", "p50 is", "limits")
_CALLS = ("OpenAI calls (ms)", "n", "slow", "p50", "p90", "p95", "p99", "max")


def render(report: Report) -> str:
    """Return the report in the Markdown of GitHub."""
    sections = [
        f"## {escaped(conclusions.verdict(report))}",
        escaped(" · ".join(heading.head(report))),
        *(f"**Partial:** {escaped(text)}" for text in [report.partial] if text),
        "\n".join(_items([f"Settings: {heading.running(report)}", *conclusions.reasons(report)])),
        "### Findings",
        _findings(report) if report.findings else "Nothing above its limit in what was visible.",
        *_section("Changes", _items(conclusions.changes(report))),
        *_section("Counted", _items(figures.counted(report))),
        *_section("Latency", _table(_LATENCY, figures.latencies(report))),
        *_section("OpenAI", _table(_CALLS, figures.calls(report))),
        *_section(
            "Not visible", _items(f"{', '.join(n)}: {why}" for n, why in gaps.hidden(report))
        ),
        *_section("Not judged", _items(f"{name}: {why}" for name, why in gaps.refusals(report))),
        *_section("Not read", _items(f"{path}: {why}" for path, why in gaps.unread(report))),
        *_section("Next", [f"- `{_code(step)}`" for step in conclusions.next_steps(report)]),
    ]
    return "\n\n".join(section for section in sections if section)


def escaped(text: str) -> str:
    """The text with nothing left in it that Markdown or HTML would take for markup."""
    return escape(_SPECIAL.sub(r"\\\1", printable(text)), quote=False)


def _code(text: str) -> str:
    return printable(text).replace("`", "'")


def _findings(report: Report) -> str:
    rows = [
        (row.severity, f"{row.title} ({row.rule})", row.figures, row.where, row.advice)
        for row in conclusions.findings(report)
    ]
    return "\n".join(_table(("severity", "finding", "measured", "where", "advice"), rows))


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"### {title}", "\n".join(lines)] if lines else []


def _items(texts: Iterable[str]) -> list[str]:
    return [f"- {escaped(text)}" for text in texts]


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    return [
        "| " + " | ".join(titles) + " |",
        "|" + "---|" * len(titles),
        *("| " + " | ".join(map(escaped, row)) + " |" for row in rows),
    ]
