"""Findings, refusals and the recommendation, in the names of somebody else's agent.

Rules and advice speak of this project's settings, which no other agent has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from tuner.model import Facts, Finding, Recommendation, Refusal
from tuner.settings.option_names import Agent, spoken
from tuner.settings.option_table import PYTHON

T = TypeVar("T", bound=msgspec.Struct)
Judged = tuple[tuple[Finding, ...], tuple[Refusal, ...], Recommendation]


def in_its_names(
    findings: Sequence[Finding], refusals: Sequence[Refusal], advice: Recommendation, facts: Facts
) -> Judged:
    """The same, with the options of this agent in place of settings that it does not have."""
    if facts.is_ours:
        return tuple(findings), tuple(refusals), advice
    agent = Agent(facts.agent or PYTHON, facts.version)
    said = _said(advice, ("why", "needs", "price"), agent)
    return (
        tuple(_said(one, ("measured", "advice", "needs"), agent) for one in findings),
        tuple(_said(one, ("why", "needs"), agent) for one in refusals),
        msgspec.structs.replace(
            said,
            changes=tuple(_said(one, ("why", "effect"), agent) for one in advice.changes),
            against=tuple(_said(one, ("why",), agent) for one in advice.against),
        ),
    )


def _said(part: T, fields: Iterable[str], agent: Agent) -> T:
    say = partial(spoken, agent=agent)
    return msgspec.structs.replace(part, **{name: say(getattr(part, name)) for name in fields})
