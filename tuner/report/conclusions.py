"""What was concluded: findings, changes, objections of `--check`, and the next commands."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from tuner.model import SEVERITIES, Finding, Report, Severity
from tuner.redaction.terminal import printable
from tuner.report.gaps import hidden
from tuner.report.text_layout import number, sentences


class FindingRow(NamedTuple):
    """One finding: how severe, what, which rule, its figures, what to do, and the first line."""

    severity: str
    title: str
    rule: str
    figures: str
    advice: str
    where: str
    text: str


def verdict(report: Report) -> str:
    """The answer in a few words: "SWITCH to profile noisy"."""
    advice = report.recommendation
    what = {"switch": "SWITCH to", "keep": "KEEP", "undecided": "UNDECIDED"}[advice.verdict]
    profile = f"profile {printable(advice.profile)}" if advice.profile else ""
    if advice.verdict == "undecided":
        profile = ""  # a name beside it would be read as advice
    elif not profile:
        profile = "the present profile" if advice.verdict == "keep" else "the profile"
    return f"{what} {profile}".rstrip()


def reasons(report: Report) -> list[str]:
    """Why, what it costs, and what would settle it: as far as there is something to say."""
    advice = report.recommendation
    labelled = [("", advice.why), ("Price: ", advice.price), ("Needs: ", advice.needs)]
    return [f"{label}{text}" for label, text in labelled if text.strip()]


def changes(report: Report) -> list[str]:
    """Each setting with its values, what that means, what it does and how surely."""
    return [
        f"{printable(change.setting)} {_value(change.from_)} → {_value(change.to)}: "
        f"{'; '.join(text for text in (change.why, change.effect) if text)} ({change.label})"
        for change in report.recommendation.changes
    ]


def _value(value: object) -> str:
    """A setting's value as a profile would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else number(value)


def findings(report: Report) -> list[FindingRow]:
    """The findings in their order; an info is kept short."""
    return [_finding(finding, short=finding.severity == "info") for finding in report.findings]


def _finding(finding: Finding, short: bool) -> FindingRow:
    limit = f" (limit {finding.limit})" if finding.limit else ""
    unsettled = f"Not certain yet; needs {finding.needs}" if finding.needs else ""
    return FindingRow(
        finding.severity,
        finding.title,
        printable(finding.rule),
        f"{finding.measured}{limit}",
        sentences("" if short else finding.advice, unsettled),
        where(finding),
        "" if short or not finding.evidence else finding.evidence[0].text,
    )


def where(finding: Finding) -> str:
    """The first line that shows it, and how many more there are."""
    if not finding.evidence:
        return ""
    first = finding.evidence[0]
    more = max(finding.total, len(finding.evidence)) - 1
    place = f"{printable(first.path)}:{first.line}"
    return f"{place} and {more:,} more" if more else place


def objections(report: Report, fail_on: Severity) -> list[str]:
    """What `--check` fails for: advice to switch, and findings as severe as `fail_on`."""
    severe = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    reasons = [f"{f.severity}: {f.rule}" for f in report.findings if f.severity in severe]
    if report.recommendation.verdict == "switch":
        reasons.insert(0, f"switch to {report.recommendation.profile}")
    return reasons


def next_steps(report: Report) -> list[str]:
    """Commands worth typing now."""
    advice, steps = report.recommendation, []
    ours = advice.current is not None  # somebody else's agent takes no AGENT_PROFILE
    if advice.verdict == "switch" and advice.profile:
        to = shlex.quote(printable(advice.profile))
        steps.append(
            f"tuner profiles diff {shlex.quote(printable(advice.current or 'balanced'))} {to}"
        )
        steps += [f"AGENT_PROFILE={to} python agent.py dev"] if ours else []
    elif advice.verdict == "undecided" and hidden(report):
        steps.append("AGENT_PROFILE=evidence python agent.py dev" if ours else report.next_log)
    if report.findings:
        steps.append(f"tuner explain {printable(report.findings[0].rule)}")
    return steps
