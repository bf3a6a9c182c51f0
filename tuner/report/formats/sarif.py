"""The report as SARIF 2.1.0, which code scanning and editors show: a result for each finding.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from tuner.inputs import remote
from tuner.model import Evidence, Finding, Report
from tuner.redaction.terminal import printable
from tuner.report import conclusions
from tuner.report.text_layout import sentences
from tuner.rules import RULES

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"high": "error", "warning": "warning", "info": "note"}
_MOST_LOCATIONS = 10


def render(report: Report) -> str:
    """Return the document in plain ASCII."""
    found = {finding.rule for finding in report.findings}
    rules = [rule for rule in RULES if rule.id in found]
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "tuner", "rules": [_rule(r.id, r.title) for r in rules]}},
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(report)],
        "results": [
            _result(finding, row, numbers)
            for finding, row in zip(report.findings, conclusions.findings(report), strict=True)
        ],
        "properties": {
            "verdict": report.recommendation.verdict,
            "profile": report.recommendation.profile,
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(name: str, title: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": title},
        "help": {"text": f"tuner explain {name}"},
    }


def _result(
    finding: Finding, row: conclusions.FindingRow, numbers: dict[Any, int]
) -> dict[str, Any]:
    known = {"ruleIndex": numbers[finding.rule]} if finding.rule in numbers else {}
    return {
        "ruleId": finding.rule,
        **known,
        "level": _LEVELS[row.severity],
        "message": {"text": printable(sentences(row.title, row.figures, row.advice))},
        "locations": [_location(one) for one in finding.evidence[:_MOST_LOCATIONS]],
        "occurrenceCount": max(finding.total, len(finding.evidence), 1),
    }


def _location(evidence: Evidence) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": _uri(evidence.path)},
        "region": {"startLine": max(1, evidence.line)},
    }
    return {"physicalLocation": place}


def _uri(path: str) -> str:
    return (
        path if remote.is_url(path) else quote(PurePath(path).as_posix(), errors="surrogateescape")
    )


def _invocation(report: Report) -> dict[str, Any]:
    """Whether all was read, and what was not."""
    problems = [f"{info.path}: {info.problem}" for info in report.inputs if info.problem]
    problems += [report.partial] if report.partial else []
    notes = [{"level": "error", "message": {"text": printable(text)}} for text in problems]
    return {"executionSuccessful": not problems, "toolExecutionNotifications": notes}
