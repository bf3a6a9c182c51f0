"""What was concluded: findings, changes, objections of `--check`, and the next commands."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.model import SEVERITIES, Change, Finding, FrontierPoint, Report, Severity
from tuner.redaction.terminal import printable
from tuner.report import agent_steps
from tuner.report.gaps import hidden
from tuner.report.text_layout import number, sentences
from tuner.settings.option_names import Agent, named, scaled, spoken


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
    elif advice.profile in (None, "unknown"):
        kept = "the present profile" if report.current.is_ours else "your present settings"
        profile = kept if advice.verdict == "keep" else "the profile"
    return f"{what} {profile}".rstrip()


def reasons(report: Report) -> list[str]:
    """Why, what it costs, and what would settle it: as far as there is something to say."""
    advice = report.recommendation
    labelled = [("", advice.why), ("Price: ", advice.price), ("Needs: ", advice.needs)]
    return [f"{label}{text}" for label, text in labelled if text.strip()]


def changes(report: Report) -> list[str]:
    """Each setting with its values, what that means, what it does and how surely."""
    return [
        f"{_from_to(change, report)}: "
        f"{'; '.join(text for text in (change.why, change.effect) if text)} ({change.label})"
        for change in report.recommendation.changes
    ]


def _from_to(change: Change, report: Report) -> str:
    """The setting with both values; as an option, and in its unit, in somebody else's agent."""
    values = [change.from_, change.to]
    if report.current.is_ours:
        return f"{printable(change.setting)} {' → '.join(map(_value, values))}"
    agent = _agent(report)
    values = [scaled(change.setting, value, agent) for value in values]
    return f"{named(change.setting, agent)} {' → '.join(map(_value, values))}"


def _agent(report: Report) -> Agent:
    """Somebody else's agent, as far as its log tells."""
    return Agent(report.agent, report.agent_version) if report.agent else Agent()


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


def frontier(report: Report) -> list[tuple[str, str]]:
    """The settings that were replayed, and what each does and costs; none where nothing was."""
    return [(_name(point, report) or "in use", _point(point)) for point in report.frontier]


def _name(point: FrontierPoint, report: Report) -> str:
    return point.name if report.current.is_ours else spoken(point.name, _agent(report))


def _point(point: FrontierPoint) -> str:
    if not point.name:
        return (
            f"cut-offs a turn {point.cut_offs_per_turn:.2f}, median wait {point.wait_p50_s:.2f} s"
        )
    word, value, ends = "costs", point.cost_s, point.cost_interval_s
    if value < 0:
        word, value, ends = "saves", -value, (-ends[1], -ends[0])
    return (
        f"cut-offs a turn {_between(point.cut_offs_per_turn, point.cut_offs_interval)}, "
        f"median wait {_between(point.wait_p50_s, point.wait_interval_s)} s; "
        f"{word} {_between(value, ends)} s a turn"
    )


def _between(value: float, ends: tuple[float, float]) -> str:
    return f"{value:.2f} ({ends[0]:.2f} to {ends[1]:.2f})"


def objections(report: Report, fail_on: Collection[str]) -> list[str]:
    """What `--check` fails for: advice to change anything, findings as severe as the mildest of
    `fail_on`, and no advice at all where "undecided" is among them."""
    severe = as_severe(fail_on)
    reasons = [f"{f.severity}: {f.rule}" for f in report.findings if f.severity in severe]
    return [*advice_against(report, fail_on), *reasons]


def as_severe(fail_on: Collection[str]) -> Sequence[Severity]:
    """The severities that are as high as the mildest of `fail_on`."""
    limits = [SEVERITIES.index(each) for each in SEVERITIES if each in fail_on]
    return SEVERITIES[: max(limits, default=-1) + 1]


def advice_against(report: Report, fail_on: Collection[str]) -> list[str]:
    """Why `--check` fails for the advice; nothing where it is to keep all."""
    advice = report.recommendation
    if advice.verdict == "switch":
        return [f"switch to {advice.profile}"]
    if advice.verdict == "undecided" and "undecided" in fail_on:
        return ["undecided"]
    if advice.verdict == "keep" and advice.changes:
        names = ", ".join(f"{change.setting}={_value(change.to)}" for change in advice.changes)
        return [f"keep, with {names if report.current.is_ours else spoken(names, _agent(report))}"]
    return []


_MORE_CALLS = lazy_pattern(r"about [\d,]+ more calls?\b")
"""What is needed where the log shows enough of each call: another profile would mix settings."""


def _steps_of_others(report: Report) -> list[str]:
    """What the owner of an agent writes that has none of this project's settings."""
    if report.current.is_ours:
        return []
    return agent_steps.steps(report.recommendation.changes, _agent(report))


def next_steps(report: Report) -> list[str]:
    """Commands worth typing now."""
    advice = report.recommendation
    steps = _steps_of_others(report)
    ours = advice.current not in (None, "unknown")  # no other agent takes AGENT_PROFILE
    if advice.verdict == "switch" and advice.profile:
        to = shlex.quote(printable(advice.profile))
        own = f"tuner profiles diff {shlex.quote(printable(advice.current or 'balanced'))} {to}"
        steps += [] if steps else [own]  # a profile says nothing to the owner of another agent
        steps += [f"AGENT_PROFILE={to} python agent.py dev"] if ours else []
    elif advice.verdict == "undecided" and hidden(report) and not ours:
        steps.append(report.next_log)
    elif advice.verdict == "undecided" and hidden(report) and not _MORE_CALLS.match(advice.needs):
        steps.append("AGENT_PROFILE=evidence python agent.py dev")
    if report.findings:
        steps.append(f"tuner explain {printable(report.findings[0].rule)}")
    return steps
