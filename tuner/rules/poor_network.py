"""Sound is lost, late or uneven on its way: the network, not the settings.

What
    Stretches of calls (30 s as a rule) of the caller or of the agent in which
    more than 3 % of the packets were lost, the jitter was above 30 ms, the
    round trip took more than 0.3 s, or LiveKit called the connection poor.

Why it hurts callers
    Missing sound is heard as gaps. The agent hears them too: words are
    missing, pauses come where the caller made none, and turns end early.

Evidence
    `connection quality` lines of the turn log whose `problem` is not `none`.

Change and its price
    The network, not the settings: a LiveKit region nearer to agent and
    callers, a wired line, more CPU for servers that send late. No profile
    changes it, and it adds no delay (0 ms). Judge cut-offs and interruptions
    again afterwards.

When it does not fire
    When the share of such stretches is certainly below the limit. It cannot
    judge without `connection quality` lines; they know the way between
    agent, LiveKit and a caller in the room, not the telephone line behind it.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Signal
from tuner.names import RuleId
from tuner.rules.answers import (
    Problem,
    conclude,
    evidence,
    hidden,
    percent,
    share_text,
    visible,
)
from tuner.rules.judging import judge_share, severity, spread_of

ID = RuleId("poor-network")
TITLE = "Sound is lost or late on its way: the network, not the settings"
SIGNAL: Final = "connection_quality"
NEEDS = "the turn log of calls in a room (TURN_LOG=stdout)"
ADVICE = (
    "No profile fixes a network. Use a LiveKit region nearer to agent and callers, and check "
    "the line and the load of the servers at these times. Price: adds no delay. Judge cut-offs and "
    "interruptions again afterwards."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """The share of measured stretches with a poor network against the limit."""
    signal = visible(facts, SIGNAL)
    measured = int(signal.more.get("measured") or 0) if signal else 0
    if signal is None or not measured:
        return hidden(ID, facts, SIGNAL, NEEDS)
    spread, limit = spread_of(facts, SIGNAL, "network_measured"), limits.poor_network_share
    judged = judge_share(signal.count or 0, measured, limit, limits, spread)
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=share_text(judged, "stretches", measured) + _kinds(signal),
        limit=f"{percent(judged.limit)} of stretches",
        advice=ADVICE,
        evidence=evidence(facts, "poor_network"),
        total=signal.count or 0,
        cause="network",
    )
    return conclude(problem, judged, facts, severity(judged, limits), signal)


def _kinds(signal: Signal) -> str:
    problems = signal.more.get("problems") or {}
    return "".join(f"; {kind} {count}" for kind, count in problems.items())


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
