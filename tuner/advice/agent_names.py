"""Findings, refusals and the recommendation, in the names of somebody else's agent.

Rules and advice speak of this project's settings, which no other agent has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from tuner.advice.moves import DEFAULT, Values, same
from tuner.model import Facts, Finding, Recommendation, Refusal
from tuner.rules import REMEDIES
from tuner.rules.answers import fixed_by
from tuner.settings.option_names import Agent, option, spoken
from tuner.settings.option_table import PYTHON

T = TypeVar("T", bound=msgspec.Struct)
Judged = tuple[tuple[Finding, ...], tuple[Refusal, ...], Recommendation]


def in_its_names(
    findings: Sequence[Finding],
    refusals: Sequence[Refusal],
    advice: Recommendation,
    facts: Facts,
    profiles: Mapping[str, Values],
) -> Judged:
    """The same, with the options of this agent in place of settings that it does not have."""
    if facts.is_ours:
        return tuple(findings), tuple(refusals), advice
    agent = Agent(facts.agent or PYTHON, facts.agent_version)
    told = [_with_settings(one, facts, profiles) for one in findings]
    said = _said(advice, ("why", "needs", "price"), agent)
    return (
        tuple(_said(one, ("measured", "advice", "needs"), agent) for one in told),
        tuple(_said(one, ("why", "needs"), agent) for one in refusals),
        msgspec.structs.replace(
            said,
            changes=tuple(_said(one, ("why", "effect"), agent) for one in advice.changes),
            against=tuple(_said(one, ("why",), agent) for one in advice.against),
        ),
    )


def _with_settings(finding: Finding, facts: Facts, profiles: Mapping[str, Values]) -> Finding:
    """The finding with what its profile sets against it, as far as the agent has an option for it:
    no other agent has the profile itself."""
    remedy = REMEDIES.get(finding.rule)
    if remedy is None or not finding.advice.startswith(fixed_by(remedy)):
        return finding
    used = {**profiles.get(DEFAULT, {}), **facts.current.settings}
    wanted = profiles.get(remedy.profile, {})
    new = [name for name in remedy.knobs if not same(wanted.get(name), used.get(name))]
    agent = Agent(facts.agent or PYTHON, facts.agent_version)
    has = [name for name in new if name in wanted and option(name, agent) is not None]
    text = ", ".join(f"{name}={_text(wanted[name])}" for name in has)
    if not text:
        return finding
    return msgspec.structs.replace(finding, advice=f"{finding.advice} Set {text}.")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _said(part: T, fields: Iterable[str], agent: Agent) -> T:
    say = partial(spoken, agent=agent)
    return msgspec.structs.replace(part, **{name: say(getattr(part, name)) for name in fields})
