"""Why each of the other profiles was not chosen: one short line for each."""

from __future__ import annotations

from collections.abc import Mapping

from tuner.advice.case import Case, cost, per_minute
from tuner.advice.moves import DEFAULT
from tuner.advice.price import price_of_profile
from tuner.model import Against, Finding
from tuner.names import RuleId
from tuner.rules import REMEDIES
from tuner.settings.prices import PRICES

OTHER = "not written for what was found here"


def against(case: Case, chosen: str | None, special: Mapping[str, str] = {}) -> tuple[Against, ...]:
    """A line for each profile that is neither chosen nor in use, or assumed to be.

    `special` holds the lines that the verdict itself explains.
    """
    mine = {chosen, case.current, DEFAULT if case.assumed else None}
    others = [name for name in case.profiles if name not in mine]
    return tuple(Against(name, special.get(name) or _why(name, case)) for name in others)


def _why(name: str, case: Case) -> str:
    rule = next((rule for rule, remedy in REMEDIES.items() if remedy.profile == name), None)
    if rule is None:
        return PRICES[name].purpose if case.is_measured(name) else OTHER
    problem = REMEDIES[rule].problem
    finding = next((f for f in case.findings if f.rule == rule), None)
    if finding is not None:
        return f"{problem} {_compared(rule, finding, case)}"
    if any(refusal.rule == rule for refusal in case.refusals):
        return f"{problem} could not be judged in this log"
    move = case.move(case.profiles[name])
    cost = price_of_profile(name, move, case.measured_from(name))
    return f"{problem} are within the limit; {cost}"


def _compared(rule: RuleId, finding: Finding, case: Case) -> str:
    if REMEDIES[rule].profile not in finding.remedies:
        return "are there, but the setting is not the cause"
    if finding.severity == "info":
        return f"are not certain: {finding.measured}"
    return f"cost callers less: {per_minute(cost(finding, case), case)}"
