"""The report as a message of Slack: blocks for a webhook (`curl -d @- $WEBHOOK`).

https://docs.slack.dev/reference/block-kit: a header has 150 characters at most, a text 3,000.
"""

from __future__ import annotations

import json
from typing import Any

from tuner.model import Report
from tuner.redaction.terminal import printable
from tuner.report import conclusions, figures, heading

_MOST_TEXT, _MOST_HEADER, _MOST_FINDINGS = 2_900, 150, 10
_SEVERITY = {"high": "*high*", "warning": "warning", "info": "info"}


def render(report: Report) -> str:
    """Return the message as one JSON document."""
    verdict = conclusions.verdict(report)
    running = f"_{escaped(heading.running(report))}_"
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": verdict[:_MOST_HEADER]}},
        _context(" · ".join(heading.head(report))),
        _section("\n".join([*map(escaped, conclusions.reasons(report)), running])),
        *map(_finding, conclusions.findings(report)[:_MOST_FINDINGS]),
    ]
    if (rest := len(report.findings) - _MOST_FINDINGS) > 0:
        blocks.append(_context(f"and {rest} more findings"))
    if counted := figures.counted(report):
        blocks.append(_context(" · ".join(counted)))
    return json.dumps({"text": verdict, "blocks": blocks}, indent=2)


def escaped(text: str) -> str:
    """The text with nothing in it that Slack takes for a link, a mention or markup."""
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.translate({ord(sign): " " for sign in "*_~`"})


def _finding(row: conclusions.FindingRow) -> dict[str, Any]:
    parts = [f"{_SEVERITY[row.severity]}  {escaped(row.title)}: {escaped(row.figures)}"]
    parts += [escaped(row.advice)] if row.advice else []
    return _section("\n".join(parts))


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_MOST_TEXT]}}


def _context(text: str) -> dict[str, Any]:
    plain = {"type": "plain_text", "text": printable(text)[:_MOST_TEXT]}
    return {"type": "context", "elements": [plain]}
