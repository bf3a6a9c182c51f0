"""Settings contradict each other, or have no effect under the others.

What
    Pairs that contradict each other (a conflict) and settings that do nothing
    under the others (a no-op), in the settings that the log was made with.

Why it hurts callers
    Someone turns a knob, nothing changes, and the next one is turned too far.
    A delay below the VAD's silence is the most common.

Evidence
    The settings recorded in the log (`session started` of the turn log) or
    those of the profile given with --current.

Change and its price
    As each case says. Removing a setting that has no effect adds no delay (0
    ms).

When it does not fire
    When the settings are known and agree. It cannot judge when they are
    unknown.
"""

from __future__ import annotations

from tuner.call_records.detection import PIPECAT
from tuner.facts.writer import NODE
from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, SettingProblem
from tuner.names import RuleId

ID = RuleId("conflicting-settings")
TITLE = "Some settings contradict each other or have no effect"
TURN_LOG = "the turn log, which records the settings"
NEEDS = f"--current PROFILE, or {TURN_LOG}"
SHOWN = 3


def check(facts: Facts, _limits: Limits) -> Finding | Refusal | None:
    """Conflicts are a warning, settings that do nothing an info."""
    return problems_found(facts, ID, TITLE, ("conflict", "no-op"))


def problems_found(
    facts: Facts, rule: RuleId, title: str, kinds: tuple[str, ...]
) -> Finding | Refusal | None:
    """The problems of these kinds in the settings in use, conflicts first."""
    if not facts.current.problems and not facts.current.settings:
        return Refusal(rule, "the settings behind this log are unknown", _needs(facts))
    problems = [problem for problem in facts.current.problems if problem.kind in kinds]
    problems.sort(key=lambda problem: kinds.index(problem.kind))
    if not problems:
        return None
    return Finding(
        rule=rule,
        severity="warning" if problems[0].kind == "conflict" else "info",
        title=title,
        measured="; ".join(_text(problem) for problem in problems[:SHOWN]),
        limit="",
        evidence=(),
        advice=" ".join(problem.advice for problem in problems[:SHOWN]),
        total=len(problems),
        cause="settings",
    )


def _needs(facts: Facts) -> str:
    """What shows the settings; not every agent can have the turn log."""
    has_none = facts.agent in (NODE, PIPECAT) or "upgrade to" in facts.next_log
    if facts.is_ours or not facts.next_log:
        return NEEDS
    if not has_none:
        return f"{TURN_LOG}, or --current PROFILE where the agent runs one of these profiles"
    return "an agent that logs its settings: this one has no line for them"


def _text(problem: SettingProblem) -> str:
    return f"{problem.kind} {', '.join(problem.settings)}: {problem.why}"


RULE = Rule(ID, TITLE, (), check, __doc__)
