"""Which profile to switch to when there are several problems.

When more than one is there, the one that costs callers more decides; but where the profile for
another one shortens a long wait too, it is taken. A wait is never shortened at the price of a
problem that is there already. A profile is never left for one that would bring back what it was
chosen against. So the advice converges: under the profile just advised it is keep.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuner.advice.case import Case
from tuner.advice.weighing import helps
from tuner.model import Finding
from tuner.names import RuleId
from tuner.rules import REMEDIES

STAYS = ("phone", "realtime")
"""Profiles for a kind of call, not against a problem: they are not left because of timing."""


def yields_to(rule: RuleId) -> RuleId | None:
    """The problem that the remedy of this rule would make worse: it lowers what that one raises."""
    lowered = {name for name, way in REMEDIES[rule].knobs.items() if way == "down"}
    for other, remedy in REMEDIES.items():
        if lowered & {name for name, way in remedy.knobs.items() if way == "up"}:
            return other
    return None


def may_leave(case: Case) -> bool:
    """Whether the profile in use may be left: no log made under it shows how much it prevents."""
    if case.current in STAYS:
        return False
    own = [remedy for remedy in REMEDIES.values() if remedy.profile == case.current]
    return not any(remedy.must_be_judged for remedy in own)


def ordered(confirmed: Sequence[Finding], case: Case) -> list[Finding]:
    """The problems, first the one that decides: the costliest, unless its remedy yields.

    Whoever left for fast because of a wait would leave it again because of the rest. So a problem
    comes first whose own profile shortens the wait too.
    """
    first = confirmed[0]
    other = yields_to(first.rule)
    if other is None or careful_profile(confirmed, case) or case.missing_for(other):
        return list(confirmed)
    both = [f for f in confirmed[1:] if _fixes_both(f, first, case)]
    return [*both, *(f for f in confirmed if f not in both)]


def _fixes_both(finding: Finding, other: Finding, case: Case) -> bool:
    """Whether the profile for one problem, if it may be switched to, helps against both."""
    remedy = case.remedy(finding)
    if remedy is None or not may_leave(case):
        return False
    return helps(finding, remedy.profile, case) and helps(other, remedy.profile, case)


def careful_profile(confirmed: Sequence[Finding], case: Case) -> str:
    """The gentler profile for a first problem whose remedy would raise another one, else "".

    A long wait beside cut-offs, or under patient, is shortened no further than patient does:
    anything quicker would raise what is too high already.
    """
    other = yields_to(confirmed[0].rule)
    if other is None:
        return ""
    profile = REMEDIES[other].profile
    there = case.current == profile or any(f.rule == other for f in confirmed)
    return profile if there and profile in case.profiles else ""


def target(confirmed: Sequence[Finding], case: Case) -> str:
    """The profile for the first problem."""
    remedy = case.remedy(confirmed[0])
    return careful_profile(confirmed, case) or (remedy.profile if remedy else "")
