"""Settings contradict each other, or cannot act under the others.

What
    Pairs that contradict (a conflict) and settings that do nothing under the
    others (a no-op), in the settings that the log was made with.

Why it hurts callers
    Someone turns a knob, nothing changes, and the next one is turned too far.
    A delay below the VAD's silence wait is the commonest.

Evidence
    The settings stamped in the log (`session started` of the turn log) or
    those of the profile given with --current.

Change and its price
    As each case says; removing a setting that does not act costs 0 ms.

When it stays silent
    When the settings are known and agree. It refuses when they are unknown.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, SettingProblem

NEEDS = "--current PROFILE, or the turn log, which stamps the settings"
SHOWN = 3


def check(facts: Facts, _limits: Limits) -> Finding | Refusal | None:
    """Conflicts are a warning, settings that do nothing an info."""
    problems = sorted(facts.current.problems, key=lambda problem: problem.kind != "conflict")
    if not problems and not facts.current.settings:
        return Refusal(RULE.id, "the settings behind this log are unknown", NEEDS)
    if not problems:
        return None
    return Finding(
        rule=RULE.id,
        severity="warning" if problems[0].kind == "conflict" else "info",
        title=RULE.title,
        measured="; ".join(_text(problem) for problem in problems[:SHOWN]),
        limit="none",
        evidence=(),
        advice=" ".join(problem.advice for problem in problems[:SHOWN]),
        total=len(problems),
        cause="settings",
    )


def _text(problem: SettingProblem) -> str:
    return f"{problem.kind} {', '.join(problem.settings)}: {problem.why}"


RULE = Rule(
    id="conflicting-settings",
    title="Settings contradict each other or do nothing",
    signals=(),
    check=check,
    doc=__doc__,
)
