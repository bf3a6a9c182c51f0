"""The report as workflow commands of GitHub Actions: annotations on the lines of the log.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from tuner.model import Finding, Report
from tuner.redaction.terminal import printable
from tuner.report import conclusions, heading
from tuner.report.text_layout import sentences

_COMMANDS = {"high": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """Return one command a line: the verdict, each finding, each input that was not read."""
    advice = report.recommendation
    command = "warning" if advice.verdict == "switch" else "notice"
    answer = sentences(*conclusions.reasons(report), heading.running(report))
    lines = [_command(command, {"title": conclusions.verdict(report)}, answer)]
    lines += map(_finding, report.findings, conclusions.findings(report))
    lines += [
        _command("error", {"title": "not read", "file": info.path}, info.problem)
        for info in report.inputs
        if info.problem
    ]
    return "\n".join(lines)


def _finding(finding: Finding, row: conclusions.FindingRow) -> str:
    place: dict[str, object] = {"title": f"{row.title} ({row.rule})"}
    if finding.evidence:
        place |= {"file": finding.evidence[0].path, "line": finding.evidence[0].line}
    return _command(_COMMANDS[row.severity], place, sentences(row.figures, row.advice))


def _command(name: str, properties: dict[str, object], message: str) -> str:
    pairs = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {pairs}::{_data(message)}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
